package io.github.agentresilience.chaos;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.Target;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * A target at which faults can be injected. Housekeeping, which is not scored, is left alone, so that a fault's count
 * is spent on users' calls.
 */
public final class ChaosTarget<Q, A> implements Target<Q, A> {

	private final Target<Q, A> target;

	private final Layer layer;

	private final Chaos chaos;

	public ChaosTarget(Target<Q, A> target, Layer layer, Chaos chaos) {
		this.target = target;
		this.layer = layer;
		this.chaos = chaos;
	}

	@Override
	public String name() {
		return this.target.name();
	}

	@Override
	public boolean cancellable() {
		return this.target.cancellable();
	}

	@Override
	public @Nullable String operation(Q request) {
		return this.target.operation(request);
	}

	@Override
	public A errorAnswer(String text) {
		return this.target.errorAnswer(text);
	}

	@Override
	public A call(Q request, Attempt attempt) throws Exception {
		ActiveFault fault = fault(request, attempt, false);
		A injected = (fault != null) ? fault.behaviour().beforeCall(this.target, attempt) : null;
		return (injected != null) ? injected : this.target.call(request, attempt);
	}

	@Override
	public Flux<A> stream(Q request, Attempt attempt) {
		ActiveFault fault = fault(request, attempt, true);
		Flux<A> chunks = this.target.stream(request, attempt);
		return (fault != null) ? fault.behaviour().bend(chunks, this.target, attempt) : chunks;
	}

	private @Nullable ActiveFault fault(Q request, Attempt attempt, boolean streaming) {
		if (!attempt.call().isScored() && !attempt.call().isSynthetic()) {
			return null;
		}
		return this.chaos.next(this.layer, name(), this.target.operation(request), streaming,
				attempt.call().isSynthetic());
	}

}
