package io.github.agentresilience.chain;

import java.time.Duration;

import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;

/**
 * When the breaker of a target opens, and how it closes again.
 *
 * @param window how many of the latest calls are looked at
 * @param minimumCalls fewer calls than this open nothing
 * @param failureRate percent of failed calls that opens it
 * @param slowCall a call that takes longer counts as slow
 * @param slowCallRate percent of slow calls that opens it
 * @param openFor how long it stays open before it lets a probe through
 * @param halfOpenCalls how many probes decide
 */
public record BreakerPolicy(int window, int minimumCalls, float failureRate, Duration slowCall, float slowCallRate,
		Duration openFor, int halfOpenCalls) {

	public static BreakerPolicy withSlowCall(Duration slowCall) {
		return new BreakerPolicy(Defaults.WINDOW, Defaults.MINIMUM_CALLS, Defaults.FAILURE_RATE, slowCall,
				Defaults.SLOW_CALL_RATE, Defaults.OPEN_FOR, Defaults.HALF_OPEN_CALLS);
	}

	public CircuitBreakerConfig toConfig() {
		return CircuitBreakerConfig.custom()
			.slidingWindowType(CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
			.slidingWindowSize(this.window)
			.minimumNumberOfCalls(this.minimumCalls)
			.failureRateThreshold(this.failureRate)
			.slowCallDurationThreshold(this.slowCall)
			.slowCallRateThreshold(this.slowCallRate)
			.waitDurationInOpenState(this.openFor)
			.permittedNumberOfCallsInHalfOpenState(this.halfOpenCalls)
			.build();
	}

}
