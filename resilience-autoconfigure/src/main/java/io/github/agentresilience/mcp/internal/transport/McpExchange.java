package io.github.agentresilience.mcp.internal.transport;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.internal.wire.CurrentExchange;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import org.jspecify.annotations.Nullable;

/**
 * What goes over the wire for one attempt. The SDK sends a request on the thread that
 * subscribes, which for a synchronous client is the caller's own, so the exchange is
 * bound to that thread; for an asynchronous client it is bound to the Reactor context.
 */
public final class McpExchange {

	/** Leads from a request that the SDK sends to the exchange that it is sent for. */
	public static final CurrentExchange<McpExchange> CURRENT = new CurrentExchange<>();

	/**
	 * A server that no longer knows one call's session refuses the others in it too, as
	 * soon as it reads them.
	 */
	private static final Duration LONGEST_VERDICT = Duration.ofSeconds(3);

	private final Exchange attempt;

	/** The request that is being sent, or was last: a lost session makes it two. */
	private volatile @Nullable Request request;

	private volatile boolean cancelled;

	private volatile int refusedWith;

	/** The session that the server did not know, empty where it had no name. */
	private volatile @Nullable String lostSession;

	private volatile @Nullable JSONRPCResponse response;

	/** Whether the response may come another way than in the answer. */
	private volatile boolean elsewhere;

	public McpExchange(Exchange attempt) {
		this.attempt = attempt;
		attempt.mayHaveActed(false);
	}

	/** The request is about to be sent, so from now on it may have its effect. */
	public void requestSent(Request sent) {
		ended();
		this.refusedWith = 0;
		this.response = null;
		this.elsewhere = false;
		this.attempt.received(false);
		this.attempt.mayHaveActed(true);
		this.request = sent;
		if (this.cancelled) {
			sent.abandon();
		}
	}

	/**
	 * The attempt has ended, however the request did: the SDK drops those of a lost
	 * session silently.
	 */
	public void ended() {
		Request sent = this.request;
		if (sent != null) {
			sent.forget();
		}
	}

	/** The request that is being sent, {@code null} for none. */
	@Nullable Request request() {
		return this.request;
	}

	/**
	 * An HTTP exchange carries a request. Its answer may be there before this is said,
	 * and may have led to the next request.
	 */
	void carried(Request sent, CompletableFuture<?> httpResponse) {
		sent.carrier().complete(httpResponse);
		if (this.cancelled) {
			httpResponse.cancel(true);
		}
	}

	/**
	 * The request did not reach the method that it is for.
	 * @param status why, or 0 where there was no answer
	 */
	public void refused(int status) {
		this.refusedWith = status;
		this.attempt.mayHaveActed(false);
	}

	/** The server has answered, and what it said cannot be read. */
	public void unreadable() {
		this.attempt.received(true);
	}

	/** The server did not know the session that the request was sent in. */
	public void lost(@Nullable String session) {
		this.lostSession = (session != null) ? session : "";
	}

	/**
	 * Whether the request has been refused for its session already, and has another one
	 * now.
	 */
	public boolean hasLostAnotherThan(@Nullable String session) {
		String lost = this.lostSession;
		return lost != null && ((session == null) ? lost.isEmpty() : !lost.isEmpty() && !lost.equals(session));
	}

	/** Whether the target has been asked before by the same call. */
	public boolean isRetry() {
		return this.attempt.attempt().tryOnTarget() > 1;
	}

	/** The answer is over, and the response still to come. */
	public void expectElsewhere() {
		this.elsewhere = true;
	}

	public boolean isExpectedElsewhere() {
		return this.elsewhere;
	}

	/** The response has come. */
	public void responded(JSONRPCResponse come) {
		this.response = come;
	}

	/** The response, {@code null} where none has come. */
	public @Nullable JSONRPCResponse response() {
		return this.response;
	}

	/**
	 * Done when it is known whether the server carried the request out, or that this
	 * stays unknown.
	 * @param forAnswer whether to wait for the answer, and not for a refusal only
	 */
	public CompletableFuture<?> verdict(boolean forAnswer) {
		Request sent = this.request;
		if (sent == null || !sent.isAnsweredAlone()) {
			return CompletableFuture.completedFuture(null);
		}
		CompletableFuture<@Nullable Object> verdict = sent.carrier()
			.thenCompose((http) -> http)
			.handle((answer, thrown) -> null);
		if (!forAnswer) {
			sent.completeAfter(LONGEST_VERDICT, verdict);
		}
		return verdict;
	}

	public int refusedWith() {
		return this.refusedWith;
	}

	public void progressed() {
		this.attempt.progressed();
	}

	/** The attempt is cancelled: its answer is not waited for any longer. */
	public void cancel() {
		if (this.response != null) {
			// Its connection may already carry another exchange
			return;
		}
		this.cancelled = true;
		Request sentRequest = this.request;
		if (sentRequest == null) {
			return;
		}
		sentRequest.abandon();
		CompletableFuture<?> http = sentRequest.carrier().getNow(null);
		if (http != null) {
			http.cancel(true);
		}
	}

	/** The request, as the transport that sent it knows it. Nothing here blocks. */
	public interface Request {

		/** Holds the HTTP exchange of the request as soon as there is one. */
		CompletableFuture<CompletableFuture<?>> carrier();

		/** Tells the server and the SDK that the answer is not waited for any longer. */
		void abandon();

		/**
		 * Whether it has an answer to itself, rather than a response somewhere in a
		 * connection that carries all.
		 */
		boolean isAnsweredAlone();

		/** Keeps nothing of the request. */
		void forget();

		/**
		 * Fails the request if it has not been responded to by the end of the answer.
		 * @param failure how the answer failed, {@code null} where it did not
		 */
		void answerEnded(@Nullable Throwable failure);

		/** Completes what is not known by then, with nothing. */
		void completeAfter(Duration most, CompletableFuture<@Nullable Object> verdict);

	}

}
