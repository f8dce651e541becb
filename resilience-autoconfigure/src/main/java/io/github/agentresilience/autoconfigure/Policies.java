package io.github.agentresilience.autoconfigure;

import java.time.Duration;
import java.util.function.Function;

import io.github.agentresilience.autoconfigure.ResilienceProperties.Breaker;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Hedge;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Retry;
import io.github.agentresilience.autoconfigure.ResilienceProperties.TargetHedge;
import io.github.agentresilience.chain.BreakerPolicy;
import io.github.agentresilience.chain.HedgePolicy;
import io.github.agentresilience.chain.RetryPolicy;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.convert.DurationStyle;

/**
 * Policies from properties: what a target says, else what its leg says, else the default.
 */
final class Policies {

	private static final String P95 = "p95";

	private Policies() {
	}

	static RetryPolicy retry(Retry target, Retry leg) {
		RetryPolicy otherwise = RetryPolicy.DEFAULT;
		return new RetryPolicy(first(target, leg, Retry::maxAttempts, otherwise.maxAttempts()),
				first(target, leg, Retry::initialBackoff, otherwise.initialBackoff()),
				first(target, leg, Retry::multiplier, otherwise.multiplier()),
				first(target, leg, Retry::maxBackoff, otherwise.maxBackoff()),
				first(target, leg, Retry::jitter, otherwise.jitter()),
				first(target, leg, Retry::maxRetryAfter, otherwise.maxRetryAfter()));
	}

	static BreakerPolicy breaker(Breaker target, Breaker leg, Duration slowCall) {
		BreakerPolicy otherwise = BreakerPolicy.withSlowCall(slowCall);
		int window = first(target, leg, Breaker::window, otherwise.window());
		return new BreakerPolicy(window,
				Math.min(window, first(target, leg, Breaker::minimumCalls, otherwise.minimumCalls())),
				first(target, leg, Breaker::failureRate, otherwise.failureRate()),
				first(target, leg, Breaker::slowCall, otherwise.slowCall()),
				first(target, leg, Breaker::slowCallRate, otherwise.slowCallRate()),
				first(target, leg, Breaker::openFor, otherwise.openFor()),
				first(target, leg, Breaker::halfOpenCalls, otherwise.halfOpenCalls()));
	}

	static HedgePolicy hedge(TargetHedge target, Hedge leg) {
		String after = first(target.after(), leg.after());
		return new HedgePolicy(first(target.enabled(), leg.enabled()),
				after.equals(P95) ? null : DurationStyle.detectAndParse(after));
	}

	static boolean isHedgeDelay(String after) {
		try {
			return after.equals(P95) || DurationStyle.detectAndParse(after).toMillis() > 0;
		}
		catch (IllegalArgumentException | ArithmeticException ex) {
			return false;
		}
	}

	static <T> T first(@Nullable T value, T otherwise) {
		return (value != null) ? value : otherwise;
	}

	private static <P, T> T first(P target, P leg, Function<P, @Nullable T> key, T otherwise) {
		return first(key.apply(target), first(key.apply(leg), otherwise));
	}

}
