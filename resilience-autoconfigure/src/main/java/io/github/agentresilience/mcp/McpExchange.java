package io.github.agentresilience.mcp;

import java.util.concurrent.CompletableFuture;

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

	private static final ThreadLocal<@Nullable McpExchange> CURRENT = new ThreadLocal<>();

	private final Attempt attempt;

	private volatile @Nullable CompletableFuture<?> response;

	private volatile @Nullable Runnable abandon;

	private volatile boolean cancelled;

	private volatile @Nullable String ownToken;

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

	/**
	 * The request is about to be sent, so from now on it may have its effect.
	 * @param forget tells the server and the SDK that nobody waits for the answer any longer; does not block
	 */
	void requestSent(Runnable forget) {
		this.attempt.mayHaveActed(true);
		this.abandon = forget;
		if (this.cancelled) {
			forget.run();
		}
	}

	/** The HTTP exchange that carries the request. */
	void sent(CompletableFuture<?> httpResponse) {
		this.response = httpResponse;
		if (this.cancelled) {
			httpResponse.cancel(true);
		}
	}

	/**
	 * The request did not reach what it was for.
	 * @param status why, or 0 where nobody answered
	 */
	void refused(int status) {
		this.refusedWith = status;
		this.attempt.mayHaveActed(false);
	}

	int refusedWith() {
		return this.refusedWith;
	}

	/** The application gave the request this progress token. */
	void reportsAs(String token) {
		this.ownToken = token;
	}

	@Nullable String ownToken() {
		return this.ownToken;
	}

	void progressed() {
		this.attempt.progressed();
	}

	/** Nobody waits any longer. */
	void cancel() {
		this.cancelled = true;
		Runnable forget = this.abandon;
		if (forget != null) {
			forget.run();
		}
		CompletableFuture<?> sent = this.response;
		if (sent != null) {
			sent.cancel(true);
		}
	}

}
