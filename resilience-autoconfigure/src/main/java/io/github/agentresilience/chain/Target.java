package io.github.agentresilience.chain;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * A place that can answer: a model behind a URL, an MCP server.
 *
 * @param <Q> the request
 * @param <A> the answer, or one chunk of a streamed one
 */
public interface Target<Q, A> {

	/** The name under which configuration, metrics and the scorecard know it. */
	String name();

	/**
	 * Asks once, on the calling thread. Neither retries nor waits longer than it must.
	 * @param request what is asked
	 * @param attempt the attempt that this is; a cancellable target tells it how to stop
	 * the exchange
	 * @return the answer
	 * @throws Exception what the layer's {@link FailureClassifier} understands
	 */
	A call(Q request, Exchange attempt) throws Exception;

	/**
	 * Asks once, as a stream. Cancelling the subscription stops the exchange.
	 * @param request what is asked
	 * @param attempt the attempt that this is
	 * @return the chunks; an answer that ends before it is whole ends in an error
	 */
	Flux<A> stream(Q request, Exchange attempt);

	/**
	 * Whether {@link #call} returns soon after {@link Exchange#onCancel its hook} has
	 * run. A target that does is called on the caller's own thread; one that does not
	 * costs a thread for each attempt, because only so can the caller be given its
	 * exception in time.
	 */
	boolean cancellable();

	/**
	 * What the request is about, for faults that hit one tool only.
	 * @return the tool's name, or {@code null}
	 */
	default @Nullable String operation(Q request) {
		return null;
	}

	/**
	 * The answer with which this layer's servers say that a tool failed, for injected
	 * faults.
	 * @throws UnsupportedOperationException where the layer knows no such answer
	 */
	default A errorAnswer(String text) {
		throw new UnsupportedOperationException("'" + name() + "' has no answer that means failure");
	}

	/**
	 * The request as it is to be asked while the target's server has a fault, for faults
	 * that only the layer knows how to play.
	 * @return what {@link #call} and {@link #stream} take in the place of the request, or
	 * {@code null} where the fault does not show in such a request
	 */
	default @Nullable Q withFault(Q request, ServerFault fault) {
		return null;
	}

}
