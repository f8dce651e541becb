package io.github.agentresilience.observation.internal;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.BudgetExhaustedException;
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
 * The observation of one call and of its attempts. A call that runs on one thread opens
 * scopes there, so that what the target observes becomes a child; a stream hands its
 * observation on in the Reactor context.
 */
final class CallObservation implements CallObserver {

	private final ObservationRegistry registry;

	private final ChainKeys keys;

	private final KeyedContext callContext;

	private final Observation call;

	private final Observation.@Nullable Scope callScope;

	private final Slot regular = new Slot();

	/** A hedge runs besides another attempt, on a thread of its own. */
	private @Nullable Slot hedge;

	private volatile @Nullable Failure lastFailure;

	CallObservation(Call call, ChainKeys keys, ObservationRegistry registry) {
		this.registry = registry;
		this.keys = keys;
		this.callContext = new KeyedContext(keys.of(call));
		this.call = Observation.createNotStarted(ResilienceObservations.CALL, () -> this.callContext, registry);
		ContextView context = call.streamContext();
		if (context != null && context.hasKey(ObservationThreadLocalAccessor.KEY)) {
			this.call.parentObservation(context.<Observation>get(ObservationThreadLocalAccessor.KEY));
		}
		this.call.start();
		this.callScope = (context == null) ? this.call.openScope() : null;
	}

	@Override
	public void attemptStarted(Attempt attempt) {
		KeyedContext context = new KeyedContext(this.keys.of(attempt));
		context.addHighCardinalityKeyValues(SpanAttributes.atStart(attempt));
		Observation observation = Observation
			.createNotStarted(ResilienceObservations.ATTEMPT, () -> context, this.registry)
			.parentObservation(this.call);
		if (attempt.call().isStreaming() || attempt.isHedge()) {
			// A span that is current on the thread would be taken for the parent,
			// whatever the observation says
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
		slot.context = context;
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
		Slot slot = slot(attempt);
		Observation observation = slot.observation;
		KeyedContext context = slot.context;
		if (observation == null || context == null) {
			return;
		}
		Failure failure = attempt.failure();
		context.addLowCardinalityKeyValues(ChainKeys.ended(attempt, (failure != null) ? failure.kind().id() : null));
		context.addHighCardinalityKeyValues(SpanAttributes.ofDetails(attempt));
		if (failure != null) {
			context.addHighCardinalityKeyValues(SpanAttributes.ofFailure(failure));
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
	public void streamRestarted(Attempt broken) {
		this.call.event(Observation.Event.of(ResilienceObservations.RESTARTED,
				"the answer of " + broken.target() + " broke and is begun anew"));
	}

	@Override
	public void targetSkipped(SkippedTarget skipped) {
		this.call.event(Observation.Event.of(ResilienceObservations.SKIPPED, "skipped " + skipped));
	}

	@Override
	public void callEnded(Call ended) {
		this.callContext.addLowCardinalityKeyValues(this.keys.ended(ended, isRefused(ended)));
		RuntimeException failure = ended.failure();
		if (failure != null) {
			this.call.error(ObservedFailure.of(failure, this.lastFailure));
		}
		this.call.stop();
	}

	/**
	 * Whether no target could have answered the call, or the turn could not pay for it.
	 * Such calls have an outcome of their own, so that bad requests raise no alarm.
	 */
	private boolean isRefused(Call ended) {
		Failure last = this.lastFailure;
		if (ended.failure() instanceof BudgetExhaustedException) {
			return true;
		}
		return ended.outcome() == Call.Outcome.FAILED && last != null && last.kind() == FailureKind.CALLER;
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

	private static final class Slot {

		private @Nullable KeyedContext context;

		private @Nullable Observation observation;

		private Observation.@Nullable Scope scope;

	}

}
