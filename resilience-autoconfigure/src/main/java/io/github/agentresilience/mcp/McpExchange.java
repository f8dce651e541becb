package io.github.agentresilience.mcp;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.Attempt;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * What goes over the wire for one attempt. The SDK sends a request on the thread that subscribes, which for a
 * synchronous client is the caller's own, so the thread leads from the message to its attempt; for an asynchronous
 * client the Reactor context does.
 */
final class McpExchange {

	/** The key in a Reactor context. */
	static final Object KEY = McpExchange.class;

	/** A server that has forgotten one call's session says the same of the others as soon as it comes to them. */
	private static final Duration LONGEST_VERDICT = Duration.ofSeconds(3);

	private static final ThreadLocal<@Nullable McpExchange> CURRENT = new ThreadLocal<>();

	private final Attempt attempt;

	/** Holds the HTTP exchange of the request as soon as there is one. */
	private volatile CompletableFuture<CompletableFuture<?>> carrier = new CompletableFuture<>();

	private volatile @Nullable Request request;

	private volatile boolean cancelled;

	private volatile int refusedWith;

	McpExchange(Attempt attempt) {
		this.attempt = attempt;
		attempt.mayHaveActed(false);
	}

	static @Nullable McpExchange current() {
		return CURRENT.get();
	}

	/** The exchange that a message belongs to. */
	static @Nullable McpExchange of(ContextView context) {
		return context.hasKey(KEY) ? context.get(KEY) : CURRENT.get();
	}

	/** Makes an exchange that of the calling thread, and says which was before. */
	static @Nullable McpExchange enter(@Nullable McpExchange exchange) {
		McpExchange before = CURRENT.get();
		if (exchange == null) {
			CURRENT.remove();
		}
		else {
			CURRENT.set(exchange);
		}
		return before;
	}

	/** The request is about to be sent, so from now on it may have its effect. */
	void requestSent(Request sent) {
		ended();
		this.refusedWith = 0;
		this.carrier = new CompletableFuture<>();
		this.attempt.mayHaveActed(true);
		this.request = sent;
		if (this.cancelled) {
			sent.abandon();
		}
	}

	/** Whatever became of the request: the SDK drops those of a lost session without a word. */
	void ended() {
		Request sent = this.request;
		if (sent != null) {
			sent.forget();
		}
	}

	/**
	 * The HTTP exchange that carries the request.
	 * @return the request that it carries, {@code null} where it is none of the attempt's
	 */
	@Nullable Request sent(CompletableFuture<?> httpResponse) {
		this.carrier.complete(httpResponse);
		if (this.cancelled) {
			httpResponse.cancel(true);
		}
		return this.request;
	}

	/**
	 * The request did not reach what it was for.
	 * @param status why, or 0 where nobody answered
	 */
	void refused(int status) {
		this.refusedWith = status;
		this.attempt.mayHaveActed(false);
	}

	/** Done when it is known what the server made of the request, or that it will not say. */
	CompletableFuture<?> verdict() {
		Request sent = this.request;
		if (sent == null || !sent.isAnsweredAlone()) {
			return CompletableFuture.completedFuture(null);
		}
		return this.carrier.thenCompose((response) -> response)
			.handle((answer, thrown) -> null)
			.completeOnTimeout(null, LONGEST_VERDICT.toMillis(), TimeUnit.MILLISECONDS);
	}

	int refusedWith() {
		return this.refusedWith;
	}

	void progressed() {
		this.attempt.progressed();
	}

	/** Nobody waits any longer. */
	void cancel() {
		this.cancelled = true;
		Request sentRequest = this.request;
		if (sentRequest != null) {
			sentRequest.abandon();
		}
		CompletableFuture<?> sent = this.carrier.getNow(null);
		if (sent != null) {
			sent.cancel(true);
		}
	}

	/** The request, as the transport that sent it knows it. Nothing here blocks. */
	interface Request {

		/** Tells the server and the SDK that nobody waits for the answer any longer. */
		void abandon();

		/** Whether it has an answer to itself, rather than a response somewhere in a connection that carries all. */
		boolean isAnsweredAlone();

		/** Keeps nothing of the request. */
		void forget();

		/**
		 * Fails the request if it has not been responded to by the end of the answer.
		 * @param failure how the answer ended, {@code null} for well
		 */
		void answerEnded(@Nullable Throwable failure);

	}

}
