package io.github.agentresilience.chaos.internal;

import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.ServerFault;
import io.github.agentresilience.chain.Target;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * A target at which faults can be injected. Housekeeping, which is not scored, is not
 * hit, so that a fault's count is spent on users' calls.
 */
public final class ChaosTarget<Q, A> implements Target<Q, A> {

	private final Target<Q, A> target;

	private final Layer layer;

	private final FaultInjector chaos;

	public ChaosTarget(Target<Q, A> target, Layer layer, FaultInjector chaos) {
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
	public @Nullable Q withFault(Q request, ServerFault fault) {
		return this.target.withFault(request, fault);
	}

	@Override
	public A call(Q request, Exchange attempt) throws Exception {
		Injection fault = fault(request, attempt, false);
		if (fault == null) {
			return this.target.call(request, attempt);
		}
		A injected = fault.behaviour().beforeCall(this.target, attempt);
		return (injected != null) ? injected : this.target.call(asked(request, fault), attempt);
	}

	@Override
	public Flux<A> stream(Q request, Exchange attempt) {
		Injection fault = fault(request, attempt, true);
		return (fault != null) ? fault.behaviour()
			.bend(() -> this.target.stream(asked(request, fault), attempt), this.target, attempt,
					this.chaos.scheduler())
				: this.target.stream(request, attempt);
	}

	private Q asked(Q request, Injection fault) {
		Q asked = fault.behaviour().asked(request, this.target);
		return (asked != null) ? asked : request;
	}

	private @Nullable Injection fault(Q request, Exchange attempt, boolean streaming) {
		if (!attempt.attempt().call().isScored() && !attempt.attempt().call().isSynthetic()) {
			return null;
		}
		return this.chaos.next(this.layer, name(), this.target.operation(request),
				(behaviour) -> (streaming || behaviour.hitsCalls()) && behaviour.asked(request, this.target) != null,
				attempt.attempt().call().isSynthetic());
	}

}
