package io.github.agentresilience.chain.internal.engine;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.Chain;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.SkippedTarget;
import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import reactor.util.context.Context;

/**
 * The observers of one call, told in the order in which their listeners were registered.
 * What one of them throws, neither the call nor the others hear of.
 */
final class Observers implements CallObserver {

	/** Hears nothing. */
	static final CallObserver NONE = new CallObserver() {
	};

	private final CallObserver[] observers;

	private Observers(CallObserver[] observers) {
		this.observers = observers;
	}

	static CallObserver of(ChainListener[] listeners, Call call) {
		if (listeners.length == 0) {
			return NONE;
		}
		CallObserver[] observers = new CallObserver[listeners.length];
		for (int i = 0; i < listeners.length; i++) {
			observers[i] = observer(listeners[i], call);
		}
		return new Observers(observers);
	}

	/** Where it has nothing for the chain, it is told of the calls all the same. */
	static ChainListener forChain(ChainListener listener, Chain chain) {
		try {
			ChainListener ofChain = listener.forChain(chain);
			return (ofChain != null) ? ofChain : listener;
		}
		catch (Throwable ex) {
			ForeignCode.failed(listener, ex);
			return listener;
		}
	}

	private static CallObserver observer(ChainListener listener, Call call) {
		try {
			CallObserver observer = listener.callStarted(call);
			return (observer != null) ? observer : NONE;
		}
		catch (Throwable ex) {
			ForeignCode.failed(listener, ex);
			return NONE;
		}
	}

	@Override
	public void attemptStarted(Attempt attempt) {
		for (CallObserver observer : this.observers) {
			try {
				observer.attemptStarted(attempt);
			}
			catch (Throwable ex) {
				ForeignCode.failed(observer, ex);
			}
		}
	}

	@Override
	public void attemptLeft(Attempt attempt) {
		for (CallObserver observer : this.observers) {
			try {
				observer.attemptLeft(attempt);
			}
			catch (Throwable ex) {
				ForeignCode.failed(observer, ex);
			}
		}
	}

	@Override
	public void attemptEnded(Attempt attempt) {
		for (CallObserver observer : this.observers) {
			try {
				observer.attemptEnded(attempt);
			}
			catch (Throwable ex) {
				ForeignCode.failed(observer, ex);
			}
		}
	}

	@Override
	public void attemptJudged(Attempt attempt) {
		for (CallObserver observer : this.observers) {
			try {
				observer.attemptJudged(attempt);
			}
			catch (Throwable ex) {
				ForeignCode.failed(observer, ex);
			}
		}
	}

	@Override
	public void streamRestarted(Attempt broken) {
		for (CallObserver observer : this.observers) {
			try {
				observer.streamRestarted(broken);
			}
			catch (Throwable ex) {
				ForeignCode.failed(observer, ex);
			}
		}
	}

	@Override
	public void targetSkipped(SkippedTarget skipped) {
		for (CallObserver observer : this.observers) {
			try {
				observer.targetSkipped(skipped);
			}
			catch (Throwable ex) {
				ForeignCode.failed(observer, ex);
			}
		}
	}

	@Override
	public void callEnded(Call call) {
		for (CallObserver observer : this.observers) {
			try {
				observer.callEnded(call);
			}
			catch (Throwable ex) {
				ForeignCode.failed(observer, ex);
			}
		}
	}

	@Override
	public void callLeft() {
		for (CallObserver observer : this.observers) {
			try {
				observer.callLeft();
			}
			catch (Throwable ex) {
				ForeignCode.failed(observer, ex);
			}
		}
	}

	@Override
	public Context contextFor(Attempt attempt, Context context) {
		Context enriched = context;
		for (CallObserver observer : this.observers) {
			try {
				Context more = observer.contextFor(attempt, enriched);
				enriched = (more != null) ? more : enriched;
			}
			catch (Throwable ex) {
				ForeignCode.failed(observer, ex);
			}
		}
		return enriched;
	}

}
