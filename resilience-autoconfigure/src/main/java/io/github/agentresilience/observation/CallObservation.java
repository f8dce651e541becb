package io.github.agentresilience.observation;

import java.util.Locale;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.SkippedTarget;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * The observation of one call and of its attempts. A call that runs on one thread opens scopes there, so that what the
 * target observes becomes a child; a stream hands its observation on in the Reactor context.
 */
final class CallObservation implements CallObserver {

	private final ObservationRegistry registry;

	private final Observation call;

	private final Observation.@Nullable Scope callScope;

	private final Slot regular = new Slot();

	/** A hedge runs besides another attempt, on a thread of its own. */
	private @Nullable Slot hedge;

	private volatile @Nullable Failure lastFailure;

	CallObservation(Call call, ObservationRegistry registry) {
		this.registry = registry;
		this.call = Observation.createNotStarted(ResilienceObservations.CALL, registry)
			.lowCardinalityKeyValue(ResilienceObservations.LAYER, call.layer().id())
			.lowCardinalityKeyValue(ResilienceObservations.CHAIN, ResilienceObservations.chainOf(call))
			.lowCardinalityKeyValue(ResilienceObservations.TARGET, ResilienceObservations.NONE)
			.lowCardinalityKeyValue(ResilienceObservations.OUTCOME, ResilienceObservations.NONE);
		ContextView context = call.streamContext();
		if (context != null && context.hasKey(ObservationThreadLocalAccessor.KEY)) {
			this.call.parentObservation(context.<Observation>get(ObservationThreadLocalAccessor.KEY));
		}
		this.call.start();
		this.callScope = (context == null) ? this.call.openScope() : null;
	}

	@Override
	public void attemptStarted(Attempt attempt) {
		Observation observation = Observation.createNotStarted(ResilienceObservations.ATTEMPT, this.registry)
			.parentObservation(this.call)
			.lowCardinalityKeyValue(ResilienceObservations.LAYER, attempt.call().layer().id())
			.lowCardinalityKeyValue(ResilienceObservations.TARGET, ResilienceObservations.targetOf(attempt))
			.lowCardinalityKeyValue(ResilienceObservations.OUTCOME, ResilienceObservations.NONE)
			.lowCardinalityKeyValue(ResilienceObservations.KIND, ResilienceObservations.NONE);
		SpanAttributes.atStart(observation, attempt);
		if (attempt.call().isStreaming() || attempt.isHedge()) {
			// A span that is current on the thread would be taken for the parent, whatever the observation says
			try (Observation.Scope ofCall = this.call.openScope()) {
				observation.start();
			}
		}
		else {
			observation.start();
		}
		if (attempt.isHedge()) {
			this.hedge = new Slot();
		}
		Slot slot = slot(attempt);
		slot.observation = observation;
		slot.scope = attempt.call().isStreaming() ? null : observation.openScope();
		if (attempt.isTrial()) {
			breaker(attempt, CircuitBreaker.State.HALF_OPEN);
		}
	}

	private Slot slot(Attempt attempt) {
		Slot ofHedge = this.hedge;
		return (attempt.isHedge() && ofHedge != null) ? ofHedge : this.regular;
	}

	@Override
	public void attemptLeft(Attempt attempt) {
		Slot slot = slot(attempt);
		if (slot.scope != null) {
			slot.scope.close();
			slot.scope = null;
		}
	}

	@Override
	public void attemptEnded(Attempt attempt) {
		Observation observation = slot(attempt).observation;
		if (observation == null) {
			return;
		}
		Failure failure = attempt.failure();
		observation.lowCardinalityKeyValue(ResilienceObservations.OUTCOME, id(attempt.outcome()));
		attempt.details().forEach(observation::highCardinalityKeyValue);
		if (failure != null) {
			observation.lowCardinalityKeyValue(ResilienceObservations.KIND, failure.kind().id());
			SpanAttributes.ofFailure(observation, failure);
			observation.error(ObservedFailure.of(failure));
			this.lastFailure = failure;
		}
		observation.stop();
		tellOfBreaker(attempt);
	}

	@Override
	public void attemptJudged(Attempt attempt) {
		tellOfBreaker(attempt);
	}

	/** A breaker changes its state within the call whose outcome made it do so. */
	private void tellOfBreaker(Attempt attempt) {
		CircuitBreaker.State moved = attempt.movedBreakerTo();
		if (moved != null) {
			breaker(attempt, moved);
		}
	}

	private void breaker(Attempt attempt, CircuitBreaker.State state) {
		this.call.event(Observation.Event.of(ResilienceObservations.BREAKER,
				"breaker of " + attempt.target() + " is " + state));
	}

	@Override
	public void targetSkipped(SkippedTarget skipped) {
		this.call.event(Observation.Event.of(ResilienceObservations.SKIPPED, "skipped " + skipped));
	}

	@Override
	public void callEnded(Call ended) {
		Attempt served = ended.served();
		this.call.lowCardinalityKeyValue(ResilienceObservations.OUTCOME, outcome(ended));
		if (served != null) {
			this.call.lowCardinalityKeyValue(ResilienceObservations.TARGET, served.target());
		}
		RuntimeException failure = ended.failure();
		if (failure != null) {
			this.call.error(ObservedFailure.of(failure, this.lastFailure));
		}
		this.call.stop();
	}

	/** A call that no target could have answered is told apart, so that bad requests wake nobody up. */
	private String outcome(Call ended) {
		Failure last = this.lastFailure;
		boolean refused = ended.outcome() == Call.Outcome.FAILED && last != null && last.kind() == FailureKind.CALLER;
		return refused ? ResilienceObservations.REFUSED : id(ended.outcome());
	}

	@Override
	public void callLeft() {
		if (this.callScope != null) {
			this.callScope.close();
		}
	}

	@Override
	public Context contextFor(Attempt attempt, Context context) {
		Observation current = slot(attempt).observation;
		return (current != null) ? context.put(ObservationThreadLocalAccessor.KEY, current) : context;
	}

	private static String id(Enum<?> outcome) {
		return outcome.name().toLowerCase(Locale.ROOT);
	}

	private static final class Slot {

		private @Nullable Observation observation;

		private Observation.@Nullable Scope scope;

	}

}
