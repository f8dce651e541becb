package io.github.agentresilience.chain.internal.engine;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.List;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.AttemptFailureException;
import io.github.agentresilience.chain.BudgetExhaustedException;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.TokenUsage;
import io.github.agentresilience.chain.internal.budget.Need;
import io.github.agentresilience.chain.internal.budget.Expense;
import io.github.agentresilience.chain.internal.budget.Turn;
import io.github.agentresilience.chain.internal.limit.TokenEstimate;
import io.github.agentresilience.chain.internal.policy.Price;
import io.github.agentresilience.chain.internal.route.Member;
import org.jspecify.annotations.Nullable;

/**
 * What the attempts of one call take of the budget of its turn. An attempt is reserved
 * for when it is planned, and settled by what it came to.
 */
final class CallBudget {

	/** From here on an HTTP status says that the request was refused. */
	private static final int REFUSED = 400;

	private final Turn turn;

	private final ActiveCall call;

	/** What the budget had not left, {@code null} while nothing was refused. */
	private @Nullable Need refused;

	private CallBudget(Turn turn, ActiveCall call) {
		this.turn = turn;
		this.call = call;
	}

	/** {@code null} where the call is part of no turn that has a budget. */
	static @Nullable CallBudget of(@Nullable Turn turn, ActiveCall call) {
		if (turn == null || turn.account() == null || !call.isScored()) {
			return null;
		}
		return (turn.isInModel() && call.layer() == Layer.LLM) ? null : new CallBudget(turn, call);
	}

	/** Whether an attempt can be paid for, as far as can be seen. */
	boolean affords(Member<?, ?> member) {
		return this.turn.affords(need(member));
	}

	/**
	 * Puts aside what an attempt may take.
	 * @return {@code null} where that is not left
	 */
	@Nullable Expense reserve(Member<?, ?> member) {
		Need need = need(member);
		Expense expense = this.turn.reserve(need);
		if (expense == null) {
			this.refused = need;
		}
		return expense;
	}

	/**
	 * What ends the call where nothing of the chain can be paid for any more.
	 * @param members the targets that could serve the request
	 * @param last why the last attempt failed, {@code null} where none did
	 * @return {@code null} where the budget is not what ends it
	 */
	@Nullable BudgetExhaustedException exhausted(List<? extends Member<?, ?>> members, @Nullable Failure last) {
		Need need = this.refused;
		if (need == null || members.stream().anyMatch(this::affords)) {
			return null;
		}
		return this.turn.exhausted(need, (last != null) ? AttemptFailureException.of(last) : null);
	}

	private Need need(Member<?, ?> member) {
		String target = member.target().name();
		if (this.call.layer() == Layer.MCP) {
			return Need.ofTool(target);
		}
		TokenEstimate estimate = this.turn.countsTokens() ? this.call.spec().tokens() : null;
		if (estimate == null) {
			return Need.ofModel(target, 0, 0);
		}
		long input = estimate.input();
		long output = estimate.output(member.position());
		Price price = member.target().price();
		return Need.ofModel(target, input + output, (price != null) ? price.cost(input, output) : 0);
	}

	/**
	 * The attempt has ended. What its target does not say stands at its estimate, unless
	 * it is known to have charged for nothing.
	 */
	static void settle(ActiveAttempt<?, ?> attempt) {
		Expense expense = attempt.expense();
		TokenUsage usage = attempt.usage();
		Attempt.Outcome outcome = attempt.outcome();
		Failure failure = (outcome == Attempt.Outcome.FAILURE || outcome == Attempt.Outcome.DEFERRED)
				? attempt.failure() : null;
		if (usage != null) {
			Double cost = attempt.cost();
			expense.spent(usage.total(), (cost != null) ? cost : 0);
		}
		else if (failure != null && (!attempt.exchange().mayHaveActed() || isNotSent(failure.cause()))) {
			expense.giveBack();
		}
		else if (failure != null && failure.status() >= REFUSED) {
			expense.spent(0, 0);
		}
		else {
			expense.spent();
		}
	}

	/** Whether the target has never received the request. */
	private static boolean isNotSent(Throwable thrown) {
		for (Throwable at = thrown; at != null; at = at.getCause()) {
			if (at instanceof ConnectException || at instanceof UnknownHostException
					|| at instanceof NoRouteToHostException) {
				return true;
			}
		}
		return false;
	}

}
