package io.github.agentresilience.chain.internal.engine;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Failure;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.jspecify.annotations.Nullable;

/**
 * How one attempt goes: its times, of the chain's clock, and what it came to.
 */
final class AttemptRecord {

	/** Until the target is asked, when it is due to be. */
	private long startNanos;

	private long firstChunkNanos;

	private long endNanos;

	private Attempt.Outcome outcome = Attempt.Outcome.PENDING;

	private @Nullable Failure failure;

	private CircuitBreaker.@Nullable State movedBreakerTo;

	AttemptRecord(long dueNanos) {
		this.startNanos = dueNanos;
	}

	void started(long nowNanos) {
		this.startNanos = nowNanos;
	}

	/** When the target was asked; until it is, when the wait before that is over. */
	long startNanos() {
		return this.startNanos;
	}

	void firstChunk(long nowNanos) {
		if (this.firstChunkNanos == 0) {
			this.firstChunkNanos = nowNanos;
		}
	}

	/** Whether a stream has begun to come. */
	boolean hasFirstChunk() {
		return this.firstChunkNanos != 0;
	}

	void ended(Attempt.Outcome how, @Nullable Failure why, long nowNanos) {
		this.outcome = how;
		this.failure = why;
		this.endNanos = nowNanos;
	}

	void judged(Attempt.Outcome how) {
		this.outcome = how;
	}

	/** What it failed of is known now. */
	void judged(Attempt.Outcome how, Failure why) {
		this.outcome = how;
		this.failure = why;
	}

	long endNanos() {
		return this.endNanos;
	}

	long durationNanos() {
		return this.endNanos - this.startNanos;
	}

	long responseNanos() {
		return (this.firstChunkNanos != 0 ? this.firstChunkNanos : this.endNanos) - this.startNanos;
	}

	Attempt.Outcome outcome() {
		return this.outcome;
	}

	@Nullable Failure failure() {
		return this.failure;
	}

	void movedBreakerTo(CircuitBreaker.@Nullable State state) {
		if (state != null) {
			this.movedBreakerTo = state;
		}
	}

	CircuitBreaker.@Nullable State movedBreakerTo() {
		return this.movedBreakerTo;
	}

}
