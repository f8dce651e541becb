package io.github.agentresilience.mcp.internal.transport;

import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import io.github.agentresilience.mcp.internal.transport.JsonRpc.Response;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP answer to one message that was posted. What it holds goes straight to the
 * SDK's session; the SDK's transport, which would read it less tolerantly, is told only
 * that the message was accepted.
 *
 * @param <T> what the transport makes of a body
 */
final class McpAnswer<T> {

	static final int ACCEPTED = 202;

	private final HttpResponse.BodyHandler<T> transport;

	private final HttpResponse.ResponseInfo head;

	private final PostedMessage posted;

	private final Consumer<JSONRPCMessage> inbound;

	private final Runnable lost;

	private final BooleanSupplier streams;

	private final int redirected;

	private final CompletableFuture<@Nullable T> body = new CompletableFuture<>();

	private @Nullable CompletionStage<T> accepted;

	/** The head that the SDK's transport is shown, {@code null} for the server's own. */
	private volatile HttpResponse.@Nullable ResponseInfo shown;

	/**
	 * An answer whose body is still to come.
	 * @param transport the SDK's
	 * @param inbound takes messages for the SDK's session
	 * @param lost opens the session anew
	 * @param streams whether the server keeps a stream of its own open
	 * @param redirected the status of the redirect that led here, 0 where none did
	 */
	McpAnswer(HttpResponse.BodyHandler<T> transport, PostedMessage posted, HttpResponse.ResponseInfo head,
			Consumer<JSONRPCMessage> inbound, Runnable lost, BooleanSupplier streams, int redirected) {
		this.transport = transport;
		this.posted = posted;
		this.head = head;
		this.inbound = inbound;
		this.lost = lost;
		this.streams = streams;
		this.redirected = redirected;
	}

	CompletionStage<T> body() {
		return this.body;
	}

	int status() {
		return this.head.statusCode();
	}

	HttpResponse.ResponseInfo head() {
		return this.head;
	}

	/** What it is the answer to. */
	PostedMessage posted() {
		return this.posted;
	}

	/** The server does not know the session: it is opened anew. */
	void sessionLost(SessionLoss how) {
		McpExchange sentBy = this.posted.exchange();
		if (sentBy != null) {
			if (how == SessionLoss.CERTAIN) {
				sentBy.refused(status());
			}
			sentBy.lost(this.posted.session());
		}
		this.lost.run();
		fail(new SessionLostException());
	}

	/**
	 * Tells the SDK's transport that the message was accepted, with whatever stands in
	 * the answer's head.
	 */
	void acknowledge(int withStatus) {
		if (this.accepted != null) {
			return;
		}
		HttpResponse.ResponseInfo bare = new BareHead(this.head, withStatus);
		this.shown = bare;
		HttpResponse.BodySubscriber<T> subscriber = this.transport.apply(bare);
		this.accepted = subscriber.getBody();
		subscriber.onSubscribe(new Flow.Subscription() {

			@Override
			public void request(long n) {
				// There is nothing more to come
			}

			@Override
			public void cancel() {
				// It is over already
			}

		});
		subscriber.onComplete();
	}

	/**
	 * Hands the response over. The one that opens a session comes after the transport has
	 * the answer: from its head the transport learns of the session that the SDK goes on
	 * in.
	 */
	void respond(Response response) {
		acknowledge(ACCEPTED);
		Object id = this.posted.idOf(response);
		CompletableFuture<@Nullable Void> sent = this.posted.sent();
		boolean afterwards = !sent.isDone();
		if (id != null && !afterwards) {
			hand(response, id);
		}
		done();
		if (id != null && afterwards) {
			sent.thenRun(() -> hand(response, id));
		}
	}

	/** The answer as the SDK's transport is shown it. */
	HttpResponse<T> shown(HttpResponse<T> answer) {
		HttpResponse.ResponseInfo bare = this.shown;
		return (bare != null) ? new ShownResponse<>(answer, bare) : answer;
	}

	/** Hands over a response to another request. */
	void passOn(Response response) {
		Object id = response.id();
		if (id != null && !response.isNull()) {
			hand(response, id);
		}
	}

	private void hand(Response response, Object id) {
		if (response.error() != null) {
			this.inbound.accept(JSONRPCResponse.error(id, response.error()));
			return;
		}
		Object result = response.result();
		this.inbound.accept(JSONRPCResponse.result(id, (result != null) ? result : Map.of()));
	}

	void passOn(JSONRPCMessage fromServer) {
		this.inbound.accept(fromServer);
	}

	/**
	 * Nothing has come; the response may come on the stream that the server keeps open
	 * for what it says by itself.
	 */
	void expectElsewhere() {
		McpExchange sentBy = this.posted.exchange();
		if (sentBy != null && this.streams.getAsBoolean()) {
			sentBy.expectElsewhere();
		}
	}

	/** The message was accepted. */
	void accepted() {
		acknowledge(ACCEPTED);
		done();
	}

	/**
	 * The answer is there and cannot be read.
	 * @param foreign whether it does not even look like one: where a redirect has led to
	 * it, it is no MCP server's
	 */
	void unreadable(boolean foreign) {
		boolean elsewhere = foreign && this.redirected != 0;
		McpExchange sentBy = this.posted.exchange();
		if (sentBy != null) {
			if (elsewhere) {
				sentBy.refused(this.redirected);
			}
			else {
				sentBy.unreadable();
			}
		}
		fail(elsewhere ? new RedirectedException(this.redirected, null) : new UnreadableAnswerException());
	}

	void done() {
		CompletionStage<T> bodyOfTransport = this.accepted;
		if (bodyOfTransport == null) {
			this.body.complete(null);
			return;
		}
		bodyOfTransport.whenComplete((value, thrown) -> this.body.complete(value));
	}

	void fail(Throwable cause) {
		this.body.completeExceptionally(cause);
	}

}
