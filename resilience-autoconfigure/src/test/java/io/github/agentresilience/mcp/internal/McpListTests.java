package io.github.agentresilience.mcp.internal;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Lists that come in pages, and servers that do not end them.
 */
class McpListTests extends McpFixture {

	/**
	 * Start-up, its listeners and a call of the test ask; a loop asks hundreds of times.
	 */
	private static final long A_FEW = 20;

	private static String tools(String name, String next) {
		return "\"result\":{\"tools\":[{\"name\":\"" + name
				+ "\",\"inputSchema\":{\"type\":\"object\"}}],\"nextCursor\":" + next + "}";
	}

	@Test
	void anEmptyCursorEndsTheToolsOfAConnection() {
		this.primary.faults().answers("tools/list", (request) -> tools("search", "\"\""));
		McpSyncClient client = client();
		call(client, "search", "x");
		assertThat(client.listTools().tools()).extracting(McpSchema.Tool::name).containsExactly("search");
		assertThat(this.primary.faults().received("tools/list")).isLessThan(A_FEW);
	}

	@Test
	void aCursorThatHasBeenBeforeEndsThem() {
		this.primary.faults().answers("tools/list", (request) -> tools("search", "\"again\""));
		McpSyncClient client = client();
		call(client, "search", "x");
		assertThat(client.listTools().tools()).extracting(McpSchema.Tool::name).containsExactly("search");
		assertThat(this.primary.faults().received("tools/list")).isLessThan(A_FEW);
	}

	@Test
	void aServerThatAlwaysHasAFurtherPageIsStopped() {
		AtomicInteger pages = new AtomicInteger();
		List<?> all = ((McpSchema.ListToolsResult) McpList.TOOLS
			.whole((cursor) -> McpSchema.ListToolsResult.builder(List.of())
				.nextCursor("c" + pages.incrementAndGet())
				.build()))
			.tools();
		assertThat(all).isEmpty();
		assertThat(pages).hasValue(McpList.MOST_PAGES);
	}

	@Test
	void allPagesOfAHealthyServerAreOneList() {
		this.primary.faults()
			.answers("tools/list", (request) -> request.contains("\"cursor\":\"two\"") ? tools("echo", "null")
					: tools("search", "\"two\""));
		assertThat(client().listTools().tools()).extracting(McpSchema.Tool::name).containsExactly("search", "echo");
	}

	@Test
	void theSameHoldsOfPromptsAndResources() {
		this.primary.offeringAll();
		this.primary.faults()
			.answers("prompts/list", (request) -> "\"result\":{\"prompts\":[{\"name\":\"p\"}],\"nextCursor\":\"\"}");
		this.primary.faults()
			.answers("resources/list",
					(request) -> "\"result\":{\"resources\":[{\"uri\":\"x:y\",\"name\":\"r\"}],\"nextCursor\":\"\"}");
		McpSyncClient client = client();
		assertThat(client.listPrompts().prompts()).hasSize(1);
		assertThat(client.listResources().resources()).hasSize(1);
		assertThat(this.primary.faults().received("prompts/list")).isEqualTo(1);
		assertThat(this.primary.faults().received("resources/list")).isEqualTo(1);
	}

}
