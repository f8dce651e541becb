package io.github.agentresilience.mcp.internal.transport;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.function.Consumer;

import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.chain.internal.wire.RetryAfter;
import io.github.agentresilience.mcp.internal.transport.JsonRpc.Response;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse.JSONRPCError;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * Reads an answer in the place of the SDK, which reports nearly all refusals alike, takes
 * each of many answers that say that a session is lost for news, and ends its reading at
 * the first line that it does not expect.
 */
final class McpBodyHandler<T> implements HttpResponse.BodyHandler<T> {

	/**
	 * How long the rest of a refusal is read so that its connection can be used again.
	 */
	private static final Duration DRAINING = Duration.ofSeconds(2);

	private static final Set<Integer> OF_REQUEST = Set.of(McpSchema.ErrorCodes.PARSE_ERROR,
			McpSchema.ErrorCodes.INVALID_REQUEST, McpSchema.ErrorCodes.METHOD_NOT_FOUND,
			McpSchema.ErrorCodes.INVALID_PARAMS, McpSchema.ErrorCodes.RESOURCE_NOT_FOUND);

	private final HttpResponse.BodyHandler<T> transport;

	private final HttpRequest request;

	private final @Nullable McpExchange exchange;

	private final @Nullable OutgoingMessage outgoing;

	private final Background background;

	private final TransportEvents events;

	private final Connection connection;

	/** The status of the redirect that led here, 0 where none did. */
	private final int redirected;

	/** The answer that is read in the SDK's place, {@code null} for any other. */
	private volatile @Nullable McpAnswer<T> read;

	/**
	 * Reads the answer to one request.
	 * @param transport the SDK's
	 * @param outgoing the message that is posted, {@code null} where it is not known, or
	 * where none is
	 * @param background waits for the end of answers that need not be read to it
	 */
	McpBodyHandler(HttpResponse.BodyHandler<T> transport, HttpRequest request, @Nullable OutgoingMessage outgoing,
			Background background, TransportEvents events, Connection connection, int redirected) {
		this.transport = transport;
		this.request = request;
		this.exchange = (outgoing != null) ? outgoing.exchange() : null;
		this.outgoing = outgoing;
		this.background = background;
		this.events = events;
		this.connection = connection;
		this.redirected = redirected;
	}

	@Override
	public HttpResponse.BodySubscriber<T> apply(HttpResponse.ResponseInfo head) {
		int status = head.statusCode();
		if (McpRedirects.isRedirect(status)) {
			return refused(redirect(head));
		}
		return switch (this.request.method()) {
			case "POST" -> posted(head);
			case "GET" -> stream(head);
			// A session that is gone already may be ended once more
			default -> (status < 400 || isGone(status)) ? this.transport.apply(head) : refused(failure(head));
		};
	}

	/** The response as the SDK's transport is shown it. */
	HttpResponse<T> shown(HttpResponse<T> response) {
		McpAnswer<T> answer = this.read;
		return (answer != null) ? answer.shown(response) : response;
	}

	private static boolean isGone(int status) {
		return status < 500 && status != 408 && status != 429;
	}

	private RedirectedException redirect(HttpResponse.ResponseInfo head) {
		if (this.exchange != null) {
			this.exchange.refused(head.statusCode());
		}
		return new RedirectedException(head.statusCode(), this.events.redirects()
			.next(this.request.uri(), head.statusCode(), head.headers().firstValue("location").orElse(null)));
	}

	private HttpResponse.BodySubscriber<T> stream(HttpResponse.ResponseInfo head) {
		int status = head.statusCode();
		Consumer<JSONRPCMessage> inbound = this.events.inbound();
		if (status < 300 && inbound != null) {
			Runnable ended = this.events.streamOpened();
			boolean carriesAll = this.events.isLegacySse();
			return new StreamBody<>(this.transport.apply(head), inbound, () -> {
				ended.run();
				if (carriesAll) {
					this.connection.lost();
				}
			});
		}
		// A server without a stream of its own refuses the GET, however it does so; that
		// loses no session
		boolean known = status < 400 || (!this.events.isLegacySse() && (isUnauthorized(status) || status == 405));
		return known ? this.transport.apply(head) : refused(failure(head));
	}

	private HttpResponse.BodySubscriber<T> posted(HttpResponse.ResponseInfo head) {
		int status = head.statusCode();
		Consumer<JSONRPCMessage> inbound = (this.outgoing != null) ? this.outgoing.inbound() : this.events.inbound();
		if (inbound == null) {
			return (status < 400) ? this.transport.apply(head) : refused(failure(head));
		}
		boolean legacy = this.events.isLegacySse();
		PostedMessage posted = new PostedMessage(this.request, this.outgoing);
		String session = posted.session();
		McpAnswer<T> answer = new McpAnswer<>(this.transport, posted, head, inbound,
				legacy ? this.connection::lost : () -> this.connection.sessionLost(session), this.events::hasStream,
				this.redirected);
		this.read = answer;
		if (status < 400) {
			return legacy ? this.transport.apply(head) : new AnswerBody<>(answer, this.background);
		}
		if (this.exchange != null && status < 500 && status != 408
				&& (!isUnauthorized(status) || this.events.isLegacySse())) {
			// The server looked at the request and would not take it; with other
			// credentials, the SDK may send it again
			this.exchange.refused(status);
		}
		if (isPlain(status)) {
			return refused(failure(head));
		}
		return new RefusalBody<>(answer, (error, body) -> refused(answer, error, body), this.background);
	}

	private HttpResponse.BodySubscriber<T> refused(Exception refusal) {
		return new Refused<>(refusal, this.background);
	}

	/** Whether the status says all, and often comes from something before the server. */
	private static boolean isPlain(int status) {
		return status == 408 || status == 429 || status == 502 || status == 504;
	}

	private void refused(McpAnswer<T> answer, @Nullable Response error, String body) {
		int status = answer.status();
		SessionLoss loss = answer.posted().sessionLoss(status, error, body);
		boolean hasSession = this.events.isLegacySse() || answer.posted().session() != null;
		if (!hasSession && (status == 400 || status == 404) && this.exchange != null && this.events.hasLostSession()) {
			// Sent when one session was lost and the next not open; the refusal says no
			// more than that
			this.exchange.refused(0);
			answer.fail(new SessionLostException());
		}
		else if (loss != SessionLoss.NOT_SAID && (hasSession || status != 404)) {
			answer.sessionLost(loss);
		}
		else if (isUnauthorized(status) && !this.events.isLegacySse()) {
			answer.acknowledge(status);
			answer.done();
		}
		else if (error != null && !answer.posted().isToNoRequest() && (status < 500 || isOfRequest(error))) {
			answer.respond(error);
		}
		else if (status == 400 && error == null && hasSession && !answer.posted().isRepeated()) {
			unclear(answer);
		}
		else {
			answer.fail(failure(answer.head()));
		}
	}

	/**
	 * Some servers refuse a session that they do not know as they refuse a request that
	 * is malformed; and one that is being stopped refuses whatever still comes.
	 */
	private void unclear(McpAnswer<T> answer) {
		this.connection.knowsSession(this.request).whenComplete((known, gone) -> {
			if (gone != null) {
				answer.fail(new McpConnectException(gone));
			}
			else if (known) {
				answer.fail(failure(answer.head()));
			}
			else {
				answer.sessionLost(SessionLoss.CERTAIN);
			}
		});
	}

	/**
	 * Whether a server that is in trouble says all the same that the request is at fault.
	 */
	private static boolean isOfRequest(Response response) {
		JSONRPCError error = response.error();
		return error != null && OF_REQUEST.contains(error.code());
	}

	private static boolean isUnauthorized(int status) {
		return status == 401 || status == 403;
	}

	private TargetFailureException failure(HttpResponse.ResponseInfo head) {
		int status = head.statusCode();
		return new TargetFailureException(status, status + " from the MCP server", RetryAfter
			.from((name) -> head.headers().firstValue(name).orElse(null), this.background.time().clock()));
	}

	/** What is behind the answers of one connection. */
	interface Connection {

		/** The one stream of the connection is over, or the server does not know it. */
		void lost();

		/**
		 * The server does not know a session of the connection.
		 * @param session its name, {@code null} where it has none
		 */
		void sessionLost(@Nullable String session);

		/**
		 * Asks the server whether it knows the session of a request; fails where it is
		 * gone.
		 */
		CompletableFuture<Boolean> knowsSession(HttpRequest request);

	}

	/**
	 * Reads the rest, so that the connection can be used again, and fails whatever it
	 * says.
	 */
	private static final class Refused<T> implements HttpResponse.BodySubscriber<T> {

		private final Exception refusal;

		private final Background background;

		/** Cancels what is left of the answer. */
		private final Disposable.Swap draining = Disposables.swap();

		Refused(Exception refusal, Background background) {
			this.refusal = refusal;
			this.background = background;
		}

		@Override
		public CompletionStage<T> getBody() {
			return CompletableFuture.failedFuture(this.refusal);
		}

		@Override
		public void onSubscribe(Flow.Subscription subscription) {
			this.draining.update(this.background.later(DRAINING, subscription::cancel));
			subscription.request(Long.MAX_VALUE);
		}

		@Override
		public void onNext(List<ByteBuffer> buffers) {
			// It says no more than its status
		}

		@Override
		public void onError(Throwable thrown) {
			this.draining.dispose();
		}

		@Override
		public void onComplete() {
			this.draining.dispose();
		}

	}

}
