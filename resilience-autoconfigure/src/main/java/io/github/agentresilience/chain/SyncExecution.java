package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;

/**
 * Does what a {@link ChainRun} says, on the caller's thread.
 */
final class SyncExecution<Q, A> {

	private final TargetChain<Q, A> chain;

	SyncExecution(TargetChain<Q, A> chain) {
		this.chain = chain;
	}

	@SuppressWarnings("unchecked")
	A call(Q request, CallSpec spec) {
		ChainRun<Q, A> run = new ChainRun<>(this.chain, spec, null);
		Step step = run.start();
		while (step instanceof Attempt attempt) {
			step = make(run, attempt, request);
		}
		if (step instanceof Step.GiveUp giveUp) {
			throw giveUp.failure();
		}
		return (A) ((Step.Answer) step).value();
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
		Target<Q, A> target = (Target<Q, A>) attempt.guard().target();
		A answer;
		run.begin(attempt);
		try {
			answer = target.cancellable() ? onThisThread(target, request, attempt)
					: onAnotherThread(target, request, attempt);
		}
		catch (Exception thrown) {
			return run.failed(attempt, classify(attempt, thrown, attempt.finish()));
		}
		catch (Error fatal) {
			attempt.finish();
			run.cancelled(attempt);
			throw fatal;
		}
		attempt.finish();
		return run.answered(attempt, answer);
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
		return this.chain.classifier().classify(thrown);
	}

	static Failure timedOut(Attempt attempt) {
		Duration waited = Duration.ofNanos(attempt.timeoutNanos());
		AttemptTimeoutException cause = new AttemptTimeoutException(attempt.target(), waited);
		Failure silent = Failure.silent(cause.getMessage(), cause);
		// Cut short by the caller's deadline, the target had less than its own time and is not to blame
		return attempt.isCutByDeadline() ? silent.withoutBreaker() : silent;
	}

}
