package io.github.agentresilience.mcp.internal.transport;

import java.util.Map;
import java.util.function.UnaryOperator;

import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import reactor.core.publisher.Mono;

/**
 * What a server sends, on its way to the SDK: responses are repaired and reported to
 * their attempts, and responses to abandoned requests are left out.
 */
final class InboundMessages {

	private static final String PROGRESS = "notifications/progress";

	private static final String TOOLS_CHANGED = "notifications/tools/list_changed";

	private final SessionTracker sessions;

	private final PendingRequests pending;

	private final Runnable answered;

	private final Runnable heard;

	private volatile Runnable toolsChanged = () -> {
	};

	private volatile UnaryOperator<JSONRPCResponse> repair = UnaryOperator.identity();

	/**
	 * Messages of one connection.
	 * @param answered run when an attempt's request is answered
	 * @param heard run when anything is heard of the server
	 */
	InboundMessages(SessionTracker sessions, PendingRequests pending, Runnable answered, Runnable heard) {
		this.sessions = sessions;
		this.pending = pending;
		this.answered = answered;
		this.heard = heard;
	}

	void onToolsChanged(Runnable reaction) {
		this.toolsChanged = reaction;
	}

	void onResponse(UnaryOperator<JSONRPCResponse> repairing) {
		this.repair = repairing;
	}

	/** The messages that the SDK is given, as it can read them. */
	Mono<JSONRPCMessage> forSdk(Mono<JSONRPCMessage> messages) {
		return messages.map(this::repaired).filter(this::isForSdk);
	}

	private JSONRPCMessage repaired(JSONRPCMessage message) {
		return (message instanceof JSONRPCResponse response) ? this.repair.apply(response) : message;
	}

	private boolean isForSdk(JSONRPCMessage message) {
		this.heard.run();
		if (message instanceof JSONRPCResponse response && response.id() != null) {
			if (this.sessions.isOpenedBy(response.id())) {
				this.toolsChanged.run();
			}
			else if (this.pending.isWaiting(response.id())) {
				this.answered.run();
			}
			return this.pending.responded(response.id(), response);
		}
		if (message instanceof JSONRPCNotification notification) {
			if (notification.method().equals(PROGRESS) && notification.params() instanceof Map<?, ?> progress) {
				this.pending.progressed(progress);
			}
			else if (notification.method().equals(TOOLS_CHANGED)) {
				this.toolsChanged.run();
			}
		}
		return true;
	}

}
