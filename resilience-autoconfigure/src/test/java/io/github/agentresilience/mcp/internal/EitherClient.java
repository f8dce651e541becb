package io.github.agentresilience.mcp.internal;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

import io.github.agentresilience.support.McpTestServer;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema;
import reactor.core.publisher.Mono;

/**
 * The synchronous client or the asynchronous one, which is waited for.
 */
public record EitherClient(Object client) {

	private <T> T with(Function<McpSyncClient, T> sync, Function<McpAsyncClient, Mono<T>> async) {
		return (this.client instanceof McpSyncClient direct) ? sync.apply(direct)
				: async.apply((McpAsyncClient) this.client).block(Duration.ofSeconds(60));
	}

	private void run(Consumer<McpSyncClient> sync, Function<McpAsyncClient, Mono<Void>> async) {
		with((client) -> {
			sync.accept(client);
			return null;
		}, async::apply);
	}

	public McpSchema.InitializeResult initialize() {
		return with(McpSyncClient::initialize, McpAsyncClient::initialize);
	}

	public Object ping() {
		return with(McpSyncClient::ping, McpAsyncClient::ping);
	}

	public McpSchema.ListToolsResult listTools() {
		return with(McpSyncClient::listTools, McpAsyncClient::listTools);
	}

	public McpSchema.ListPromptsResult listPrompts() {
		return with(McpSyncClient::listPrompts, McpAsyncClient::listPrompts);
	}

	public McpSchema.ListPromptsResult listPrompts(String cursor) {
		return with((client) -> client.listPrompts(cursor), (client) -> client.listPrompts(cursor));
	}

	public McpSchema.ListResourcesResult listResources() {
		return with(McpSyncClient::listResources, McpAsyncClient::listResources);
	}

	public McpSchema.ListResourceTemplatesResult listResourceTemplates() {
		return with(McpSyncClient::listResourceTemplates, McpAsyncClient::listResourceTemplates);
	}

	public String prompt() {
		McpSchema.GetPromptRequest greet = McpSchema.GetPromptRequest.builder("greet").build();
		McpSchema.GetPromptResult result = with((client) -> client.getPrompt(greet),
				(client) -> client.getPrompt(greet));
		return ((McpSchema.TextContent) result.messages().get(0).content()).text();
	}

	public String read() {
		McpSchema.ReadResourceRequest read = McpSchema.ReadResourceRequest.builder(McpTestServer.RESOURCE).build();
		McpSchema.ReadResourceResult result = with((client) -> client.readResource(read),
				(client) -> client.readResource(read));
		return ((McpSchema.TextResourceContents) result.contents().get(0)).text();
	}

	public List<String> complete() {
		McpSchema.CompleteRequest complete = McpSchema.CompleteRequest
			.builder(McpSchema.PromptReference.builder("greet").build(),
					new McpSchema.CompleteRequest.CompleteArgument("name", "a"))
			.build();
		return with((client) -> client.completeCompletion(complete), (client) -> client.completeCompletion(complete))
			.completion()
			.values();
	}

	public void setLoggingLevel() {
		run((client) -> client.setLoggingLevel(McpSchema.LoggingLevel.INFO),
				(client) -> client.setLoggingLevel(McpSchema.LoggingLevel.INFO));
	}

	public void subscribe() {
		McpSchema.SubscribeRequest request = McpSchema.SubscribeRequest.builder(McpTestServer.RESOURCE).build();
		run((client) -> client.subscribeResource(request), (client) -> client.subscribeResource(request));
	}

	public void unsubscribe() {
		McpSchema.UnsubscribeRequest request = McpSchema.UnsubscribeRequest.builder(McpTestServer.RESOURCE).build();
		run((client) -> client.unsubscribeResource(request), (client) -> client.unsubscribeResource(request));
	}

	public void addRoot(String uri) {
		McpSchema.Root root = McpSchema.Root.builder(uri).build();
		run((client) -> client.addRoot(root), (client) -> client.addRoot(root));
	}

	public void removeRoot(String uri) {
		run((client) -> client.removeRoot(uri), (client) -> client.removeRoot(uri));
	}

}
