package io.github.agentresilience.chain;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks the last resort of a chain, on a thread that can be left behind when it takes too long.
 */
final class LastResortExecution<Q, A> {

	private final TargetChain<Q, A> chain;

	LastResortExecution(TargetChain<Q, A> chain) {
		this.chain = chain;
	}

	/** Never throws: what goes wrong with the last resort is told besides the chain's own failure. */
	Step ask(ChainRun<Q, A> run, Q request, ChainExhaustedException exhausted) {
		long most = Math.max(run.remainingNanos(), Defaults.LAST_RESORT_GRACE.toNanos());
		ContextCarrier.Carried context = this.chain.runtime().contextCarrier().capture();
		Future<A> future = null;
		try {
			future = this.chain.runtime()
				.executor()
				.submit(() -> context.call(() -> this.chain.lastResort().answer(request, exhausted)));
			A answer = future.get(most, TimeUnit.NANOSECONDS);
			return (answer != null) ? run.degraded(answer) : run.giveUp(exhausted);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return run.cancelledBy(new CallCancelledException(ex));
		}
		catch (ExecutionException ex) {
			exhausted.addSuppressed(ex.getCause());
			return run.giveUp(exhausted);
		}
		catch (TimeoutException | RejectedExecutionException ex) {
			exhausted.addSuppressed(ex);
			return run.giveUp(exhausted);
		}
		finally {
			if (future != null) {
				future.cancel(true);
			}
		}
	}

}
