package io.github.agentresilience.actuate.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.support.Browser;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.ConfigurableApplicationContext;

import static io.github.agentresilience.actuate.internal.ScorecardPageFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The page of an agent in trouble, for whoever reads it: on screens of any width, in the
 * dark, by keyboard and touch, and with a screen reader.
 */
@Timeout(240)
class ScorecardReadableTests {

	private static final String AXE = "axe-core@4.14.1";

	private static final Path FOLDER = Path.of("target", "axe-core");

	private static ScriptedProvider gateway;

	private static ScriptedProvider raw;

	private static McpTestServer server;

	private static ConfigurableApplicationContext context;

	private static Browser browser;

	@BeforeAll
	@SuppressWarnings("unchecked")
	static void open() throws Exception {
		assumeTrue(Browser.executable() != null, "There is no Chromium, so the page is not looked at");
		gateway = new ScriptedProvider();
		raw = new ScriptedProvider();
		server = new McpTestServer("primary");
		String targets = "resilience.llm.targets.";
		context = TestApplication.runWeb(List.of(targets + "gateway-8b.base-url=" + gateway.baseUrl(),
				targets + "gateway-8b.model=groq/llama-3.1-8b-instant",
				targets + "gateway-8b.price.input-per-million=0.05",
				targets + "gateway-8b.price.output-per-million=0.08",
				targets + "gateway-70b.base-url=" + gateway.baseUrl(),
				targets + "gateway-70b.model=groq/llama-3.3-70b-versatile",
				targets + "gateway-70b.limits.requests-per-minute=1",
				targets + "gateway-70b.limits.tokens-per-minute=9000000", targets + "gateway-70b.limits.concurrency=12",
				targets + "raw-groq-8b.base-url=" + raw.baseUrl(), targets + "raw-groq-8b.model=llama-3.1-8b-instant",
				"resilience.llm.chains.default=gateway-8b,gateway-70b,raw-groq-8b",
				"resilience.llm.chains.smart=gateway-70b", "resilience.llm.retry.initial-backoff=1ms",
				"resilience.llm.accept=length", "resilience.mcp.chains.search-the-web=mcp-primary",
				"spring.ai.mcp.client.streamable-http.connections.mcp-primary.url=" + server.url(),
				"management.endpoints.web.exposure.include=*", "resilience.chaos.enabled=true",
				"management.endpoint.chaos.access=unrestricted"));
		raw.always(Reply.text("good").usage(123_456, 7_890));
		gateway.then(Reply.text("good").usage(1_200_000, 60_000))
			.then(Reply.finished("length", "cut off").usage(1_000, 100))
			.always(Reply.status(503));
		ChatModel model = context.getBean(ChatModel.class);
		for (int i = 0; i < 8; i++) {
			model.call(new Prompt("hi"));
		}
		McpSyncClient client = ((List<McpSyncClient>) context.getBean("mcpSyncClients")).get(0);
		client.callTool(CallToolRequest.builder("search").arguments(Map.of("text", "x")).build());
		browser = new Browser();
		browser.hurry();
		browser.emulate("setFocusEmulationEnabled", Map.of("enabled", true));
		browser.open("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port")
				+ "/actuator/scorecard?format=html");
		await().ignoreExceptions()
			.until(() -> browser.evaluate("document.querySelectorAll('#charts canvas').length").equals("4"));
	}

	@AfterAll
	static void close() {
		if (browser != null) {
			browser.close();
		}
		if (context != null) {
			context.close();
			server.close();
			raw.close();
			gateway.close();
		}
	}

	private static void show(int width, String scheme) {
		browser.emulate("setEmulatedMedia",
				Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
		browser.emulate("setDeviceMetricsOverride",
				Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", width < 600));
		await().until(() -> browser.evaluate("innerWidth").equals(String.valueOf(width)));
		// Charts are drawn anew when their place has another size
		await().until(() -> browser.evaluate("[...document.querySelectorAll('#charts > div')].every((place) => "
				+ "place.querySelector('canvas') && place.querySelector('.uplot').offsetWidth === place.clientWidth)")
			.equals("true"));
	}

	@Test
	void noColumnIsCutOffAtAnyWidth() {
		browser.evaluate("document.getElementById('byhour').open = document.getElementById('digest').open = true");
		await().until(() -> browser.evaluate("document.querySelectorAll('#hours tbody tr').length > 0").equals("true"));
		for (int width : new int[] { 360, 390, 420, 768, 1216, 1232, 1300, 1440 }) {
			show(width, "light");
			assertThat(browser.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
				.as("%d pixels", width)
				.isEqualTo("0");
			assertThat(browser.evaluate("[...document.querySelectorAll('.scroll')].filter((box) => "
					+ "box.scrollWidth > box.clientWidth).map((box) => box.textContent).join()"))
				.as("%d pixels", width)
				.isEmpty();
		}
		browser.evaluate("document.getElementById('byhour').open = document.getElementById('digest').open = false");
	}

	@Test
	void whatIsLeftOfLimitsIsSaidOfTargetsThatHaveThem() {
		String limits = "[...document.querySelectorAll('#targets td[data-label=limits]')].map((cell) => cell.textContent).join('|')";
		assertThat(browser.evaluate(limits)).matches("–\\|0 of 12 [01] requests, (8\\.\\d|9)M tokens left\\|–");
	}

	@Test
	void whatIsWrongIsSaidWithWhatToDo() {
		show(1440, "light");
		assertThat(texts("#glance dt"))
			.contains("success|fallback rate|p95|MTTR|failed attempts|unacceptable|" + "over limits|tokens|cost");
		assertThat(texts("#glance > div")).contains("failed attempts4transient 4", "unacceptable1answers",
				"0 of at most 1000 wait now", "2.1M in, 115.3K out");
		assertThat(texts("#troubles > li > span")).contains("gateway-8b: transient: 503 InternalServerException",
				"gateway-70b: limited, passed over");
		assertThat(browser.evaluate("document.querySelector('#troubles details ol').children.length")).isEqualTo("3");
		browser.evaluate("document.querySelector('#troubles summary').click()");
		String kept = "document.querySelector('#troubles details').open";
		int before = ScorecardPageFixture.polls(browser);
		await().until(() -> ScorecardPageFixture.polls(browser) >= before + 2);
		assertThat(browser.evaluate(kept)).isEqualTo("true");
		assertThat(texts("#targets tbody tr:first-child td")).startsWith("groq/llama-3.1-8b-instant|OPEN|1|");
	}

	private static String texts(String selector) {
		return browser
			.evaluate("[...document.querySelectorAll('" + selector + "')].map((each) => each.textContent).join('|')");
	}

	@Test
	void aWordIsExplainedOnFocusAndOnATouchAndStaysOverPolls() {
		show(1440, "light");
		String tip = "document.getElementById('tip')";
		String word = "[...document.querySelectorAll('#targets .help')].find((each) => each.textContent === 'outages')";
		browser.evaluate(word + ".focus()");
		assertThat(browser.evaluate(tip + ".textContent")).startsWith("Of a target: from its first failed attempt");
		int before = ScorecardPageFixture.polls(browser);
		await().until(() -> ScorecardPageFixture.polls(browser) >= before + 2);
		assertThat(browser.evaluate("document.activeElement === " + word)).isEqualTo("true");
		assertThat(browser.evaluate(tip + ".hidden")).isEqualTo("false");
		browser.screenshot(Path.of("target", "scorecard-word.png"));
		browser.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))");
		assertThat(browser.evaluate(tip + ".hidden")).isEqualTo("true");
		browser.evaluate("document.activeElement.blur()");
		browser.evaluate("document.querySelector('#glance .help').click()");
		assertThat(browser.evaluate(tip + ".textContent")).startsWith("The share of answered calls");
		assertThat(browser.evaluate(
				"[...document.querySelectorAll('.help')].every((each) => document.getElementById(each.getAttribute('aria-describedby')))"))
			.isEqualTo("true");
	}

	@ParameterizedTest
	@CsvSource({ "390,light", "390,dark", "768,light", "768,dark", "1440,light", "1440,dark" })
	void axeFindsNothingWrong(int width, String scheme) throws Exception {
		Path script = FOLDER.resolve("node_modules/axe-core/axe.min.js");
		if (!Files.exists(script)) {
			Files.createDirectories(FOLDER);
			assumeTrue(
					succeeds("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix",
							FOLDER.toString(), AXE),
					"axe-core cannot be installed with npm, so the page is not checked by it");
		}
		if (browser.evaluate("typeof axe").equals("undefined")) {
			browser.evaluate("(() => {" + Files.readString(script) + "})()");
		}
		show(width, scheme);
		browser.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })");
		browser.screenshot(Path.of("target", "scorecard-" + width + "-" + scheme + ".png"));
		assertThat(browser
			.evaluate("axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations"
					+ ".map((each) => each.id + ': ' + each.nodes.map((node) => node.target + ' ' + node.failureSummary)"
					+ ".join(', ')).join('; '))"))
			.isEmpty();
		assertThat(browser.complaints()).isEmpty();
	}

	private static boolean succeeds(String... command) throws InterruptedException {
		try {
			Process process = new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.start();
			return process.waitFor(120, TimeUnit.SECONDS) && process.exitValue() == 0;
		}
		catch (IOException ex) {
			return false;
		}
	}

}
