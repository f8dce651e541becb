package io.github.agentresilience.actuate;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import io.github.agentresilience.support.Browser;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The page in a real browser.
 */
@Timeout(120)
class ScorecardPageTests {

	private static final String EVIL = "</script><script>document.title='broken'</script><img src=x onerror=alert(1)>";

	private final ScriptedProvider primary = new ScriptedProvider();

	private final ScriptedProvider fallback = new ScriptedProvider();

	private ConfigurableApplicationContext context;

	@AfterEach
	void close() {
		if (this.context != null) {
			this.context.close();
		}
		this.primary.close();
		this.fallback.close();
	}

	private void start(String... more) {
		this.context = TestApplication.runWeb(Stream.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(),
				"resilience.llm.targets.a.model=m", "resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
				"resilience.llm.targets.b.model=m", "resilience.llm.chains.default=a,b",
				"resilience.llm.retry.initial-backoff=1ms", "management.endpoints.web.exposure.include=*",
				"resilience.chaos.enabled=true", "management.endpoint.chaos.access=unrestricted").toList(), more);
	}

	private String page(String path) {
		String port = this.context.getEnvironment()
			.getProperty("local.management.port", this.context.getEnvironment().getProperty("local.server.port"));
		return "http://127.0.0.1:" + port + path;
	}

	@ParameterizedTest
	@CsvSource({ "/app/actuator/scorecard, server.servlet.context-path=/app, x=y",
			"/ops/scorecard, management.server.port=0, management.endpoints.web.base-path=/ops" })
	void aFaultThatIsInjectedWithAButtonOpensTheBreakerAndTheFallbackServes(String path, String one, String two)
			throws Exception {
		assumeTrue(Browser.executable() != null, "There is no Chromium, so the page is not looked at");
		start(one, two);
		ChatModel model = this.context.getBean(ChatModel.class);
		for (int i = 0; i < 5; i++) {
			model.call(new Prompt("hi"));
		}
		try (Browser browser = new Browser()) {
			// The second load: the first one includes what the browser itself needs to start
			open(browser, path);
			assertThat(open(browser, path)).isLessThan(1000);
			assertThat(browser.evaluate("document.getElementById('verdict').textContent")).isEqualTo("Answering");
			browser.evaluate("document.querySelector('[data-fault=\"llm:a:burst\"]').click()");
			Awaitility.await().until(() -> browser.evaluate("document.getElementById('said').textContent").contains("injected"));
			for (int i = 0; i < 6; i++) {
				model.call(new Prompt("hi"));
			}
			Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> browser
				.evaluate("document.getElementById('verdict').textContent")
				.equals("Answering, without a"));
			assertThat(browser.evaluate("document.getElementById('targets').textContent")).contains("OPEN");
			assertThat(browser.evaluate("document.querySelectorAll('.bar .OPEN').length")).isEqualTo("1");
			browser.evaluate("Array.from(document.querySelectorAll('#active button')).forEach((button) => button.click())");
			Awaitility.await().until(() -> browser.evaluate("document.querySelectorAll('#active li').length").equals("0"));
			browser.screenshot(Path.of("target", "scorecard.png"));
			assertThat(browser.complaints()).isEmpty();
			assertThat(browser.requests()).isNotEmpty()
				.allMatch((url) -> url.startsWith(page("/")) || url.startsWith("data:"));
		}
	}

	/** Opens the page and says how many milliseconds passed until it showed something. */
	private double open(Browser browser, String path) {
		browser.open(page(path));
		Awaitility.await().ignoreExceptions().until(() -> browser
			.evaluate("document.querySelectorAll('#chains tbody tr').length > 0 && document.querySelector('#charts canvas') !== null")
			.equals("true"));
		String paint = "performance.getEntriesByName('first-contentful-paint')";
		Awaitility.await().until(() -> browser.evaluate(paint + ".length").equals("1"));
		return Double.parseDouble(browser.evaluate(paint + "[0].startTime"));
	}

	@Test
	void whatProvidersSayIsTextAndNothingElse() throws Exception {
		start();
		this.primary.always(Reply.raw(503, "application/json",
				"{\"error\":{\"message\":\"" + EVIL + "\",\"type\":\"x\",\"code\":\"" + EVIL + "\"}}"));
		this.context.getBean(ChatModel.class).call(new Prompt("hi"));
		String html = HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(URI.create(page("/actuator/scorecard"))).header("Accept", "text/html").build(),
					HttpResponse.BodyHandlers.ofString())
			.body();
		assertThat(html).doesNotContain(EVIL).contains("default-src 'none'").doesNotContain("unsafe");
		assertThat(html.getBytes(StandardCharsets.UTF_8).length).isLessThan(150 * 1024);
		assertThat(List.of(html.split("nonce=\"", -1))).hasSizeGreaterThan(4);
		assertThat(html).doesNotContain("src=\"", "@import");
	}

	@Test
	void withoutChaosThePageOffersNone() throws Exception {
		this.context = TestApplication.runWeb(List.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(),
				"resilience.llm.targets.a.model=m", "management.endpoints.web.exposure.include=scorecard"));
		String html = HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(URI.create(page("/actuator/scorecard?format=html"))).build(),
					HttpResponse.BodyHandlers.ofString())
			.body();
		assertThat(html).contains("{\"chaos\":false,\"experiments\":false}");
	}

}
