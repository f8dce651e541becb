package io.github.agentresilience.chain.internal.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;

import io.github.agentresilience.chain.CallCancelledException;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chain.internal.limit.Waiting;
import io.github.agentresilience.chain.internal.policy.Defaults;
import io.github.agentresilience.chain.internal.time.AttemptTimer;
import io.github.agentresilience.chain.internal.time.Cancellation;
import io.github.agentresilience.chain.internal.time.TimedEntry;
import org.jspecify.annotations.Nullable;

/**
 * Does what a {@link ChainRun} says, on the caller's thread.
 */
final class SyncExecution<Q, A> {

	private final TargetChain<Q, A> chain;

	private final LastResortExecution<Q, A> lastResort;

	private final BackupStart<Q, A> backupStart = (run, slow, request,
			context) -> new LateStart(run, slow, request, context).start();

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
			run.closed();
			run.observer().callLeft();
		}
	}

	private A follow(ChainRun<Q, A> run, Q request) {
		Decision<Q, A> step = run.start();
		while (true) {
			if (step instanceof ActiveAttempt<Q, A> attempt) {
				step = make(run, attempt, request);
			}
			else if (step instanceof Decision.AwaitHedge<Q, A> hedge) {
				step = await(run, hedge);
			}
			else if (step instanceof Decision.AwaitLimits<Q, A> limits) {
				step = await(run, limits.waiting());
			}
			else if (step instanceof Decision.AskLastResort<Q, A> exhausted) {
				step = this.lastResort.ask(run, request, exhausted.failure());
			}
			else if (step instanceof Decision.GiveUp<Q, A> giveUp) {
				throw giveUp.failure();
			}
			else if (step instanceof Decision.Answer<Q, A> answer) {
				return answer.value();
			}
			else {
				// Nothing to do on this thread: what decided the call has ended it
				// without an answer for its caller
				throw new CallCancelledException(null);
			}
		}
	}

	private Decision<Q, A> make(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt, Q request) {
		try {
			return delayed(run, attempt, request);
		}
		finally {
			run.driven(attempt);
		}
	}

	private Decision<Q, A> delayed(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt, Q request) {
		if (attempt.delayNanos() > 0) {
			try {
				this.chain.runtime().pause(attempt.delayNanos());
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				return run.cancelledBeforeStart(attempt, ex);
			}
		}
		Decision<Q, A> begun = run.begin(attempt);
		if (begun != attempt) {
			return begun;
		}
		Target<Q, A> target = attempt.guard().target();
		LateStart hedge = armHedge(run, attempt, request);
		A answer;
		try {
			answer = attempt.guard().isCancellable() ? onThisThread(target, request, attempt)
					: onAnotherThread(target, request, attempt);
		}
		catch (Exception thrown) {
			Cancellation.Reason cancelled = attempt.cancellation().finish();
			left(run, attempt, hedge);
			return run.failed(attempt, classify(attempt, thrown, cancelled));
		}
		catch (Error fatal) {
			attempt.cancellation().finish();
			left(run, attempt, hedge);
			run.cancelled(attempt);
			throw fatal;
		}
		attempt.cancellation().finish();
		left(run, attempt, hedge);
		return run.answered(attempt, request, answer);
	}

	private @Nullable LateStart armHedge(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt, Q request) {
		long after = HedgeRules.hedgeAfterNanos(run, attempt);
		boolean mayComeToBackup = HedgeRules.mayComeToBackup(run, attempt);
		if (after == HedgeRules.NO_HEDGE && !mayComeToBackup) {
			return null;
		}
		ContextCarrier.Carried context = this.chain.runtime().contextCarrier().capture();
		if (mayComeToBackup) {
			run.onBackup(this.backupStart, request, context);
		}
		if (after == HedgeRules.NO_HEDGE) {
			return null;
		}
		LateStart hedge = new LateStart(run, attempt, request, context);
		this.chain.runtime().timer().arm(hedge, after, null);
		return hedge;
	}

	private void left(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt, @Nullable LateStart hedge) {
		if (attempt.cancellation().isOverdue()) {
			// It may have been given more time just when it ended
			this.chain.runtime().timer().disarm(attempt.cancellation());
		}
		if (hedge != null) {
			this.chain.runtime().timer().disarm(hedge);
		}
		run.observer().attemptLeft(attempt);
	}

	private Decision<Q, A> await(ChainRun<Q, A> run, Waiting waiting) {
		if (!waiting.begin()) {
			return run.cannotWait();
		}
		try {
			this.chain.time().await(waiting.over(), waiting.remainingNanos());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return run.cancelledWaiting(waiting, ex);
		}
		catch (TimeoutException | ExecutionException inVain) {
			// Unless it has been given what it needs just now
		}
		return run.waited(waiting);
	}

	/** The hedge is bound by the deadline itself; it gets a moment more to say so. */
	private Decision<Q, A> await(ChainRun<Q, A> run, Decision.AwaitHedge<Q, A> hedge) {
		long most = Math.max(0, run.remainingNanos()) + Defaults.HEDGE_GRACE.toNanos();
		try {
			return this.chain.time().await(hedge.outcome(), most);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			run.cancelled(hedge.attempt());
			hedge.attempt().cancellation().cancel(Cancellation.Reason.ABANDONED);
			return leave(run, hedge, ex);
		}
		catch (TimeoutException ex) {
			hedge.attempt().cancellation().cancel(Cancellation.Reason.TIMEOUT);
			Decision<Q, A> step = run.failed(hedge.attempt(), Timeouts.of(hedge.attempt()));
			// Where the hedge has ended just now after all, its own step is on the way
			return (step instanceof Decision.Nothing) ? awaitStep(run, hedge) : step;
		}
		catch (ExecutionException ex) {
			return broken(ex);
		}
	}

	private Decision<Q, A> awaitStep(ChainRun<Q, A> run, Decision.AwaitHedge<Q, A> hedge) {
		try {
			return this.chain.time().await(hedge.outcome(), Defaults.HEDGE_HANDOVER.toNanos());
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

	/** The caller has gone, so what follows from the hedge is not carried out. */
	private Decision<Q, A> leave(ChainRun<Q, A> run, Decision.AwaitHedge<Q, A> hedge, Exception cause) {
		hedge.outcome().thenAccept((step) -> run.abandoned(step, cause));
		return new Decision.GiveUp<>(new CallCancelledException(cause));
	}

	private static <Q, A> Decision<Q, A> broken(ExecutionException ofHedge) {
		if (ofHedge.getCause() instanceof Error fatal) {
			throw fatal;
		}
		return new Decision.GiveUp<>(new CallCancelledException(ofHedge.getCause()));
	}

	private A onThisThread(Target<Q, A> target, Q request, ActiveAttempt<Q, A> attempt) throws Exception {
		AttemptTimer timer = this.chain.runtime().timer();
		timer.arm(attempt.cancellation(), attempt.timeoutNanos(), Thread.currentThread());
		try {
			return target.call(request, attempt.exchange());
		}
		finally {
			timer.disarm(attempt.cancellation());
		}
	}

	private A onAnotherThread(Target<Q, A> target, Q request, ActiveAttempt<Q, A> attempt) throws Exception {
		ContextCarrier.Carried context = this.chain.runtime().contextCarrier().capture();
		Future<A> future = this.chain.runtime()
			.executor()
			.submit(() -> context.call(() -> target.call(request, attempt.exchange())));
		attempt.cancellation().onSuperseded(() -> future.cancel(true));
		try {
			return answer(future, attempt);
		}
		catch (ExecutionException ex) {
			throw (ex.getCause() instanceof Exception cause) ? cause : ex;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw ex;
		}
		finally {
			future.cancel(true);
		}
	}

	private A answer(Future<A> future, ActiveAttempt<Q, A> attempt) throws Exception {
		long wait = attempt.timeoutNanos();
		while (true) {
			try {
				return this.chain.time().await(future, wait);
			}
			catch (TimeoutException ex) {
				wait = attempt.cancellation().overtimeNanos();
				if (wait <= 0) {
					attempt.cancellation().cancel(Cancellation.Reason.TIMEOUT);
					throw ex;
				}
			}
		}
	}

	private Failure classify(ActiveAttempt<Q, A> attempt, Throwable thrown, Cancellation.@Nullable Reason cancelled) {
		if (cancelled == Cancellation.Reason.TIMEOUT) {
			return Timeouts.of(attempt);
		}
		if (cancelled != null || Thread.currentThread().isInterrupted()) {
			return Failure.cancelled(thrown);
		}
		if (thrown instanceof InterruptedException && attempt.guard().isCancellable()) {
			// On this thread, and not by the chain, so by whoever wants the caller to
			// stop; sleeping takes the flag away
			Thread.currentThread().interrupt();
			return Failure.cancelled(thrown);
		}
		return this.chain.classifier().classify(thrown);
	}

	/** Starts the hedge of an attempt that is slow by then, or its backup. */
	private final class LateStart extends TimedEntry {

		private final ChainRun<Q, A> run;

		private final ActiveAttempt<Q, A> slow;

		private final Q request;

		private final ContextCarrier.Carried context;

		LateStart(ChainRun<Q, A> run, ActiveAttempt<Q, A> slow, Q request, ContextCarrier.Carried context) {
			this.run = run;
			this.slow = slow;
			this.request = request;
			this.context = context;
		}

		@Override
		public void expired(AttemptTimer timer) {
			start();
		}

		void start() {
			try {
				SyncExecution.this.chain.runtime().executor().execute(this::hedge);
			}
			catch (RejectedExecutionException closing) {
				// The application shuts down; the attempt in flight may still answer
			}
		}

		@Override
		public void waitingThreadInterrupted() {
			// No thread waits for a hedge that has not been started
		}

		private void hedge() {
			CompletableFuture<Decision<Q, A>> outcome = new CompletableFuture<>();
			ActiveAttempt<Q, A> hedge = this.run.startHedge(this.slow, outcome);
			if (hedge == null) {
				return;
			}
			try {
				outcome.complete(this.context.call(() -> make(this.run, hedge, this.request)));
			}
			catch (Throwable fatal) {
				this.run.cancelled(hedge);
				outcome.completeExceptionally(fatal);
			}
		}

	}

}
