package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;

/**
 * Does what a {@link ChainRun} says, on the caller's thread.
 */
final class SyncExecution<Q, A> {

	private final TargetChain<Q, A> chain;

	private final LastResortExecution<Q, A> lastResort;

	SyncExecution(TargetChain<Q, A> chain) {
		this.chain = chain;
		this.lastResort = new LastResortExecution<>(chain);
	}

	A call(Q request, CallSpec spec) {
		ChainRun<Q, A> run = this.chain.newRun(spec, null);
		try {
			return follow(run, request);
		}
		finally {
			run.observer().callLeft();
		}
	}

	@SuppressWarnings("unchecked")
	private A follow(ChainRun<Q, A> run, Q request) {
		Step step = run.start();
		while (true) {
			if (step instanceof Attempt attempt) {
				step = make(run, attempt, request);
			}
			else if (step instanceof Step.AwaitHedge hedge) {
				step = await(run, hedge);
			}
			else if (step instanceof Step.AskLastResort exhausted) {
				step = this.lastResort.ask(run, request, exhausted.failure());
			}
			else if (step instanceof Step.GiveUp giveUp) {
				throw giveUp.failure();
			}
			else if (step instanceof Step.Answer answer) {
				return (A) answer.value();
			}
			else {
				// Nothing to do on this thread: what decided the call has ended it without an answer for its caller
				throw new CallCancelledException(null);
			}
		}
	}

	@SuppressWarnings("unchecked")
	private Step make(ChainRun<Q, A> run, Attempt attempt, Q request) {
		if (attempt.delayNanos() > 0) {
			try {
				this.chain.runtime().pause(attempt.delayNanos());
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				return run.cancelledBeforeStart(attempt, ex);
			}
		}
		Step begun = run.begin(attempt);
		if (begun != attempt) {
			return begun;
		}
		Target<Q, A> target = (Target<Q, A>) attempt.guard().target();
		LateStart hedge = armHedge(run, attempt, request);
		A answer;
		try {
			answer = target.cancellable() ? onThisThread(target, request, attempt)
					: onAnotherThread(target, request, attempt);
		}
		catch (Exception thrown) {
			Attempt.Stop stopped = attempt.finish();
			left(run, attempt, hedge);
			return run.failed(attempt, classify(attempt, thrown, stopped));
		}
		catch (Error fatal) {
			attempt.finish();
			left(run, attempt, hedge);
			run.cancelled(attempt);
			throw fatal;
		}
		attempt.finish();
		left(run, attempt, hedge);
		return run.answered(attempt, answer);
	}

	private @Nullable LateStart armHedge(ChainRun<Q, A> run, Attempt attempt, Q request) {
		long after = run.hedgeAfterNanos(attempt);
		if (after == ChainRun.NO_HEDGE) {
			return null;
		}
		LateStart hedge = new LateStart(run, attempt, request);
		this.chain.runtime().timer().arm(hedge, after, null);
		return hedge;
	}

	private void left(ChainRun<Q, A> run, Attempt attempt, @Nullable LateStart hedge) {
		if (hedge != null) {
			this.chain.runtime().timer().disarm(hedge);
		}
		run.observer().attemptLeft(attempt);
	}

	/** The hedge is bound by the deadline itself; it gets a moment more to say so. */
	private Step await(ChainRun<Q, A> run, Step.AwaitHedge hedge) {
		long most = Math.max(0, run.remainingNanos()) + Defaults.HEDGE_GRACE.toNanos();
		try {
			return hedge.outcome().get(most, TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			run.cancelled(hedge.attempt());
			hedge.attempt().cancel(Attempt.Stop.ABANDONED);
			return leave(run, hedge, ex);
		}
		catch (TimeoutException ex) {
			hedge.attempt().cancel(Attempt.Stop.TIMEOUT);
			Step step = run.failed(hedge.attempt(), timedOut(hedge.attempt()));
			// Where the hedge has ended just now after all, its own step is on the way
			return (step instanceof Step.Nothing) ? awaitStep(run, hedge) : step;
		}
		catch (ExecutionException ex) {
			return broken(ex);
		}
	}

	private Step awaitStep(ChainRun<Q, A> run, Step.AwaitHedge hedge) {
		try {
			return hedge.outcome().get(Defaults.HEDGE_HANDOVER.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return leave(run, hedge, ex);
		}
		catch (TimeoutException ex) {
			return leave(run, hedge, ex);
		}
		catch (ExecutionException ex) {
			return broken(ex);
		}
	}

	/** What follows from the hedge will find nobody to do it. */
	private Step leave(ChainRun<Q, A> run, Step.AwaitHedge hedge, Exception cause) {
		hedge.outcome().thenAccept((step) -> run.abandoned(step, cause));
		return new Step.GiveUp(new CallCancelledException(cause));
	}

	private static Step broken(ExecutionException ofHedge) {
		if (ofHedge.getCause() instanceof Error fatal) {
			throw fatal;
		}
		return new Step.GiveUp(new CallCancelledException(ofHedge.getCause()));
	}

	private A onThisThread(Target<Q, A> target, Q request, Attempt attempt) throws Exception {
		AttemptTimer timer = this.chain.runtime().timer();
		timer.arm(attempt, attempt.timeoutNanos(), Thread.currentThread());
		try {
			return target.call(request, attempt);
		}
		finally {
			timer.disarm(attempt);
		}
	}

	private A onAnotherThread(Target<Q, A> target, Q request, Attempt attempt) throws Exception {
		ContextCarrier.Carried context = this.chain.runtime().contextCarrier().capture();
		Future<A> future = this.chain.runtime()
			.executor()
			.submit(() -> context.call(() -> target.call(request, attempt)));
		attempt.onOvertaken(() -> future.cancel(true));
		try {
			return future.get(attempt.timeoutNanos(), TimeUnit.NANOSECONDS);
		}
		catch (ExecutionException ex) {
			throw (ex.getCause() instanceof Exception cause) ? cause : ex;
		}
		catch (TimeoutException ex) {
			attempt.cancel(Attempt.Stop.TIMEOUT);
			throw ex;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw ex;
		}
		finally {
			future.cancel(true);
		}
	}

	private Failure classify(Attempt attempt, Throwable thrown, Attempt.@Nullable Stop stopped) {
		if (stopped == Attempt.Stop.TIMEOUT) {
			return timedOut(attempt);
		}
		if (stopped != null || Thread.currentThread().isInterrupted()) {
			return Failure.cancelled(thrown);
		}
		if (thrown instanceof InterruptedException && attempt.guard().target().cancellable()) {
			// On this thread, and not by the chain, so by whoever wants the caller to stop; sleeping takes the flag away
			Thread.currentThread().interrupt();
			return Failure.cancelled(thrown);
		}
		return this.chain.classifier().classify(thrown);
	}

	static Failure timedOut(Attempt attempt) {
		Duration waited = Duration.ofNanos(attempt.timeoutNanos());
		AttemptTimeoutException cause = new AttemptTimeoutException(attempt.target(), waited);
		Failure silent = Failure.silent(cause.getMessage(), cause);
		// Cut short by its caller, the target had less than its own time and is not to blame
		return attempt.isCutShort() ? silent.withoutBreaker() : silent;
	}

	/** Starts the hedge of an attempt that is slow by then. */
	private final class LateStart extends TimedEntry {

		private final ChainRun<Q, A> run;

		private final Attempt slow;

		private final Q request;

		private final ContextCarrier.Carried context;

		LateStart(ChainRun<Q, A> run, Attempt slow, Q request) {
			this.run = run;
			this.slow = slow;
			this.request = request;
			this.context = SyncExecution.this.chain.runtime().contextCarrier().capture();
		}

		@Override
		void expired(AttemptTimer timer) {
			try {
				SyncExecution.this.chain.runtime().executor().execute(this::hedge);
			}
			catch (RejectedExecutionException closing) {
				// The application shuts down; the attempt in flight may still answer
			}
		}

		@Override
		void waitingThreadInterrupted() {
			// Nobody waits for a hedge that has not been started
		}

		private void hedge() {
			CompletableFuture<Step> outcome = new CompletableFuture<>();
			Attempt hedge = this.run.startHedge(this.slow, outcome);
			if (hedge == null) {
				return;
			}
			try {
				outcome.complete(this.context.call(() -> make(this.run, hedge, this.request)));
			}
			catch (Throwable fatal) {
				outcome.completeExceptionally(fatal);
			}
		}

	}

}
