package io.github.agentresilience.chain.internal.engine;

import java.util.concurrent.Callable;

import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * A carrier that never throws: where the context cannot be taken along, the task runs
 * without it.
 */
record SafeCarrier(ContextCarrier carrier) implements ContextCarrier {

	static ContextCarrier of(ContextCarrier carrier) {
		return (carrier == NONE || carrier instanceof SafeCarrier) ? carrier : new SafeCarrier(carrier);
	}

	@Override
	public Carried capture() {
		try {
			Carried carried = this.carrier.capture();
			return (carried != null) ? new SafeCarried(carried) : Carried.NOTHING;
		}
		catch (Throwable ex) {
			ForeignCode.failed(this.carrier, ex);
			return Carried.NOTHING;
		}
	}

	@Override
	public @Nullable ContextView streamContext() {
		try {
			return this.carrier.streamContext();
		}
		catch (Throwable ex) {
			ForeignCode.failed(this.carrier, ex);
			return null;
		}
	}

	private record SafeCarried(Carried carried) implements Carried {

		@Override
		@SuppressWarnings("NullAway") // What a task returns may be null, as its type says
		public <T> T call(Callable<T> task) throws Exception {
			Once<T> once = new Once<>(task);
			try {
				this.carried.call(once);
			}
			catch (Throwable ex) {
				if (ex != once.thrown) {
					ForeignCode.failed(this.carried, ex);
				}
			}
			return once.outcome();
		}

	}

	/** A task that runs once, whoever asks for that how often. */
	private static final class Once<T> implements Callable<T> {

		private final Callable<T> task;

		private boolean done;

		private @Nullable T result;

		private @Nullable Throwable thrown;

		Once(Callable<T> task) {
			this.task = task;
		}

		@Override
		public @Nullable T call() throws Exception {
			if (!this.done) {
				this.done = true;
				try {
					this.result = this.task.call();
				}
				catch (Throwable ex) {
					this.thrown = ex;
					throw ex;
				}
			}
			return this.result;
		}

		/** What came of the task, which is made up for where it has not run. */
		@Nullable T outcome() throws Exception {
			Throwable failure = this.thrown;
			if (failure instanceof Error error) {
				throw error;
			}
			if (failure instanceof Exception exception) {
				throw exception;
			}
			return call();
		}

	}

}
