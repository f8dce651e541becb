package io.github.agentresilience.mcp.internal;

import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.scorecard.internal.ScorecardSnapshot.TargetSnapshot;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.TestApplication;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ToolAnnotations;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.Mockito;
import reactor.core.publisher.Mono;

import org.springframework.ai.mcp.customizer.McpClientCustomizer;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Sessions that are lost under many calls, and answers that never come to an end, against
 * real servers.
 */
class McpSessionTests extends McpFixture {

	private static final ToolAnnotations DESTRUCTIVE = new ToolAnnotations(null, false, true, false, false, null);

	private static final int CALLERS = 32;

	@Test
	void manyCallsThatFindTheSessionGoneOpenOneNewSessionAndNoneNoticesIt() throws Exception {
		McpSyncClient client = client("resilience.mcp.retry.max-attempts=1");
		call(client);
		for (int restart = 0; restart < 5; restart++) {
			restart();
			manyAtOnce(() -> call(client));
			assertThat(this.primary.faults().received("initialize")).isEqualTo(restart + 2);
		}
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isZero();
	}

	@Test
	void manyAsynchronousCallsThatFindTheSessionGoneOpenOneNewSessionToo() throws Exception {
		McpAsyncClient client = async("resilience.mcp.retry.max-attempts=1", "resilience.mcp.timeout=20s");
		call(client, "search");
		restart();
		manyAtOnce(() -> call(client, "search"));
		assertThat(this.primary.faults().received("initialize")).isEqualTo(2);
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isZero();
	}

	@Test
	void aRefusalWhoseBodyIsSlowToComeLosesTheSessionAllTheSame() throws Exception {
		McpSyncClient client = client("resilience.mcp.retry.max-attempts=1");
		call(client);
		restart();
		this.primary.faults().slowRefusals(Duration.ofMillis(300));
		manyAtOnce(() -> call(client));
		assertThat(this.primary.faults().received("initialize")).isEqualTo(2);
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isZero();
	}

	@Test
	void aToolThatMustNotRunTwiceIsCalledInTheNewSessionSinceItDidNotRunInTheOld() throws Exception {
		this.primary.with("charge", DESTRUCTIVE);
		this.fallback.with("charge", DESTRUCTIVE);
		McpSyncClient client = client("resilience.mcp.retry.max-attempts=1");
		client.listTools();
		call(client);
		restart();
		manyAtOnce(() -> call(client, "charge", "x"));
		assertThat(this.primary.executions("charge")).isEqualTo(CALLERS);
		assertThat(this.fallback.executions("charge")).isZero();
	}

	@Test
	void aBusyServerIsGivenTimeToSayThatAToolDidNotRun() throws Exception {
		this.primary.with("charge", DESTRUCTIVE);
		this.fallback.with("charge", DESTRUCTIVE);
		McpSyncClient client = client("resilience.mcp.retry.max-attempts=1", "resilience.mcp.timeout=20s");
		client.listTools();
		call(client);
		restart();
		this.primary.faults().lateToAllButOne(Duration.ofMillis(1500));
		manyAtOnce(() -> call(client, "charge", "x"));
		assertThat(this.primary.executions("charge")).isEqualTo(CALLERS);
		assertThat(this.fallback.executions("charge")).isZero();
	}

	@ParameterizedTest
	@ValueSource(ints = { 400, 404 })
	void aServerThatRefusesTheStreamItDoesNotHaveIsFoundAgainAfterARestart(int status) {
		this.primary.faults().refuseGets(status);
		McpSyncClient client = client("resilience.mcp.retry.max-attempts=1");
		assertThat(text(call(client))).startsWith("one: ");
		for (int restart = 0; restart < 2; restart++) {
			this.primary.down();
			this.primary.up();
			assertThat(text(call(client))).startsWith("one: ");
		}
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isZero();
	}

	@Test
	void anAnswerThatEndsWithoutTheResponseFailsAtOnce() {
		McpSyncClient client = client("resilience.mcp.timeout=30s");
		client.listTools();
		this.primary.faults().noResponse();
		long start = System.nanoTime();
		assertThat(text(call(client))).startsWith("two: ");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isEqualTo(2);
	}

	@Test
	void aToolIsNotRunTwiceWhileTheSdkRenewsItsCredentials() {
		this.primary.with("charge", DESTRUCTIVE);
		this.context = TestApplication.start(WebApplicationType.NONE, RenewingCredentials.class,
				List.of("spring.ai.model.chat=none",
						"spring.ai.mcp.client.streamable-http.connections.first.url=" + this.primary.url(),
						"spring.ai.mcp.client.streamable-http.connections.second.url=" + this.fallback.url(),
						"resilience.mcp.chains.search=first,second", "resilience.mcp.timeout=10s"));
		McpSyncClient client = clients().get(0);
		client.listTools();
		this.primary.faults().status(401);
		RenewingCredentials.renew = () -> {
			this.primary.faults().heal();
			this.primary.faults().delayTools(Duration.ofMillis(500));
		};
		assertThat(text(call(client, "charge", "x"))).startsWith("one: ");
		assertThat(this.primary.executions("charge")).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(ints = { 401, 403 })
	void aRefusedCredentialKeepsItsStatusOverLegacySseToo(int status) {
		try (McpTestServer sse = new McpTestServer("sse", true)) {
			this.context = TestApplication
				.run(List.of("spring.ai.model.chat=none", "spring.ai.mcp.client.sse.connections.old.url=" + sse.url(),
						"spring.ai.mcp.client.streamable-http.connections.second.url=" + this.fallback.url(),
						"resilience.mcp.chains.search=old,second", "resilience.mcp.timeout=20s"));
			McpSyncClient client = clients().get(0);
			Awaitility.await().until(() -> text(call(client)).startsWith("sse: "));
			sse.faults().status(status);
			assertThat(text(call(client))).startsWith("two: ");
			TargetSnapshot old = this.context.getBean(Scorecard.class)
				.snapshot()
				.layers()
				.get(Layer.MCP)
				.targets()
				.get("old");
			assertThat(old.lastFailure().kind()).isEqualTo("target");
			assertThat(old.lastFailure().message()).contains(String.valueOf(status));
		}
	}

	/** Its session is lost before the SDK has sent it. */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aCallThatIsNeverSentInItsOldSessionDoesNotWaitForAnAnswer(boolean fails) throws Exception {
		this.context = TestApplication.start(WebApplicationType.NONE, SlowToSend.class,
				List.of("spring.ai.model.chat=none",
						"spring.ai.mcp.client.streamable-http.connections.first.url=" + this.primary.url(),
						"spring.ai.mcp.client.streamable-http.connections.second.url=" + this.fallback.url(),
						"resilience.mcp.chains.search=first,second", "resilience.mcp.timeout=40s",
						"resilience.mcp.deadline=40s"));
		McpSyncClient client = clients().get(0);
		call(client);
		CountDownLatch held = new CountDownLatch(1);
		CompletableFuture<Void> sending = new CompletableFuture<>();
		SlowToSend.before = Mono.fromFuture(sending).doOnSubscribe((any) -> held.countDown());
		CompletableFuture<CallToolResult> early = CompletableFuture.supplyAsync(() -> call(client));
		assertThat(held.await(20, TimeUnit.SECONDS)).isTrue();
		SlowToSend.before = Mono.empty();
		restart();
		assertThat(text(call(client))).startsWith("one: ");
		if (fails) {
			sending.completeExceptionally(new IOException("No token"));
		}
		else {
			sending.complete(null);
		}
		assertThat(text(early.get(20, TimeUnit.SECONDS))).contains("search of x");
	}

	/**
	 * The thread that sends a request may be kept from running until the server has
	 * answered, the session has been opened anew, and the request been made once more.
	 */
	@Test
	void aCallIsMadeInTheNewSessionBeforeItsSenderKnowsThatItIsSent() {
		this.primary.with("charge", DESTRUCTIVE);
		this.fallback.with("charge", DESTRUCTIVE);
		this.context = TestApplication.start(WebApplicationType.NONE, SlowHttpClient.class,
				List.of("spring.ai.model.chat=none", "spring.ai.mcp.client.type=ASYNC",
						"spring.ai.mcp.client.streamable-http.connections.first.url=" + this.primary.url(),
						"spring.ai.mcp.client.streamable-http.connections.second.url=" + this.fallback.url(),
						"resilience.mcp.chains.search=first,second", "resilience.mcp.timeout=20s",
						"resilience.mcp.deadline=40s", "resilience.mcp.retry.max-attempts=1"));
		McpAsyncClient client = (McpAsyncClient) ((List<?>) this.context.getBean("mcpAsyncClients")).get(0);
		client.listTools().block();
		call(client, "search");
		restart();
		long listed = this.primary.faults().received("tools/list");
		SlowHttpClient
			.afterNextSend(() -> Awaitility.await().until(() -> this.primary.faults().received("tools/list") > listed));
		assertThat(text(call(client, "charge"))).startsWith("one: ");
		assertThat(SlowHttpClient.afterSend).as("has been slow").isNull();
		assertThat(this.primary.executions("charge")).isEqualTo(1);
		assertThat(this.fallback.executions("charge")).isZero();
	}

	private void restart() {
		this.primary.down();
		this.primary.up();
	}

	private void manyAtOnce(Callable<CallToolResult> call) throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(CALLERS);
		try {
			List<Future<CallToolResult>> calls = new ArrayList<>();
			for (int i = 0; i < CALLERS; i++) {
				calls.add(threads.submit(call));
			}
			for (Future<CallToolResult> each : calls) {
				assertThat(text(each.get())).startsWith("one: ");
			}
		}
		finally {
			threads.shutdownNow();
		}
	}

	/** An application that takes its time to prepare a request. */
	@Configuration(proxyBeanMethods = false)
	static class SlowToSend extends TestApplication.Application {

		private static volatile Mono<Void> before = Mono.empty();

		@Bean
		McpClientCustomizer<HttpClientStreamableHttpTransport.Builder> slow() {
			return (name, transport) -> transport.asyncHttpRequestCustomizer(
					(request, method, uri, body, context) -> Mono.defer(() -> before).thenReturn(request));
		}

	}

	/** An application with an HTTP client of its own, which is slow to return. */
	@Configuration(proxyBeanMethods = false)
	static class SlowHttpClient extends TestApplication.Application {

		private static volatile Runnable afterSend;

		private static volatile Thread sender;

		static void afterNextSend(Runnable what) {
			sender = Thread.currentThread();
			afterSend = what;
		}

		@Bean
		McpClientCustomizer<HttpClientStreamableHttpTransport.Builder> slow() {
			return (name, transport) -> transport.clientBuilder(
					Mockito.mock(HttpClient.Builder.class, (building) -> building.getMethod().getName().equals("build")
							? slow(HttpClient.newHttpClient()) : building.getMock()));
		}

		private static HttpClient slow(HttpClient client) {
			return Mockito.mock(HttpClient.class, (sending) -> {
				Object sent = sending.getMethod().invoke(client, sending.getRawArguments());
				Runnable then = afterSend;
				if (then != null && Thread.currentThread() == sender) {
					afterSend = null;
					then.run();
				}
				return sent;
			});
		}

	}

	/** An application that has its credentials renewed where a server refuses them. */
	@Configuration(proxyBeanMethods = false)
	static class RenewingCredentials extends TestApplication.Application {

		private static volatile Runnable renew;

		@Bean
		McpClientCustomizer<HttpClientStreamableHttpTransport.Builder> renewing() {
			return (name, transport) -> transport.authorizationErrorHandler((request, answer, context) -> {
				renew.run();
				return Mono.delay(Duration.ofMillis(300)).thenReturn(true);
			});
		}

	}

}
