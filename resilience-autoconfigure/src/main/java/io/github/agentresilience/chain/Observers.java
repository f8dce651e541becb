package io.github.agentresilience.chain;

import reactor.util.context.Context;

/**
 * The observers of one call, told in the order in which their listeners were registered.
 */
final class Observers implements CallObserver {

	private final CallObserver[] observers;

	private Observers(CallObserver[] observers) {
		this.observers = observers;
	}

	static CallObserver of(ChainListener[] listeners, Call call) {
		if (listeners.length == 1) {
			return listeners[0].callStarted(call);
		}
		CallObserver[] observers = new CallObserver[listeners.length];
		for (int i = 0; i < listeners.length; i++) {
			observers[i] = listeners[i].callStarted(call);
		}
		return new Observers(observers);
	}

	@Override
	public void attemptStarted(Attempt attempt) {
		for (CallObserver observer : this.observers) {
			observer.attemptStarted(attempt);
		}
	}

	@Override
	public void attemptLeft(Attempt attempt) {
		for (CallObserver observer : this.observers) {
			observer.attemptLeft(attempt);
		}
	}

	@Override
	public void attemptEnded(Attempt attempt) {
		for (CallObserver observer : this.observers) {
			observer.attemptEnded(attempt);
		}
	}

	@Override
	public void attemptJudged(Attempt attempt) {
		for (CallObserver observer : this.observers) {
			observer.attemptJudged(attempt);
		}
	}

	@Override
	public void targetSkipped(SkippedTarget skipped) {
		for (CallObserver observer : this.observers) {
			observer.targetSkipped(skipped);
		}
	}

	@Override
	public void callEnded(Call call) {
		for (CallObserver observer : this.observers) {
			observer.callEnded(call);
		}
	}

	@Override
	public void callLeft() {
		for (CallObserver observer : this.observers) {
			observer.callLeft();
		}
	}

	@Override
	public Context contextFor(Attempt attempt, Context context) {
		Context enriched = context;
		for (CallObserver observer : this.observers) {
			enriched = observer.contextFor(attempt, enriched);
		}
		return enriched;
	}

}
