package io.github.agentresilience.autoconfigure.internal.guard;

import java.time.Duration;
import java.util.function.Function;

import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Breaker;
import io.github.agentresilience.autoconfigure.ResilienceProperties.ChainTurnBudget;
import io.github.agentresilience.autoconfigure.ResilienceProperties.ConnectionLimits;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Hedge;
import io.github.agentresilience.autoconfigure.ResilienceProperties.LayerTurnBudget;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Llm;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Retry;
import io.github.agentresilience.autoconfigure.ResilienceProperties.TargetHedge;
import io.github.agentresilience.chain.TurnBudget;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.Defaults;
import io.github.agentresilience.chain.internal.policy.HedgePolicy;
import io.github.agentresilience.chain.internal.policy.LimitPolicy;
import io.github.agentresilience.chain.internal.policy.Price;
import io.github.agentresilience.chain.internal.policy.RetryPolicy;
import io.github.agentresilience.chain.internal.time.Nanos;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.convert.DurationStyle;

/**
 * Policies from properties: what a target says, else what its layer says, else the
 * default.
 */
public final class Policies {

	/** A concurrency that is found out. */
	public static final String ADAPTIVE = "adaptive";

	private static final String P95 = "p95";

	private Policies() {
	}

	public static RetryPolicy retry(Retry target, Retry layer) {
		RetryPolicy otherwise = RetryPolicy.DEFAULT;
		return new RetryPolicy(first(target, layer, Retry::maxAttempts, otherwise.maxAttempts()),
				first(target, layer, Retry::initialBackoff, otherwise.initialBackoff()),
				first(target, layer, Retry::multiplier, otherwise.multiplier()),
				first(target, layer, Retry::maxBackoff, otherwise.maxBackoff()),
				first(target, layer, Retry::jitter, otherwise.jitter()),
				first(target, layer, Retry::maxRetryAfter, otherwise.maxRetryAfter()));
	}

	/**
	 * The policy of a target's breaker.
	 * @param slowCall a call that takes longer is slow, unless a property says otherwise
	 * @param deadline that of the layer's calls, which is the longest that one may take
	 */
	public static BreakerPolicy breaker(Breaker target, Breaker layer, Duration slowCall, Duration deadline) {
		BreakerPolicy otherwise = BreakerPolicy.withSlowCall(slowCall);
		int window = first(target, layer, Breaker::window, otherwise.window());
		return new BreakerPolicy(window,
				Math.min(window, first(target, layer, Breaker::minimumCalls, otherwise.minimumCalls())),
				first(target, layer, Breaker::failureRate, otherwise.failureRate()),
				first(target, layer, Breaker::slowCall, otherwise.slowCall()),
				first(target, layer, Breaker::slowCallRate, otherwise.slowCallRate()),
				first(target, layer, Breaker::openFor, otherwise.openFor()),
				first(target, layer, Breaker::halfOpenCalls, otherwise.halfOpenCalls()), mostHalfOpen(deadline));
	}

	/** What a target charges, {@code null} where that is not said. */
	public static @Nullable Price price(ResilienceProperties.@Nullable Price price) {
		Double input = (price != null) ? price.inputPerMillion() : null;
		Double output = (price != null) ? price.outputPerMillion() : null;
		return (input != null && output != null) ? new Price(input, output) : null;
	}

	/** At least a millisecond, since Resilience4j takes none for no bound. */
	private static Duration mostHalfOpen(Duration deadline) {
		return Duration.ofNanos(Nanos.of(deadline)).multipliedBy(Defaults.MOST_HALF_OPEN_DEADLINES).plusMillis(1);
	}

	/** What a target is asked at most. */
	public static LimitPolicy limits(ResilienceProperties.@Nullable Limits limits) {
		return (limits == null) ? LimitPolicy.NONE : new LimitPolicy(first(limits.requestsPerMinute(), 0),
				first(limits.tokensPerMinute(), 0L), concurrency(limits.concurrency()), limits.learn());
	}

	/** What the server of a connection is asked at most. */
	public static LimitPolicy limits(@Nullable ConnectionLimits limits) {
		return (limits == null) ? LimitPolicy.NONE
				: new LimitPolicy(first(limits.requestsPerMinute(), 0), 0, concurrency(limits.concurrency()));
	}

	private static int concurrency(@Nullable String most) {
		return (most == null) ? 0 : most.equals(ADAPTIVE) ? LimitPolicy.ADAPTIVE : Integer.parseInt(most);
	}

	public static boolean isConcurrency(String most) {
		try {
			return most.equals(ADAPTIVE) || Integer.parseInt(most) > 0;
		}
		catch (NumberFormatException ex) {
			return false;
		}
	}

	/**
	 * A stream's first token is not waited for longer than a whole answer, unless
	 * somebody says so.
	 */
	public static Duration firstToken(@Nullable Duration timeoutOfTarget, @Nullable Duration ofTarget, Llm llm) {
		Duration set = (ofTarget != null) ? ofTarget : llm.firstTokenTimeout();
		if (set != null) {
			return set;
		}
		Duration timeout = first(timeoutOfTarget, llm.timeout());
		return (timeout.compareTo(Defaults.FIRST_TOKEN_TIMEOUT) < 0) ? timeout : Defaults.FIRST_TOKEN_TIMEOUT;
	}

	public static HedgePolicy hedge(TargetHedge target, Hedge layer) {
		String after = first(target.after(), layer.after());
		return new HedgePolicy(first(target.enabled(), layer.enabled()),
				after.equals(P95) ? null : DurationStyle.detectAndParse(after));
	}

	public static boolean isHedgeDelay(String after) {
		try {
			return after.equals(P95) || DurationStyle.detectAndParse(after).toMillis() > 0;
		}
		catch (IllegalArgumentException | ArithmeticException ex) {
			return false;
		}
	}

	/** {@code null} where turns of the chain have no limit. */
	public static @Nullable TurnBudget turnBudget(LayerTurnBudget layer, String chain) {
		ChainTurnBudget limits = layer.of(chain);
		TurnBudget budget = new TurnBudget(limits.tokens(), limits.cost(), limits.modelCalls(), limits.toolCalls());
		return budget.isLimited() ? budget : null;
	}

	public static <T> T first(@Nullable T value, T otherwise) {
		return (value != null) ? value : otherwise;
	}

	private static <P, T> T first(P target, P layer, Function<P, @Nullable T> key, T otherwise) {
		return first(key.apply(target), first(key.apply(layer), otherwise));
	}

}
