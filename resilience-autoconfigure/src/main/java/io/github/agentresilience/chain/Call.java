package io.github.agentresilience.chain;

import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * One call of a chain, as listeners see it.
 */
public final class Call {

	private final Layer layer;

	private final String chain;

	private final boolean scored;

	private final boolean synthetic;

	private final @Nullable ContextView streamContext;

	private final long startNanos;

	private long endNanos;

	private Outcome outcome = Outcome.PENDING;

	private @Nullable Attempt served;

	private @Nullable RuntimeException failure;

	Call(Layer layer, String chain, boolean scored, boolean synthetic, @Nullable ContextView streamContext,
			long startNanos) {
		this.layer = layer;
		this.chain = chain;
		this.scored = scored;
		this.synthetic = synthetic;
		this.streamContext = streamContext;
		this.startNanos = startNanos;
	}

	public Layer layer() {
		return this.layer;
	}

	public String chain() {
		return this.chain;
	}

	/** Whether the call counts in the scorecard. */
	public boolean isScored() {
		return this.scored;
	}

	/** Whether nobody asked for it: a probe of an experiment. */
	public boolean isSynthetic() {
		return this.synthetic;
	}

	/** Whether it runs as a stream, where no thread is its own. */
	public boolean isStreaming() {
		return this.streamContext != null;
	}

	/** The Reactor context of a stream's subscriber, {@code null} where the call is no stream. */
	public @Nullable ContextView streamContext() {
		return this.streamContext;
	}

	public long startNanos() {
		return this.startNanos;
	}

	public long endNanos() {
		return this.endNanos;
	}

	public long durationNanos() {
		return this.endNanos - this.startNanos;
	}

	public Outcome outcome() {
		return this.outcome;
	}

	/** The attempt whose answer the caller got. */
	public @Nullable Attempt served() {
		return this.served;
	}

	/** What was thrown at the caller. */
	public @Nullable RuntimeException failure() {
		return this.failure;
	}

	void end(Outcome how, @Nullable Attempt by, @Nullable RuntimeException thrown, long nowNanos) {
		this.outcome = how;
		this.served = by;
		this.failure = thrown;
		this.endNanos = nowNanos;
	}

	/** How a call ended. */
	public enum Outcome {

		PENDING, ANSWERED,

		/** Every target that could be asked said that the tool failed, and the caller was told so. */
		TOOL_ERROR,

		/** No target answered, but the chain's {@link LastResort} did. */
		DEGRADED,

		/** The caller got an exception. */
		FAILED,

		/** The caller stopped it; it counts for nobody. */
		CANCELLED

	}

}
