package io.github.agentresilience.mcp.internal.transport;

import java.net.http.HttpRequest;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

import io.github.agentresilience.mcp.internal.transport.JsonRpc.Response;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import org.jspecify.annotations.Nullable;

/**
 * A message that was posted, and what an answer means to it.
 */
final class PostedMessage {

	private static final String SESSION = "Mcp-Session-Id";

	/** Requests whose result is empty anyway, so that it may be {@code null}. */
	private static final Set<String> WITHOUT_RESULT = Set.of(McpSchema.METHOD_PING, McpSchema.METHOD_LOGGING_SET_LEVEL,
			McpSchema.METHOD_RESOURCES_SUBSCRIBE, McpSchema.METHOD_RESOURCES_UNSUBSCRIBE);

	private final HttpRequest httpRequest;

	private final @Nullable McpExchange exchange;

	private final @Nullable JSONRPCMessage message;

	private final CompletableFuture<@Nullable Void> sent;

	/**
	 * A message that was posted.
	 * @param outgoing the message, {@code null} where it is not known
	 */
	PostedMessage(HttpRequest httpRequest, @Nullable OutgoingMessage outgoing) {
		this.httpRequest = httpRequest;
		this.exchange = (outgoing != null) ? outgoing.exchange() : null;
		this.message = (outgoing != null) ? outgoing.message() : null;
		this.sent = (outgoing != null) ? outgoing.sent() : OutgoingMessage.SENT;
	}

	/** The exchange that it was sent for, {@code null} where it was for none. */
	@Nullable McpExchange exchange() {
		return this.exchange;
	}

	/** Done when the SDK's transport has the answer, as far as that matters. */
	CompletableFuture<@Nullable Void> sent() {
		return this.sent;
	}

	/** The id under which the SDK waits for the response, {@code null} for none. */
	@Nullable Object idOf(Response response) {
		return (this.message instanceof JSONRPCRequest request) ? request.id() : response.id();
	}

	/**
	 * Whether no response is due: what was posted is a notification, or a response
	 * itself.
	 */
	boolean isToNoRequest() {
		return this.message != null && !(this.message instanceof JSONRPCRequest);
	}

	/**
	 * Whether it is known what was posted; it is not where the SDK posts it once more,
	 * from another thread.
	 */
	boolean isKnown() {
		return this.message != null;
	}

	/**
	 * Whether a response is the one to what was posted; where that is not known, any may
	 * be.
	 */
	boolean isOwn(@Nullable Object responseId) {
		if (responseId == null) {
			return false;
		}
		return this.message == null || (this.message instanceof JSONRPCRequest request
				&& String.valueOf(request.id()).equals(String.valueOf(responseId)));
	}

	/**
	 * Whether a response says what it has to say: of most requests {@code null} is no
	 * result.
	 */
	boolean isReadable(Response response) {
		return !response.isNull()
				|| (this.message instanceof JSONRPCRequest request && WITHOUT_RESULT.contains(request.method()));
	}

	/**
	 * How surely the answer says that the session is lost. Only one that there was can
	 * be, and where it has just been opened anew for the same request, what looks like it
	 * is the answer.
	 * @param words what the answer says where it holds no response
	 */
	SessionLoss sessionLoss(int status, @Nullable Response response, String words) {
		if (OutgoingMessage.opensSession(this.message) || isToNoRequest() || isRepeated()) {
			return SessionLoss.NOT_SAID;
		}
		boolean own = response != null && isOwn(response.id());
		SessionLoss loss = SessionLoss.in(status, (response != null) ? response.error() : null, own, words);
		boolean asked = loss == SessionLoss.LIKELY && this.exchange != null && this.exchange.isRetry();
		return asked ? SessionLoss.NOT_SAID : loss;
	}

	/** Whether the same request has found one session lost and was sent in another. */
	boolean isRepeated() {
		return this.exchange != null && this.exchange.hasLostAnotherThan(session());
	}

	/** The session that the message was sent in, {@code null} where it had none. */
	@Nullable String session() {
		return session(this.httpRequest);
	}

	static @Nullable String session(HttpRequest request) {
		return request.headers().firstValue(SESSION).orElse(null);
	}

}
