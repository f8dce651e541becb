package io.github.agentresilience.observation;

import java.time.Duration;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Failure;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The lines about one target: its outages, and the states of its breaker. What comes too soon after another line is
 * not dropped but said when it may be, if it still holds then: the log must not end on a state that is over.
 */
final class TargetLog {

	private final Logger logger;

	private final String layer;

	private final String target;

	private final LogLimit outages = new LogLimit();

	private volatile boolean failing;

	private boolean announced;

	private long failingSinceNanos;

	private final LogLimit transitions = new LogLimit();

	/** The latest change that has not been said yet. */
	private volatile CircuitBreaker.@Nullable StateTransition unsaidTransition;

	TargetLog(Logger logger, String layer, String target) {
		this.logger = logger;
		this.layer = layer;
		this.target = target;
	}

	void failed(Attempt attempt, Failure failure) {
		if (!announces(attempt.endNanos())) {
			return;
		}
		this.logger.atWarn()
			.addKeyValue("event", "outage-began")
			.addKeyValue("layer", this.layer)
			.addKeyValue("target", this.target)
			.addKeyValue("kind", failure.kind().id())
			.addKeyValue("status", failure.status())
			.addKeyValue("synthetic", attempt.call().isSynthetic())
			.addKeyValue("unsaid", this.outages.unsaid())
			.log("The {} target '{}' fails: {}", this.layer, this.target, failure.message());
	}

	private synchronized boolean announces(long nowNanos) {
		if (!this.failing) {
			this.failing = true;
			this.failingSinceNanos = nowNanos;
		}
		if (this.announced || !this.outages.passes(nowNanos)) {
			return false;
		}
		this.announced = true;
		return true;
	}

	/** Costs a look while all goes well. */
	void answered(Attempt attempt) {
		if (!this.failing) {
			return;
		}
		Duration lasted = end(attempt.endNanos());
		if (lasted != null) {
			this.logger.atInfo()
				.addKeyValue("event", "outage-ended")
				.addKeyValue("layer", this.layer)
				.addKeyValue("target", this.target)
				.addKeyValue("durationMs", lasted.toMillis())
				.addKeyValue("synthetic", attempt.call().isSynthetic())
				.log("The {} target '{}' answers again, after {} ms", this.layer, this.target, lasted.toMillis());
		}
	}

	/** The end of an outage that was announced is always said, and no other. */
	private synchronized @Nullable Duration end(long nowNanos) {
		if (!this.failing) {
			return null;
		}
		this.failing = false;
		if (!this.announced) {
			this.outages.leftOut();
			return null;
		}
		this.announced = false;
		return Duration.ofNanos(nowNanos - this.failingSinceNanos);
	}

	void breaker(CircuitBreaker.StateTransition transition, long nowNanos) {
		synchronized (this) {
			if (this.unsaidTransition != null) {
				this.transitions.leftOut();
			}
			this.unsaidTransition = transition;
		}
		sayBreaker(nowNanos);
	}

	boolean hasUnsaidBreaker() {
		return this.unsaidTransition != null;
	}

	/** Says the breaker's latest change, where that has not been said and may be now. */
	void sayBreaker(long nowNanos) {
		CircuitBreaker.StateTransition transition;
		synchronized (this) {
			transition = this.unsaidTransition;
			if (transition == null || !this.transitions.passes(nowNanos)) {
				return;
			}
			this.unsaidTransition = null;
		}
		this.logger.atWarn()
			.addKeyValue("event", "breaker")
			.addKeyValue("layer", this.layer)
			.addKeyValue("target", this.target)
			.addKeyValue("from", transition.getFromState())
			.addKeyValue("to", transition.getToState())
			.addKeyValue("unsaid", this.transitions.unsaid())
			.log("The breaker of the {} target '{}' is {}", this.layer, this.target, transition.getToState());
	}

}
