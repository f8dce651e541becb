package io.github.agentresilience.chain.internal.policy;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.internal.time.Time;
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
 * @param halfOpenCalls how many trial calls decide
 * @param mostHalfOpen how long it waits for them before it opens again, zero for as long
 * as they take
 */
public record BreakerPolicy(int window, int minimumCalls, float failureRate, Duration slowCall, float slowCallRate,
		Duration openFor, int halfOpenCalls, Duration mostHalfOpen) {

	/** It waits for its trial calls as long as they take. */
	public BreakerPolicy(int window, int minimumCalls, float failureRate, Duration slowCall, float slowCallRate,
			Duration openFor, int halfOpenCalls) {
		this(window, minimumCalls, failureRate, slowCall, slowCallRate, openFor, halfOpenCalls, Duration.ZERO);
	}

	public static BreakerPolicy withSlowCall(Duration slowCall) {
		return new BreakerPolicy(Defaults.WINDOW, Defaults.MINIMUM_CALLS, Defaults.FAILURE_RATE, slowCall,
				Defaults.SLOW_CALL_RATE, Defaults.OPEN_FOR, Defaults.HALF_OPEN_CALLS);
	}

	/** A breaker that goes by the system's clocks. */
	public CircuitBreakerConfig toConfig() {
		return builder().build();
	}

	/**
	 * A breaker that goes by a time, which says when it has been open for long enough.
	 */
	public CircuitBreakerConfig toConfig(Time time) {
		return builder().clock(time.clock())
			.currentTimestampFunction((clock) -> time.nanos(), TimeUnit.NANOSECONDS)
			.build();
	}

	private CircuitBreakerConfig.Builder builder() {
		return CircuitBreakerConfig.custom()
			.slidingWindowType(CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
			.slidingWindowSize(this.window)
			.minimumNumberOfCalls(this.minimumCalls)
			.failureRateThreshold(this.failureRate)
			.slowCallDurationThreshold(this.slowCall)
			.slowCallRateThreshold(this.slowCallRate)
			.waitDurationInOpenState(this.openFor)
			.permittedNumberOfCallsInHalfOpenState(this.halfOpenCalls)
			.maxWaitDurationInHalfOpenState(this.mostHalfOpen);
	}

}
