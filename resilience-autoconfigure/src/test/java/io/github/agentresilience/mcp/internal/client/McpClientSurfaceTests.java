package io.github.agentresilience.mcp.internal.client;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.github.agentresilience.chain.CallCancelledException;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.mcp.internal.EitherClient;
import io.github.agentresilience.mcp.internal.McpFixture;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.TestApplication;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.spec.McpSchema;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.ai.mcp.customizer.McpClientCustomizer;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * All that a client can do besides calling tools, with a server that is well and with one
 * that is gone, for the synchronous client and the asynchronous one.
 */
class McpClientSurfaceTests extends McpFixture {

	private static final List<String> UPDATED = new CopyOnWriteArrayList<>();

	@BeforeEach
	void forget() {
		UPDATED.clear();
	}

	/**
	 * The client of the chain, whichever kind it is; the asynchronous one is waited for.
	 */
	private EitherClient start(String type, String... properties) {
		this.primary.offeringAll();
		this.fallback.offeringAll();
		this.context = TestApplication.start(WebApplicationType.NONE, WithRoots.class,
				List.of("spring.ai.model.chat=none", "spring.ai.mcp.client.type=" + type,
						"spring.ai.mcp.client.streamable-http.connections.first.url=" + this.primary.url(),
						"spring.ai.mcp.client.streamable-http.connections.second.url=" + this.fallback.url(),
						"resilience.mcp.chains.search=first,second", "resilience.mcp.timeout=5s",
						"resilience.mcp.retry.initial-backoff=10ms"),
				properties);
		List<?> clients = (List<?>) this.context.getBean("mcp" + (type.equals("SYNC") ? "Sync" : "Async") + "Clients");
		return new EitherClient(clients.get(0));
	}

	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void whatOnlyAsksIsAnsweredByTheFirstServerAndByTheNextWhereThatIsGone(String type) {
		EitherClient client = start(type, "resilience.mcp.breaker.open-for=1s");
		asks(client, "one");
		this.primary.down();
		asks(client, "two");
		this.primary.up();
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> client.prompt().startsWith("one: "));
		asks(client, "one");
	}

	private void asks(EitherClient client, String server) {
		assertThat(client.listPrompts().prompts()).extracting(McpSchema.Prompt::name).containsExactly("greet");
		assertThat(client.prompt()).isEqualTo(server + ": greet");
		assertThat(client.listResources().resources()).extracting(McpSchema.Resource::uri)
			.containsExactly(McpTestServer.RESOURCE);
		assertThat(client.listResourceTemplates().resourceTemplates()).hasSize(1);
		assertThat(client.read()).isEqualTo(server + ": " + McpTestServer.RESOURCE);
		assertThat(client.complete()).containsExactly(server);
		assertThat(client.listTools().tools()).hasSize(2);
		assertThat(client.ping()).isNotNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void whatChangesSomethingGoesToTheServerThatACallWouldGoTo(String type) {
		EitherClient client = start(type);
		client.setLoggingLevel();
		client.subscribe();
		assertThat(this.primary.faults().received("logging/setLevel")).isEqualTo(1);
		assertThat(this.primary.faults().received("resources/subscribe")).isEqualTo(1);
		assertThat(this.fallback.faults().received("resources/subscribe")).isZero();
		// The stream that notifications come on is opened beside the first request
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> {
			this.primary.updateResource();
			return !UPDATED.isEmpty();
		});
		assertThat(UPDATED).allMatch((text) -> text.equals("one: " + McpTestServer.RESOURCE));
		client.unsubscribe();
		assertThat(this.primary.faults().received("resources/unsubscribe")).isEqualTo(1);
		breaker("first").transitionToForcedOpenState();
		client.setLoggingLevel();
		client.subscribe();
		assertThat(this.fallback.faults().received("logging/setLevel")).isEqualTo(1);
		assertThat(this.fallback.faults().received("resources/subscribe")).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void aSessionThatIsLostIsOpenedAgainForThemToo(String type) {
		EitherClient client = start(type);
		client.ping();
		this.primary.down();
		this.primary.up();
		client.setLoggingLevel();
		assertThat(this.primary.faults().received("logging/setLevel")).isBetween(1L, 2L);
		this.primary.down();
		this.primary.up();
		client.subscribe();
		assertThat(this.fallback.faults().received("resources/subscribe")).isZero();
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isZero();
	}

	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void theyHaveTheChainsTimeout(String type) {
		EitherClient client = start(type, "resilience.mcp.timeout=400ms", "resilience.mcp.deadline=1s");
		client.ping();
		CountDownLatch over = new CountDownLatch(1);
		this.primary.faults().answers("logging/setLevel", (request) -> silent(over));
		long start = System.nanoTime();
		assertThatThrownBy(client::setLoggingLevel).isInstanceOf(ChainExhaustedException.class)
			.hasMessageContaining("first silent");
		over.countDown();
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
	}

	private static String silent(CountDownLatch over) {
		try {
			over.await(30, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		return "\"result\":{}";
	}

	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void rootsConcernEveryServerAndADeadOneStopsNoOther(String type) {
		EitherClient client = start(type);
		Awaitility.await().untilAsserted(() -> {
			assertThat(this.primary.faults().received("notifications/initialized")).isEqualTo(1);
			assertThat(this.fallback.faults().received("notifications/initialized")).isEqualTo(1);
		});
		client.listTools();
		client.addRoot("file:///a");
		Awaitility.await().atMost(30, TimeUnit.SECONDS).untilAsserted(() -> {
			assertThat(this.primary.roots()).containsExactly("file:///a");
			assertThat(this.fallback.roots()).containsExactly("file:///a");
		});
		assertThatThrownBy(() -> client.addRoot("file:///a")).isInstanceOf(IllegalStateException.class)
			.hasMessageContaining("already exists");
		this.primary.down();
		client.addRoot("file:///b");
		client.removeRoot("file:///a");
		Awaitility.await()
			.atMost(30, TimeUnit.SECONDS)
			.untilAsserted(() -> assertThat(this.fallback.roots()).containsExactly("file:///b"));
		assertThatThrownBy(() -> client.removeRoot("file:///c")).isInstanceOf(IllegalStateException.class)
			.hasMessageContaining("not found");
	}

	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void initialisingWaitsForAllAndFailsWhereNoServerIsUp(String type) {
		EitherClient client = start(type);
		assertThat(client.initialize().serverInfo().name()).isEqualTo("one");
		this.context.close();
		this.primary.down();
		EitherClient half = restart(type);
		assertThat(half.initialize().serverInfo().name()).isEqualTo("two");
		this.context.close();
		this.fallback.down();
		EitherClient none = restart(type);
		assertThatThrownBy(none::initialize).hasMessageContaining("initialize");
		this.fallback.up();
		Awaitility.await()
			.atMost(30, TimeUnit.SECONDS)
			.ignoreExceptions()
			.until(() -> none.initialize().serverInfo().name().equals("two"));
	}

	private EitherClient restart(String type) {
		this.context = TestApplication.start(WebApplicationType.NONE, WithRoots.class,
				List.of("spring.ai.model.chat=none", "spring.ai.mcp.client.type=" + type,
						"spring.ai.mcp.client.streamable-http.connections.first.url=" + this.primary.url(),
						"spring.ai.mcp.client.streamable-http.connections.second.url=" + this.fallback.url(),
						"resilience.mcp.chains.search=first,second"));
		List<?> clients = (List<?>) this.context.getBean("mcp" + (type.equals("SYNC") ? "Sync" : "Async") + "Clients");
		return new EitherClient(clients.get(0));
	}

	@Test
	void anInitialisationWhoseCallerIsInterruptedGoesOn() throws Exception {
		CountDownLatch asked = new CountDownLatch(1);
		CountDownLatch over = new CountDownLatch(1);
		this.primary.faults().answers("initialize", (request) -> {
			asked.countDown();
			silent(over);
			return null;
		});
		this.fallback.down();
		EitherClient client = restart("SYNC");
		AtomicReference<Throwable> thrown = new AtomicReference<>();
		Thread caller = new Thread(() -> {
			try {
				client.initialize();
			}
			catch (RuntimeException ex) {
				thrown.set(ex);
			}
		});
		caller.start();
		assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
		caller.interrupt();
		caller.join(TimeUnit.SECONDS.toMillis(30));
		assertThat(thrown.get()).isInstanceOf(CallCancelledException.class);
		over.countDown();
		Awaitility.await()
			.atMost(30, TimeUnit.SECONDS)
			.ignoreExceptions()
			.until(() -> client.initialize().serverInfo().name().equals("one"));
		assertThat(this.primary.faults().received("initialize")).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void aServerThatDoesNotOfferSomethingIsNotIllForThat(String type) {
		EitherClient client = restart(type);
		for (int i = 0; i < 10; i++) {
			assertThatThrownBy(client::listResources).isInstanceOf(ChainExhaustedException.class)
				.hasMessageContaining("first target")
				.hasMessageContaining("second target");
		}
		assertThatThrownBy(client::prompt).isInstanceOf(ChainExhaustedException.class);
		assertThat(breaker("first").getState()).isEqualTo(CircuitBreaker.State.CLOSED);
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isZero();
	}

	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void aPageComesFromTheServerThatGaveItsCursor(String type) {
		this.primary.faults().answers("prompts/list", (request) -> prompts("one", request));
		this.fallback.faults().answers("prompts/list", (request) -> prompts("two", request));
		EitherClient client = restart(type);
		client.ping();
		breaker("first").transitionToForcedOpenState();
		McpSchema.ListPromptsResult first = client.listPrompts(null);
		assertThat(first.nextCursor()).isEqualTo("two-2");
		breaker("first").transitionToClosedState();
		assertThat(client.listPrompts(first.nextCursor()).prompts()).extracting(McpSchema.Prompt::name)
			.containsExactly("two-b");
		assertThat(client.listPrompts(null).nextCursor()).isEqualTo("one-2");
		assertThat(client.listPrompts().prompts()).extracting(McpSchema.Prompt::name).containsExactly("one-a", "one-b");
		this.primary.down();
		assertThatThrownBy(() -> client.listPrompts("one-2")).isInstanceOf(ChainExhaustedException.class)
			.hasMessageContaining("first");
	}

	private static String prompts(String server, String request) {
		if (!request.contains("\"cursor\"")) {
			return "\"result\":{\"prompts\":[{\"name\":\"" + server + "-a\"}],\"nextCursor\":\"" + server + "-2\"}";
		}
		return request.contains("\"cursor\":\"" + server + "-2\"")
				? "\"result\":{\"prompts\":[{\"name\":\"" + server + "-b\"}]}"
				: "\"error\":{\"code\":-32602,\"message\":\"no such cursor\"}";
	}

	private static void updated(List<McpSchema.ResourceContents> contents) {
		contents.forEach((content) -> UPDATED.add(((McpSchema.TextResourceContents) content).text()));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class WithRoots {

		@Bean
		McpClientCustomizer<McpClient.SyncSpec> roots() {
			return (name, spec) -> spec.capabilities(McpSchema.ClientCapabilities.builder().roots(true).build())
				.resourcesUpdateConsumer(McpClientSurfaceTests::updated);
		}

		@Bean
		McpClientCustomizer<McpClient.AsyncSpec> asyncRoots() {
			return (name, spec) -> spec.capabilities(McpSchema.ClientCapabilities.builder().roots(true).build())
				.resourcesUpdateConsumer((contents) -> Mono.fromRunnable(() -> updated(contents)));
		}

	}

}
