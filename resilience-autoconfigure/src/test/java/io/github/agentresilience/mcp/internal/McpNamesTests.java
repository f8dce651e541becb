package io.github.agentresilience.mcp.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.TestApplication;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.mcp.AsyncMcpToolCallbackProvider;
import org.springframework.ai.mcp.McpToolFilter;
import org.springframework.ai.mcp.McpToolNamePrefixGenerator;
import org.springframework.ai.mcp.McpToolsChangedEvent;
import org.springframework.ai.mcp.SyncMcpToolCallbackProvider;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The model knows a tool by its name, so it keeps that name, whichever server is up and
 * whatever becomes of it.
 */
class McpNamesTests extends McpFixture {

	private final McpTestServer third = new McpTestServer("three");

	private void start(Class<?> configuration, String type, String... more) {
		this.context = TestApplication.start(WebApplicationType.NONE, configuration,
				List.of("spring.ai.model.chat=none", "spring.ai.mcp.client.type=" + type,
						"spring.ai.mcp.client.streamable-http.connections.first.url=" + this.primary.url(),
						"spring.ai.mcp.client.streamable-http.connections.second.url=" + this.fallback.url(),
						"resilience.mcp.timeout=5s", "resilience.mcp.breaker.open-for=300ms",
						"resilience.mcp.retry.initial-backoff=10ms"),
				more);
	}

	private void start(String type, String... more) {
		start(Application.class, type, concat(more, "resilience.mcp.chains.search=first,second"));
	}

	private static String[] concat(String[] some, String more) {
		List<String> all = new ArrayList<>(Arrays.asList(some));
		all.add(more);
		return all.toArray(String[]::new);
	}

	private boolean isSync() {
		return this.context.containsBean("mcpSyncClients");
	}

	private EitherClient client(int chain) {
		return new EitherClient(
				((List<?>) this.context.getBean(isSync() ? "mcpSyncClients" : "mcpAsyncClients")).get(chain));
	}

	/** As the model would be told them now. */
	private List<ToolCallback> tools() {
		if (isSync()) {
			SyncMcpToolCallbackProvider provider = this.context.getBean(SyncMcpToolCallbackProvider.class);
			provider.invalidateCache();
			return List.of(provider.getToolCallbacks());
		}
		AsyncMcpToolCallbackProvider provider = this.context.getBean(AsyncMcpToolCallbackProvider.class);
		provider.invalidateCache();
		return List.of(provider.getToolCallbacks());
	}

	private List<String> names() {
		return tools().stream().map((tool) -> tool.getToolDefinition().name()).toList();
	}

	private void awaitServed(String server) {
		Awaitility.await()
			.atMost(30, TimeUnit.SECONDS)
			.ignoreExceptions()
			.until(() -> tools().get(0).call("{\"text\":\"x\",\"query\":\"x\"}").contains(server + ": "));
	}

	private void awaitDescribed(String words) {
		Awaitility.await()
			.atMost(30, TimeUnit.SECONDS)
			.until(() -> tools().get(0).getToolDefinition().description().startsWith(words));
	}

	private McpSchema.Implementation serverInfo(int chain) {
		Object client = client(chain).client();
		return (client instanceof McpSyncClient sync) ? sync.getServerInfo()
				: ((McpAsyncClient) client).getServerInfo();
	}

	private McpSchema.Implementation clientInfo(int chain) {
		Object client = client(chain).client();
		return (client instanceof McpSyncClient sync) ? sync.getClientInfo()
				: ((McpAsyncClient) client).getClientInfo();
	}

	private McpSchema.InitializeResult initialization(int chain) {
		Object client = client(chain).client();
		return (client instanceof McpSyncClient sync) ? sync.getCurrentInitializationResult()
				: ((McpAsyncClient) client).getCurrentInitializationResult();
	}

	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void aServerThatComesLateAndIsReplacedByOtherVersionsRenamesNothing(String type) {
		this.primary.down();
		start(type);
		assertThat(names()).containsExactly("search", "echo");
		assertThat(initialization(0).serverInfo()).isEqualTo(serverInfo(0));
		McpSchema.Implementation client = clientInfo(0);
		McpSchema.Implementation server = serverInfo(0);
		this.primary.becoming("2.0", "Better ").up();
		awaitServed("one");
		awaitDescribed("Better ");
		assertThat(names()).containsExactly("search", "echo");
		this.primary.becoming("3.0", "Best ").requiring("query");
		awaitServed("one");
		awaitDescribed("Best ");
		assertThat(names()).containsExactly("search", "echo");
		assertThat(tools().get(0).getToolDefinition().inputSchema()).contains("query");
		this.primary.down();
		awaitServed("two");
		assertThat(names()).containsExactly("search", "echo");
		this.fallback.down();
		assertThat(names()).containsExactly("search", "echo");
		assertThat(clientInfo(0)).isEqualTo(client);
		assertThat(serverInfo(0)).isEqualTo(server);
		assertThat(initialization(0).serverInfo()).isEqualTo(server);
		assertThat(initialization(0).capabilities().tools()).isNotNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void aChainAppearsUnderItsOwnNameFromTheBeginning(String type) {
		this.primary.down();
		this.fallback.down();
		start(type);
		assertThat(names()).isEmpty();
		assertThat(clientInfo(0).title()).isEqualTo("search");
		assertThat(clientInfo(0).name()).endsWith(" - search");
		assertThat(serverInfo(0).name()).isEqualTo("search");
		assertThat(initialization(0)).isNull();
		McpSchema.Implementation client = clientInfo(0);
		McpSchema.Implementation server = serverInfo(0);
		this.fallback.up();
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> names().equals(List.of("search", "echo")));
		assertThat(clientInfo(0)).isEqualTo(client);
		assertThat(serverInfo(0)).isEqualTo(server);
		// Who answers this is a server, and it says which
		assertThat(client(0).initialize().serverInfo().name()).isEqualTo("two");
	}

	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void twoChainsThatShareNamesHaveTwoForGood(String type) {
		start(type, "spring.ai.mcp.client.streamable-http.connections.third.url=" + this.third.url(),
				"resilience.mcp.chains.other=third,second");
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> names().size() == 4);
		List<String> names = names();
		assertThat(names).doesNotHaveDuplicates().contains("search", "echo");
		assertThat(names()).isEqualTo(names);
		assertThat(clientInfo(0)).isNotEqualTo(clientInfo(1));
		this.third.becoming("2.0", "Better ").requiring("query");
		this.primary.down();
		Awaitility.await().atMost(30, TimeUnit.SECONDS).untilAsserted(() -> {
			assertThat(names()).isEqualTo(names);
			assertThat(tools())
				.anySatisfy((tool) -> assertThat(tool.getToolDefinition().description()).startsWith("Better "));
		});
		this.primary.becoming("2.0", "Best ").up();
		awaitServed("one");
		assertThat(names()).isEqualTo(names);
		this.third.down();
		assertThat(names()).isEqualTo(names);
	}

	@Test
	void chainsThatBeginWithTheSameServerAreToldApart() {
		start("SYNC", "resilience.mcp.chains.other=first");
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> names().size() == 4);
		assertThat(names()).doesNotHaveDuplicates();
		assertThat(names()).isEqualTo(names());
	}

	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void aConnectionInNoChainAppearsAsItsServerFirstDid(String type) {
		start(Application.class, type);
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> names().size() == 4);
		List<String> names = names();
		assertThat(List.of(serverInfo(0).name(), serverInfo(1).name())).containsExactly("one", "two");
		assertThat(clientInfo(0).name()).endsWith(" - first");
		this.primary.becoming("2.0", "Better ").requiring("query");
		awaitDescribed("Better ");
		assertThat(names()).isEqualTo(names);
		assertThat(serverInfo(0).version()).isEqualTo("1.0");
		assertThat(initialization(0).serverInfo()).isEqualTo(serverInfo(0));
	}

	@Test
	void namesKeepTheirOrderAndStayWhileAnyServerHasTheirTools() {
		this.primary.without("search", "echo").with("echo", null).with("search", null).with("extra", null);
		this.fallback.with("rare", null);
		start("SYNC");
		awaitServed("one");
		Awaitility.await().until(() -> this.fallback.faults().received("tools/list") > 0);
		assertThat(names()).containsExactly("echo", "search", "extra");
		this.primary.down();
		awaitServed("two");
		assertThat(names()).containsExactly("echo", "search", "extra");
		this.primary.becoming("2.0", "Better ").up();
		this.primary.without("search", "extra");
		awaitServed("one");
		awaitDescribed("Better ");
		assertThat(names()).as("what another server has, or none").containsExactly("echo", "search");
		assertThat(tools().get(1).call("{\"text\":\"x\"}")).contains("two: search");
	}

	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void generatorsAndFiltersOfTheApplicationGoOnWorking(String type) {
		this.primary.down();
		start(OwnNames.class, type, "resilience.mcp.chains.search=first,second");
		List<String> own = List.of("search_search_search");
		assertThat(names()).isEqualTo(own);
		this.primary.becoming("2.0", "Better ").up();
		awaitServed("one");
		assertThat(names()).isEqualTo(own);
		this.fallback.down();
		assertThat(names()).isEqualTo(own);
	}

	@Test
	void aServerThatComesBackAsItWasChangesNothing() {
		start(Listening.class, "SYNC", "resilience.mcp.chains.search=first,second");
		Listening listening = this.context.getBean(Listening.class);
		awaitServed("one");
		Awaitility.await().until(() -> this.fallback.faults().received("tools/list") > 0);
		int told = listening.events.size();
		long listed = this.primary.faults().received("tools/list");
		this.primary.down();
		this.primary.up();
		awaitPinging(() -> this.primary.faults().received("tools/list") > listed);
		awaitServed("one");
		assertThat(listening.events).hasSize(told);
		this.primary.becoming("2.0", "Better ");
		this.primary.down();
		this.primary.up();
		awaitPinging(() -> listening.events.size() > told);
		SyncMcpToolCallbackProvider provider = this.context.getBean(SyncMcpToolCallbackProvider.class);
		Awaitility.await()
			.atMost(30, TimeUnit.SECONDS)
			.until(() -> provider.getToolCallbacks()[0].getToolDefinition().description().startsWith("Better "));
	}

	@Test
	void aServerThatComesLateAndIsKilledTenTimesUnderCallsNeverChangesTheListOfNames() throws Exception {
		this.primary.down();
		start("SYNC", "resilience.mcp.breaker.open-for=100ms");
		McpSyncClient client = (McpSyncClient) client(0).client();
		SyncMcpToolCallbackProvider provider = this.context.getBean(SyncMcpToolCallbackProvider.class);
		ToolNamesWatch watch = new ToolNamesWatch(client, provider, () -> call(client), Duration.ofMillis(50));
		try {
			for (int restart = 0; restart < 10; restart++) {
				this.primary.becoming(restart + ".0", "Tool of version " + restart + " ").up();
				int before = this.primary.executions("search");
				Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> this.primary.executions("search") > before);
				int reads = watch.reads();
				this.primary.down();
				Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> watch.reads() > reads + 1);
			}
			assertThat(watch.assertNothingDiffered()).containsExactly("search", "echo");
		}
		finally {
			watch.stop();
		}
	}

	/** Without a request, it would not be noticed that the session is lost. */
	private void awaitPinging(BooleanSupplier condition) {
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> {
			client(0).ping();
			return condition.getAsBoolean();
		});
	}

	@AfterEach
	void closeThird() {
		this.third.close();
	}

	@Configuration(proxyBeanMethods = false)
	static class Application extends TestApplication.Application {

	}

	/** Names tools after what it is told of the connection, and hides one. */
	@Configuration(proxyBeanMethods = false)
	static class OwnNames extends TestApplication.Application {

		@Bean
		McpToolNamePrefixGenerator ownNames() {
			return (connection, tool) -> connection.clientInfo().title() + "_"
					+ connection.initializeResult().serverInfo().name() + "_" + tool.name();
		}

		@Bean
		McpToolFilter noEcho() {
			return (connection, tool) -> connection.initializeResult().serverInfo().name().equals("search")
					&& !tool.name().equals("echo");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Listening extends TestApplication.Application {

		private final List<McpToolsChangedEvent> events = new CopyOnWriteArrayList<>();

		@EventListener
		void changed(McpToolsChangedEvent event) {
			this.events.add(event);
		}

	}

}
