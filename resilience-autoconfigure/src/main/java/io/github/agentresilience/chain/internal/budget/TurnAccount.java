package io.github.agentresilience.chain.internal.budget;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import io.github.agentresilience.chain.BudgetExhaustedException;
import io.github.agentresilience.chain.BudgetExhaustedException.What;
import io.github.agentresilience.chain.TurnBudget;
import io.github.agentresilience.chain.TurnSpending;
import org.jspecify.annotations.Nullable;

/**
 * What one turn may spend and has spent. What is about to be spent is reserved first, so
 * that what runs at once does not spend the same twice, and settled by what it came to. A
 * turn within another one, as that of a sub-agent, spends from both.
 */
public final class TurnAccount {

	private static final BigDecimal PICOS = BigDecimal.valueOf(1_000_000_000_000L);

	private final TurnBudget budget;

	private final long mostPicos;

	private final boolean countsTokens;

	private final String chain;

	private final @Nullable TurnAccount outer;

	private final Consumer<BudgetExhaustedException> listener;

	/**
	 * Held for a few additions only, the inner account's before the outer's. No monitor,
	 * in which a virtual thread that waits would pin its carrier.
	 */
	private final ReentrantLock lock = new ReentrantLock();

	private final Tally reserved = new Tally();

	private final Tally spent = new Tally();

	/** In the order in which they were first asked. */
	private final Map<String, Tally> spentOn = new LinkedHashMap<>();

	/** Those that end this turn, rather than one within it. */
	private final Set<Throwable> thrown = Collections.newSetFromMap(new WeakHashMap<>());

	/**
	 * The account of a turn that begins.
	 * @param chain the chain whose call began the turn
	 * @param outer that of the turn which this one is a part of, {@code null} for none
	 * @param listener told when it is exhausted, once; must not throw
	 */
	public TurnAccount(TurnBudget budget, String chain, @Nullable TurnAccount outer,
			Consumer<BudgetExhaustedException> listener) {
		this.budget = budget;
		this.mostPicos = picos(budget.cost());
		this.countsTokens = budget.tokens() != null || budget.cost() != null || (outer != null && outer.countsTokens);
		this.chain = chain;
		this.outer = outer;
		this.listener = listener;
	}

	private static long picos(@Nullable BigDecimal cost) {
		return (cost != null) ? cost.multiply(PICOS).min(BigDecimal.valueOf(Long.MAX_VALUE)).longValue()
				: Long.MAX_VALUE;
	}

	/**
	 * Whether it matters how many tokens something may take, before they are known.
	 */
	public boolean countsTokens() {
		return this.countsTokens;
	}

	/**
	 * Whether something can be paid for, as far as can be seen while others spend too.
	 */
	public boolean affords(Need need) {
		this.lock.lock();
		try {
			return missing(need) == null && (this.outer == null || this.outer.affords(need));
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Puts aside what something may take.
	 * @return {@code null} where that is not left
	 */
	public @Nullable Expense reserve(Need need) {
		return tryReserve(need) ? new Expense(this, need, null) : null;
	}

	/** From all accounts or from none. */
	boolean tryReserve(Need need) {
		this.lock.lock();
		try {
			if (missing(need) != null || (this.outer != null && !this.outer.tryReserve(need))) {
				return false;
			}
			this.reserved.add(need);
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * What was reserved has come to an end.
	 * @param actual what it came to, {@code null} where it was not made after all
	 */
	void settle(Need reservedNeed, @Nullable Need actual) {
		this.lock.lock();
		try {
			this.reserved.subtract(reservedNeed);
			if (actual != null && !actual.isNothing()) {
				this.spent.add(actual);
				this.spentOn.computeIfAbsent(actual.where(), (where) -> new Tally()).add(actual);
			}
		}
		finally {
			this.lock.unlock();
		}
		if (this.outer != null) {
			this.outer.settle(reservedNeed, actual);
		}
	}

	/** The limit that something would exceed, {@code null} where it fits. */
	private @Nullable What missing(Need need) {
		if (exceeds(this.budget.modelCalls(), this.spent.modelCalls() + this.reserved.modelCalls(),
				need.modelCalls())) {
			return What.MODEL_CALLS;
		}
		if (exceeds(this.budget.toolCalls(), this.spent.toolCalls() + this.reserved.toolCalls(), need.toolCalls())) {
			return What.TOOL_CALLS;
		}
		if (exceeds(this.budget.tokens(), this.spent.tokens() + this.reserved.tokens(), need.tokens())) {
			return What.TOKENS;
		}
		return (need.picos() > 0 && this.mostPicos - this.spent.picos() - this.reserved.picos() < need.picos())
				? What.COST : null;
	}

	private static boolean exceeds(@Nullable Number limit, long taken, long more) {
		return limit != null && more > 0 && limit.longValue() - taken < more;
	}

	/**
	 * What a caller gets where something cannot be paid for: that of the narrowest
	 * account that stands in the way.
	 * @param cause why the last attempt before that failed, {@code null} where none did
	 */
	public BudgetExhaustedException exhausted(Need need, @Nullable Throwable cause) {
		if (this.outer != null && !isShortOf(need)) {
			return this.outer.exhausted(need, cause);
		}
		boolean first;
		BudgetExhaustedException exception;
		this.lock.lock();
		try {
			What missing = missing(need);
			What what = (missing != null) ? missing : (need.toolCalls() > 0) ? What.TOOL_CALLS : What.MODEL_CALLS;
			Map<String, TurnSpending> on = new LinkedHashMap<>();
			this.spentOn.forEach((where, tally) -> on.put(where, tally.spending()));
			exception = new BudgetExhaustedException(this.chain, what, needed(what, need), this.budget,
					this.spent.spending(), on, cause);
			first = this.thrown.isEmpty();
			this.thrown.add(exception);
		}
		finally {
			this.lock.unlock();
		}
		if (first) {
			this.listener.accept(exception);
		}
		return exception;
	}

	private boolean isShortOf(Need need) {
		this.lock.lock();
		try {
			return missing(need) != null;
		}
		finally {
			this.lock.unlock();
		}
	}

	private static @Nullable String needed(What what, Need need) {
		return switch (what) {
			case TOKENS -> need.tokens() + " tokens";
			case COST -> "a cost of " + Tally.money(need.picos()).toPlainString();
			default -> null;
		};
	}

	/** Whether an exception ends this turn, rather than one within it. */
	public boolean isEndedBy(Throwable exception) {
		this.lock.lock();
		try {
			if (this.thrown.contains(exception)) {
				return true;
			}
		}
		finally {
			this.lock.unlock();
		}
		return this.outer != null && this.outer.isEndedBy(exception);
	}

	/** What is spent. */
	public TurnSpending spent() {
		this.lock.lock();
		try {
			return this.spent.spending();
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Whether nothing is put aside any more. */
	public boolean isEven() {
		this.lock.lock();
		try {
			return this.reserved.isEmpty();
		}
		finally {
			this.lock.unlock();
		}
	}

}
