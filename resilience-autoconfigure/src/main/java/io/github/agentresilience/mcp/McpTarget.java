package io.github.agentresilience.mcp;

import java.util.List;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Target;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * An MCP connection as a target. The SDK's client waits interruptibly on the calling thread, so an attempt that runs
 * out of time is ended by an interrupt of that wait; over HTTP its exchange is cancelled too.
 */
final class McpTarget implements Target<McpRequest, Object> {

	private final McpConnection connection;

	McpTarget(McpConnection connection) {
		this.connection = connection;
	}

	@Override
	public String name() {
		return this.connection.name();
	}

	McpConnection connection() {
		return this.connection;
	}

	@Override
	public boolean cancellable() {
		return true;
	}

	@Override
	@SuppressWarnings("NullAway") // void methods of the client answer null
	public Object call(McpRequest request, Attempt attempt) throws Exception {
		McpExchange exchange = McpExchange.begin();
		attempt.interruptOnCancel(exchange::cancel);
		try {
			this.connection.awaitInitialized();
			return request.action().with(this.connection.client());
		}
		finally {
			McpExchange.end();
		}
	}

	@Override
	public Flux<Object> stream(McpRequest request, Attempt attempt) {
		return Mono.fromCallable(() -> call(request, attempt)).subscribeOn(Schedulers.boundedElastic()).flux();
	}

	@Override
	public @Nullable String operation(McpRequest request) {
		return request.tool();
	}

	@Override
	public Object errorAnswer(String text) {
		return CallToolResult.builder().content(List.of(TextContent.builder(text).build())).isError(true).build();
	}

}
