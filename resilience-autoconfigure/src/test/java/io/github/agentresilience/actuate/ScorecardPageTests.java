package io.github.agentresilience.actuate;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.support.Browser;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The page in a real browser.
 */
@Timeout(240)
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
			await().until(() -> browser.evaluate("document.getElementById('said').textContent").contains("injected"));
			assertThat(cell(browser, "b", "served")).isEqualTo("0");
			for (int i = 0; i < 6; i++) {
				model.call(new Prompt("hi"));
			}
			await().until(() -> browser
				.evaluate("document.getElementById('verdict').textContent")
				.equals("Answering, without a"));
			assertThat(cell(browser, "a", "breaker")).isEqualTo("OPEN");
			assertThat(cell(browser, "b", "served")).isEqualTo("6");
			assertThat(browser.evaluate("document.getElementById('events').textContent"))
				.contains("breaker of a went from CLOSED to OPEN", "on default");
			assertThat(browser.evaluate("document.querySelectorAll('.bar .OPEN').length")).isEqualTo("1");
			browser.evaluate("Array.from(document.querySelectorAll('#active button')).forEach((button) => button.click())");
			await().until(() -> browser.evaluate("document.querySelectorAll('#active li').length").equals("0"));
			browser.screenshot(Path.of("target", "scorecard.png"));
			assertThat(browser.complaints()).isEmpty();
			assertThat(browser.requests()).isNotEmpty()
				.allMatch((url) -> url.startsWith(page("/")) || url.startsWith("data:"));
		}
	}

	/** Opens the page and says how many milliseconds passed until it showed something. */
	private double open(Browser browser, String path) {
		browser.open(page(path));
		await().ignoreExceptions().until(() -> browser
			.evaluate("document.querySelectorAll('#chains tbody tr').length > 0 && document.querySelector('#charts canvas') !== null")
			.equals("true"));
		String paint = "performance.getEntriesByName('first-contentful-paint')";
		await().until(() -> browser.evaluate(paint + ".length").equals("1"));
		return Double.parseDouble(browser.evaluate(paint + "[0].startTime"));
	}

	/** What the table of targets says in the row of a target, under a heading. */
	private static String cell(Browser browser, String target, String heading) {
		return browser.evaluate("(() => { const table = [...document.querySelectorAll('#targets table')]"
				+ ".find((each) => each.textContent.includes('" + target + "'));"
				+ "const column = [...table.querySelectorAll('thead th')].findIndex((th) => th.textContent === '" + heading
				+ "');"
				+ "return [...table.querySelectorAll('tbody tr')].find((tr) => tr.firstChild.textContent === '" + target
				+ "').children[column].textContent; })()");
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

	/** Patience with a busy machine. */
	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(30));
	}

	private static String verdict(Browser browser) {
		return browser.evaluate("document.getElementById('verdict').textContent");
	}

	private void force(String target, String state) throws Exception {
		HttpRequest request = HttpRequest.newBuilder(URI.create(page("/actuator/resilience/" + target)))
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString("{\"state\":\"" + state + "\"}"))
			.build();
		assertThat(HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(200);
	}

	@Test
	void theVerdictKnowsNoCallsNoTargetsAndOnlyFailures() throws Exception {
		assumeTrue(Browser.executable() != null, "There is no Chromium, so the page is not looked at");
		start("resilience.llm.when-all-open=fail-fast");
		ChatModel model = this.context.getBean(ChatModel.class);
		try (Browser browser = new Browser()) {
			open(browser, "/actuator/scorecard");
			assertThat(verdict(browser)).isEqualTo("No calls yet");
			model.call(new Prompt("hi"));
			await().until(() -> verdict(browser).equals("Answering"));
			force("a", "FORCED_OPEN");
			force("b", "FORCED_OPEN");
			assertThatThrownBy(() -> model.call(new Prompt("hi"))).isInstanceOf(ChainExhaustedException.class);
			await().until(() -> verdict(browser).equals("Not answering: llm / default (no target may be called)"));
			// The events are forgotten, and the lanes show the states all the same
			HttpClient.newHttpClient()
				.send(HttpRequest.newBuilder(URI.create(page("/actuator/scorecard"))).DELETE().build(),
						HttpResponse.BodyHandlers.discarding());
			String lanes = "[...document.querySelectorAll('.lane .bar span')].map((span) => span.className).join()";
			await().until(() -> browser.evaluate(lanes).equals("FORCED_OPEN,FORCED_OPEN"));
			open(browser, "/actuator/scorecard");
			assertThat(browser.evaluate(lanes)).isEqualTo("FORCED_OPEN,FORCED_OPEN");
			force("a", "CLOSED");
			force("b", "CLOSED");
			await().until(() -> browser.evaluate(lanes).equals("FORCED_OPEN,CLOSED,FORCED_OPEN,CLOSED"));
			await().until(() -> verdict(browser).equals("No calls yet"));
			this.primary.always(Reply.error(400, "invalid_request_error", "bad", "Refused"));
			for (int i = 0; i < 5; i++) {
				assertThatThrownBy(() -> model.call(new Prompt("hi"))).isInstanceOf(RuntimeException.class);
			}
			await().until(() -> verdict(browser).equals("Not answering: llm (the last 5 calls failed)"));
			assertThat(browser.complaints()).isEmpty();
		}
	}

	@Test
	void theFocusStaysOverPollsAndAnExperimentIsRunFromThePage() throws Exception {
		assumeTrue(Browser.executable() != null, "There is no Chromium, so the page is not looked at");
		String outage = "resilience.chaos.experiments.outage.";
		start(outage + "fault.fault=random", outage + "fault.rate=1.0", outage + "fault.layer=llm", outage + "fault.target=a",
				outage + "duration=2s", outage + "steady-state.success-rate=0.99", outage + "probe.prompt=ping",
				outage + "probe.rate=20");
		try (Browser browser = new Browser()) {
			open(browser, "/actuator/scorecard");
			await().until(() -> browser.evaluate("document.querySelector('[data-run=outage]') !== null").equals("true"));
			browser.evaluate("document.querySelector('[data-fault=\"llm:b:brownout\"]').click()");
			await().until(() -> browser.evaluate("document.querySelectorAll('#active button').length").equals("1"));
			for (String button : List.of("[data-fault=\"llm:a:burst\"]", "#active button", "[data-run=outage]",
					"#targets .scroll")) {
				tabTo(browser, button);
				int before = polls(browser);
				await().until(() -> polls(browser) >= before + 2);
				assertThat(browser.evaluate("document.activeElement.matches('" + button + "')")).as(button).isEqualTo("true");
			}
			browser.evaluate("document.querySelector('#active button').click()");
			await().until(() -> browser.evaluate("document.querySelectorAll('#active button').length").equals("0"));
			tabTo(browser, "[data-run=outage]");
			browser.evaluate("document.activeElement.click()");
			await().until(() -> browser.evaluate("document.getElementById('said').textContent").equals("outage started"));
			await().atMost(Duration.ofSeconds(60)).until(() -> browser
				.evaluate("document.getElementById('runs').textContent").startsWith("outage: passed at "));
			assertThat(browser.evaluate("document.activeElement.matches('[data-run=outage]')")).isEqualTo("true");
			assertThat(browser.complaints()).isEmpty();
		}
	}

	@Test
	void theStackSaysWhatEachTargetServed() throws Exception {
		assumeTrue(Browser.executable() != null, "There is no Chromium, so the page is not looked at");
		start();
		ChatModel model = this.context.getBean(ChatModel.class);
		for (int i = 0; i < 3; i++) {
			model.call(new Prompt("hi"));
		}
		force("a", "FORCED_OPEN");
		for (int i = 0; i < 4; i++) {
			model.call(new Prompt("hi"));
		}
		try (Browser browser = new Browser()) {
			open(browser, "/actuator/scorecard");
			browser.evaluate("fetch('scorecard?format=json&since=1h').then((answer) => answer.json())"
					+ ".then((card) => { window.slice = card.history.llm.slices.at(-1); })");
			browser.evaluate("window.legend = () => Object.fromEntries([...document.querySelectorAll('#charts .u-legend')[1]"
					+ ".querySelectorAll('.u-series')].map((row) => [row.querySelector('.u-label').textContent, row.querySelector('.u-value').textContent]))");
			// The slice moves away from the edge as time goes on, so the mouse looks for it
			browser.evaluate("window.hover = () => { const over = document.querySelectorAll('#charts .u-over')[1], box = over.getBoundingClientRect();"
					+ "over.dispatchEvent(new MouseEvent('mouseenter', { clientX: box.right, clientY: box.top + 50 }));"
					+ "for (let x = box.right - 1; x > box.left && !/\\d/.test(legend().b); x--)"
					+ " over.dispatchEvent(new MouseEvent('mousemove', { bubbles: true, clientX: x, clientY: box.top + 50 })); return true; }");
			await().until(() -> browser.evaluate("hover() && /\\d/.test(legend().b)").equals("true"));
			assertThat(browser.evaluate("legend().b")).isEqualTo(browser.evaluate("window.slice.served.b"));
			assertThat(browser.evaluate("legend().a")).isEqualTo(browser.evaluate("window.slice.served.a ?? 0"));
		}
	}

	private static int polls(Browser browser) {
		return (int) browser.requests().stream().filter((url) -> url.contains("since=")).count();
	}

	private static void tabTo(Browser browser, String selector) {
		for (int i = 0; i < 60; i++) {
			if (browser.evaluate("document.activeElement.matches('" + selector + "')").equals("true")) {
				return;
			}
			browser.tab();
		}
		throw new AssertionError("The key Tab does not lead to " + selector);
	}

	@Test
	void itIsReadableInTheDarkAndOnAPhone() throws Exception {
		assumeTrue(Browser.executable() != null, "There is no Chromium, so the page is not looked at");
		start();
		ChatModel model = this.context.getBean(ChatModel.class);
		this.primary.always(Reply.status(503));
		for (int i = 0; i < 4; i++) {
			model.call(new Prompt("hi"));
		}
		try (Browser browser = new Browser()) {
			open(browser, "/actuator/scorecard");
			String background = "getComputedStyle(document.body).backgroundColor";
			assertThat(browser.evaluate(background)).isEqualTo("rgb(255, 255, 255)");
			browser.evaluate("window.light = document.querySelector('#charts canvas')");
			browser.emulate("setEmulatedMedia",
					Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", "dark"))));
			await().until(() -> browser.evaluate(background).equals("rgb(13, 17, 23)"));
			await().until(() -> browser.evaluate("document.contains(window.light)").equals("false"));
			assertThat(browser.evaluate("document.querySelectorAll('#charts canvas').length")).isEqualTo("2");
			browser.screenshot(Path.of("target", "scorecard-dark.png"));
			browser.emulate("setDeviceMetricsOverride",
					Map.of("width", 390, "height", 844, "deviceScaleFactor", 2, "mobile", true));
			await().until(() -> browser.evaluate("window.innerWidth").equals("390"));
			await().until(() -> browser.evaluate("document.documentElement.scrollWidth").equals("390"));
			browser.screenshot(Path.of("target", "scorecard-phone.png"));
			browser.evaluate("document.querySelector('summary').click()");
			await().until(() -> browser.evaluate("document.querySelectorAll('#minutes tbody tr').length").equals("1"));
			assertThat(browser.evaluate("document.getElementById('minutes').textContent")).contains("b 4");
			assertThat(browser.evaluate("document.documentElement.scrollWidth")).isEqualTo("390");
			assertThat(browser.evaluate("[...document.querySelectorAll('table:not(.u-legend)')]"
					+ ".every((table) => table.caption && table.querySelector('tbody th[scope=row]'))")).isEqualTo("true");
			assertThat(browser.complaints()).isEmpty();
		}
	}

}
