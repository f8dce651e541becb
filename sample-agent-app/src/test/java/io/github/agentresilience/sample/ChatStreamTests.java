package io.github.agentresilience.sample;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.agentresilience.support.Browser;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The chat shows the beginning of an answer whose end the provider has not said yet.
 */
@Timeout(120)
class ChatStreamTests {

	private static final Semaphore rest = new Semaphore(0);

	private static final ExecutorService threads = Executors.newCachedThreadPool();

	private static HttpServer provider;

	private static ConfigurableApplicationContext context;

	@BeforeAll
	static void start() throws IOException {
		provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		provider.setExecutor(threads);
		provider.createContext("/v1/chat/completions", ChatStreamTests::answer);
		provider.start();
		context = SampleAgentApplication.start("--server.port=0", "--sample.latency.min=1ms",
				"--sample.latency.max=2ms",
				"--sample.gateway.url=http://127.0.0.1:" + provider.getAddress().getPort() + "/v1",
				"--sample.gateway.key=key", "--resilience.llm.first-token-timeout=30s",
				"--resilience.llm.stream-idle-timeout=60s");
	}

	@AfterAll
	static void stop() {
		context.close();
		provider.stop(0);
		threads.shutdownNow();
	}

	/** Says the beginning, and the end when it is told to. */
	private static void answer(HttpExchange exchange) throws IOException {
		try (exchange) {
			exchange.getRequestBody().readAllBytes();
			exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
			exchange.sendResponseHeaders(200, 0);
			OutputStream out = exchange.getResponseBody();
			event(out, chunk("{\"role\":\"assistant\",\"content\":\"The beginning\"}", "null"));
			rest.acquireUninterruptibly();
			event(out, chunk("{\"content\":\" and the end\"}", "null"));
			event(out, chunk("{}", "\"stop\""));
			event(out, "[DONE]");
		}
	}

	private static String chunk(String delta, String finishReason) {
		return "{\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
				+ "\"delta\":" + delta + ",\"finish_reason\":" + finishReason + "}]}";
	}

	private static void event(OutputStream out, String data) throws IOException {
		out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
		out.flush();
	}

	private static String url(String path) {
		return "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + path;
	}

	@Test
	void theFirstEventComesBeforeTheLastOne() throws Exception {
		HttpRequest request = HttpRequest.newBuilder(URI.create(url("/agent/stream")))
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString("{\"message\":\"Are you there?\"}"))
			.build();
		HttpResponse<InputStream> response = HttpClient.newHttpClient()
			.send(request, HttpResponse.BodyHandlers.ofInputStream());
		try (BufferedReader lines = new BufferedReader(
				new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
			assertThat(lines.readLine()).startsWith("data:")
				.contains("\"text\":\"The beginning\"", "\"target\":\"gateway-8b\"");
			rest.release();
			assertThat(lines.lines().toList()).anyMatch((line) -> line.contains("\"text\":\" and the end\""));
		}
	}

	@Test
	void thePageShowsTheBeginningBeforeTheEnd() throws Exception {
		assumeTrue(Browser.executable() != null, "There is no Chromium, so the page is not looked at");
		try (Browser browser = new Browser()) {
			browser.open(url("/"));
			await(browser, "document.querySelector('#form button') !== null");
			browser.evaluate("document.getElementById('message').value = 'Are you there?'");
			browser.evaluate("document.querySelector('#form button').click()");
			await(browser, "document.querySelector('#log .agent span').textContent === 'The beginning'");
			assertThat(browser.evaluate("document.querySelectorAll('#log .agent small').length")).isEqualTo("0");
			rest.release();
			await(browser, "document.querySelectorAll('#log .agent small').length === 1");
			assertThat(browser.evaluate("document.querySelector('#log .agent').textContent"))
				.isEqualTo("The beginning and the endgateway-8b, attempt 1");
		}
	}

	private static void await(Browser browser, String expression) {
		Awaitility.await()
			.atMost(Duration.ofSeconds(30))
			.ignoreExceptions()
			.until(() -> browser.evaluate(expression).equals("true"));
	}

}
