package io.github.agentresilience.chain.internal.engine;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.time.Time;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * One call of a chain, as listeners see it.
 */
final class ActiveCall implements Call {

	private final TimedChain chain;

	private final CallSpec spec;

	private final @Nullable ContextView streamContext;

	private final boolean streaming;

	private final long startNanos;

	/** When it is to be over; once it is, when it was. */
	private long endNanos;

	private CallObserver observer = Observers.NONE;

	private Outcome outcome = Outcome.PENDING;

	private @Nullable Attempt served;

	private @Nullable RuntimeException failure;

	/** A call that runs as a stream where it has a subscriber. */
	ActiveCall(TimedChain chain, CallSpec spec, @Nullable ContextView streamContext, long startNanos,
			long deadlineNanos) {
		this(chain, spec, streamContext, streamContext != null, startNanos, deadlineNanos);
	}

	/**
	 * A call that begins.
	 * @param streamContext the Reactor context of the subscriber, {@code null} where the
	 * call is no stream
	 * @param streaming whether it runs as a stream
	 * @param deadlineNanos when it is to be over, by the chain's clock
	 */
	ActiveCall(TimedChain chain, CallSpec spec, @Nullable ContextView streamContext, boolean streaming, long startNanos,
			long deadlineNanos) {
		this.chain = chain;
		this.spec = spec;
		this.streamContext = streamContext;
		this.streaming = streaming;
		this.startNanos = startNanos;
		this.endNanos = deadlineNanos;
	}

	@Override
	public Layer layer() {
		return this.chain.layer();
	}

	@Override
	public String chain() {
		return this.chain.name();
	}

	@Override
	public boolean isScored() {
		return this.spec.scored();
	}

	@Override
	public boolean isSynthetic() {
		return this.spec.synthetic();
	}

	@Override
	public boolean isStreaming() {
		return this.streaming;
	}

	@Override
	public @Nullable ContextView streamContext() {
		return this.streamContext;
	}

	/** What its attempts go by. */
	Time time() {
		return this.chain.time();
	}

	/** What it asks beyond the chain's own policy. */
	CallSpec spec() {
		return this.spec;
	}

	void observedBy(CallObserver observers) {
		this.observer = observers;
	}

	/** Who is told of it. */
	CallObserver observer() {
		return this.observer;
	}

	@Override
	public long startNanos() {
		return this.startNanos;
	}

	/** When it is to be over, by the chain's clock. Once it is, no time is left of it. */
	long deadlineNanos() {
		return this.endNanos;
	}

	@Override
	public long endNanos() {
		return this.endNanos;
	}

	@Override
	public long durationNanos() {
		return this.endNanos - this.startNanos;
	}

	@Override
	public Outcome outcome() {
		return this.outcome;
	}

	@Override
	public @Nullable Attempt served() {
		return this.served;
	}

	@Override
	public @Nullable RuntimeException failure() {
		return this.failure;
	}

	void end(Outcome how, @Nullable Attempt by, @Nullable RuntimeException thrown, long nowNanos) {
		this.outcome = how;
		this.served = by;
		this.failure = thrown;
		this.endNanos = nowNanos;
	}

}
