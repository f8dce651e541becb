package io.github.agentresilience.chain.internal.engine;

import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;

import io.github.agentresilience.chain.CallCancelledException;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.internal.policy.Defaults;

/**
 * Asks the last resort of a chain, on a thread that can be left behind when it takes too
 * long.
 */
final class LastResortExecution<Q, A> {

	private final TargetChain<Q, A> chain;

	LastResortExecution(TargetChain<Q, A> chain) {
		this.chain = chain;
	}

	/**
	 * Never throws: what goes wrong with the last resort is told besides the chain's own
	 * failure.
	 */
	Decision<Q, A> ask(ChainRun<Q, A> run, Q request, ChainExhaustedException exhausted) {
		long most = Math.max(run.remainingNanos(), Defaults.LAST_RESORT_GRACE.toNanos());
		ContextCarrier.Carried context = this.chain.runtime().contextCarrier().capture();
		Future<A> future = null;
		try {
			future = this.chain.runtime()
				.executor()
				.submit(() -> context
					.call(() -> Objects.requireNonNull(this.chain.lastResort()).answer(request, exhausted)));
			A answer = this.chain.time().await(future, most);
			return (answer != null) ? CallEnd.degraded(run, answer) : CallEnd.noLastResort(run, exhausted);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return CallEnd.cancelledBy(run, new CallCancelledException(ex));
		}
		catch (ExecutionException ex) {
			if (ex.getCause() != exhausted) {
				exhausted.addSuppressed(ex.getCause());
			}
			return CallEnd.noLastResort(run, exhausted);
		}
		catch (TimeoutException | RejectedExecutionException ex) {
			exhausted.addSuppressed(ex);
			return CallEnd.noLastResort(run, exhausted);
		}
		finally {
			if (future != null) {
				future.cancel(true);
			}
		}
	}

}
