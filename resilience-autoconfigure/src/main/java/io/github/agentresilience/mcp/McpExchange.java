package io.github.agentresilience.mcp;

import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

/**
 * The HTTP exchange of one attempt. The SDK sends a request on the thread that subscribes, which is the caller's own,
 * so the thread leads from the exchange to its attempt.
 */
final class McpExchange {

	private static final ThreadLocal<McpExchange> CURRENT = new ThreadLocal<>();

	private volatile @Nullable CompletableFuture<?> response;

	private volatile boolean cancelled;

	static McpExchange begin() {
		McpExchange exchange = new McpExchange();
		CURRENT.set(exchange);
		return exchange;
	}

	static void end() {
		CURRENT.remove();
	}

	static void sent(CompletableFuture<?> response) {
		McpExchange exchange = CURRENT.get();
		if (exchange != null) {
			exchange.response = response;
			if (exchange.cancelled) {
				response.cancel(true);
			}
		}
	}

	void cancel() {
		this.cancelled = true;
		CompletableFuture<?> sent = this.response;
		if (sent != null) {
			sent.cancel(true);
		}
	}

}
