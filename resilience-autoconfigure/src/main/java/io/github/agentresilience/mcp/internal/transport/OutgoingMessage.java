package io.github.agentresilience.mcp.internal.transport;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import io.github.agentresilience.chain.internal.wire.CurrentExchange;
import io.github.agentresilience.chain.internal.wire.CurrentExchange.Binding;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import org.jspecify.annotations.Nullable;

/**
 * A message that the calling thread is sending, for the HTTP client, which sees nothing
 * but bytes.
 *
 * @param message the message
 * @param exchange the exchange of the attempt that it is sent for, {@code null} where it
 * is sent for none
 * @param request the attempt's request that it is, {@code null} where it is sent for none
 * @param inbound takes what comes back for the SDK's session that sends it
 * @param sent done when the SDK's transport has the answer, as far as that matters: from
 * the head of the one that opens a session it learns of the session
 * @param bestEffort whether the message may get lost without harm
 */
record OutgoingMessage(JSONRPCMessage message, @Nullable McpExchange exchange, McpExchange.@Nullable Request request,
		Consumer<JSONRPCMessage> inbound, CompletableFuture<@Nullable Void> sent, boolean bestEffort) {

	static final CompletableFuture<@Nullable Void> SENT = CompletableFuture.completedFuture(null);

	private static final CurrentExchange<OutgoingMessage> CURRENT = new CurrentExchange<>();

	static OutgoingMessage of(JSONRPCMessage message, @Nullable McpExchange exchange,
			Consumer<JSONRPCMessage> inbound) {
		return new OutgoingMessage(message, exchange, (exchange != null) ? exchange.request() : null, inbound,
				opensSession(message) ? new CompletableFuture<>() : SENT, false);
	}

	static OutgoingMessage bestEffort(JSONRPCMessage message, Consumer<JSONRPCMessage> inbound) {
		return new OutgoingMessage(message, null, null, inbound, SENT, true);
	}

	static boolean opensSession(@Nullable JSONRPCMessage message) {
		return message instanceof JSONRPCRequest request && request.method().equals(McpSchema.METHOD_INITIALIZE);
	}

	/** What the calling thread is sending, {@code null} for nothing. */
	static @Nullable OutgoingMessage current() {
		return CURRENT.get();
	}

	/** Runs what sends the message. */
	void send(Runnable sending) {
		try (Binding bound = CURRENT.bind(this)) {
			sending.run();
		}
	}

}
