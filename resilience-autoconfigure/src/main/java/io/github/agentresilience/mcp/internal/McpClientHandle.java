package io.github.agentresilience.mcp.internal;

import java.util.List;

import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.ListToolsResult;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What is needed of a client of Spring AI's, synchronous or not, for what happens on
 * threads of our own.
 */
public interface McpClientHandle {

	/** The client itself. */
	Object client();

	McpSchema.Implementation info();

	McpSchema.ClientCapabilities clientCapabilities();

	boolean isInitialized();

	void initialize();

	void ping();

	/** Ends the session, and closes the transport if that lets itself be closed. */
	void close();

	/**
	 * What the server said at the last initialisation, {@code null} while there is none.
	 */
	McpSchema.@Nullable InitializeResult initialization();

	ListToolsResult listTools(@Nullable String cursor);

	McpSchema.@Nullable ServerCapabilities capabilities();

	/** All tools, page by page. */
	default List<Tool> tools() {
		McpSchema.ServerCapabilities capabilities = capabilities();
		if (capabilities != null && capabilities.tools() == null) {
			return List.of();
		}
		return ((ListToolsResult) McpList.TOOLS.whole(this::listTools)).tools();
	}

	static McpClientHandle of(McpSyncClient client) {
		return new McpClientHandle() {

			@Override
			public Object client() {
				return client;
			}

			@Override
			public McpSchema.Implementation info() {
				return client.getClientInfo();
			}

			@Override
			public McpSchema.ClientCapabilities clientCapabilities() {
				return client.getClientCapabilities();
			}

			@Override
			public boolean isInitialized() {
				return client.isInitialized();
			}

			@Override
			public void initialize() {
				client.initialize();
			}

			@Override
			public void ping() {
				client.ping();
			}

			@Override
			public void close() {
				client.close();
			}

			@Override
			public McpSchema.InitializeResult initialization() {
				return client.getCurrentInitializationResult();
			}

			@Override
			public ListToolsResult listTools(@Nullable String cursor) {
				return client.listTools(cursor);
			}

			@Override
			public McpSchema.ServerCapabilities capabilities() {
				return client.getServerCapabilities();
			}

		};
	}

	static McpClientHandle of(McpAsyncClient client) {
		return new McpClientHandle() {

			@Override
			public Object client() {
				return client;
			}

			@Override
			public McpSchema.Implementation info() {
				return client.getClientInfo();
			}

			@Override
			public McpSchema.ClientCapabilities clientCapabilities() {
				return client.getClientCapabilities();
			}

			@Override
			public boolean isInitialized() {
				return client.isInitialized();
			}

			@Override
			public void initialize() {
				client.initialize().block();
			}

			@Override
			public void ping() {
				client.ping().block();
			}

			@Override
			public void close() {
				client.close();
			}

			@Override
			public McpSchema.InitializeResult initialization() {
				return client.getCurrentInitializationResult();
			}

			@Override
			public ListToolsResult listTools(@Nullable String cursor) {
				Mono<ListToolsResult> page = client.listTools(cursor);
				return page.blockOptional().orElseThrow();
			}

			@Override
			public McpSchema.ServerCapabilities capabilities() {
				return client.getServerCapabilities();
			}

		};
	}

}
