package io.github.agentresilience.actuate.internal;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.support.Browser;
import io.github.agentresilience.support.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The page in a real browser.
 */
@Timeout(240)
class ScorecardPageTests extends ScorecardPageFixture {

	private static final String EVIL = "</script><script>document.title='broken'</script><img src=x onerror=alert(1)>";

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
			browser.hurry();
			// The first load includes what the browser itself needs to start, and any may
			// have to wait for other tests
			await().alias("a page within a second").until(() -> open(browser, path) < 1000);
			assertThat(browser.evaluate("document.getElementById('verdict').textContent")).isEqualTo("Answering");
			browser.evaluate("document.querySelector('[data-fault=\"llm:a:burst\"]').click()");
			await().until(() -> browser.evaluate("document.getElementById('said').textContent").contains("injected"));
			assertThat(cell(browser, "b", "served")).isEqualTo("0");
			for (int i = 0; i < 6; i++) {
				model.call(new Prompt("hi"));
			}
			await().until(() -> browser.evaluate("document.getElementById('verdict').textContent")
				.equals("Answering, without a"));
			assertThat(cell(browser, "a", "breaker")).isEqualTo("OPEN");
			// The breaker opens before the last of them, and the page may say so
			await().until(() -> cell(browser, "b", "served").equals("6"));
			assertThat(browser.evaluate("document.getElementById('events').textContent"))
				.contains("breaker of a went from CLOSED to OPEN", "on default");
			assertThat(browser.evaluate("document.querySelectorAll('.bar .OPEN').length")).isEqualTo("1");
			browser.evaluate(
					"Array.from(document.querySelectorAll('#active button')).forEach((button) => button.click())");
			await().until(() -> browser.evaluate("document.querySelectorAll('#active li').length").equals("0"));
			browser.screenshot(Path.of("target", "scorecard.png"));
			assertThat(browser.complaints()).isEmpty();
			assertThat(browser.requests()).isNotEmpty()
				.allMatch((url) -> url.startsWith(page("/")) || url.startsWith("data:"));
		}
	}

	/** What the table of targets says in the row of a target, under a heading. */
	private static String cell(Browser browser, String target, String heading) {
		return browser.evaluate("(() => { const table = [...document.querySelectorAll('#targets table')]"
				+ ".find((each) => each.textContent.includes('" + target + "'));"
				+ "const column = [...table.querySelectorAll('thead th')].findIndex((th) => th.textContent === '"
				+ heading + "');"
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

	@Test
	void theFocusStaysOverPollsAndAnExperimentIsRunFromThePage() throws Exception {
		assumeTrue(Browser.executable() != null, "There is no Chromium, so the page is not looked at");
		String outage = "resilience.chaos.experiments.outage.";
		start(outage + "fault.fault=random", outage + "fault.rate=1.0", outage + "fault.layer=llm",
				outage + "fault.target=a", outage + "duration=2s", outage + "steady-state.success-rate=0.99",
				outage + "probe.prompt=ping", outage + "probe.rate=20");
		try (Browser browser = new Browser()) {
			browser.hurry();
			open(browser, "/actuator/scorecard");
			await()
				.until(() -> browser.evaluate("document.querySelector('[data-run=outage]') !== null").equals("true"));
			browser.evaluate("document.querySelector('[data-fault=\"llm:b:brownout\"]').click()");
			await().until(() -> browser.evaluate("document.querySelectorAll('#active button').length").equals("1"));
			for (String button : List.of("[data-fault=\"llm:a:burst\"]", "#active button", "[data-run=outage]",
					"#targets .scroll")) {
				tabTo(browser, button);
				int before = polls(browser);
				await().until(() -> polls(browser) >= before + 2);
				assertThat(browser.evaluate("document.activeElement.matches('" + button + "')")).as(button)
					.isEqualTo("true");
			}
			browser.evaluate("document.querySelector('#active button').click()");
			await().until(() -> browser.evaluate("document.querySelectorAll('#active button').length").equals("0"));
			tabTo(browser, "[data-run=outage]");
			browser.evaluate("document.activeElement.click()");
			await()
				.until(() -> browser.evaluate("document.getElementById('said').textContent").equals("outage started"));
			await().atMost(Duration.ofSeconds(60))
				.until(() -> browser.evaluate("document.getElementById('runs').textContent")
					.startsWith("outage: passed at "));
			assertThat(browser.evaluate("document.activeElement.matches('[data-run=outage]')")).isEqualTo("true");
			assertThat(browser.complaints()).isEmpty();
		}
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
			browser.hurry();
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
			browser.evaluate("document.querySelector('#digest summary').click()");
			await().until(() -> browser.evaluate("document.querySelectorAll('#minutes tbody tr').length").equals("1"));
			assertThat(browser.evaluate("document.getElementById('minutes').textContent")).contains("b 4");
			assertThat(browser.evaluate("document.documentElement.scrollWidth")).isEqualTo("390");
			assertThat(browser.evaluate("[...document.querySelectorAll('table:not(.u-legend)')]"
					+ ".every((table) => table.caption && table.querySelector('tbody th[scope=row]'))"))
				.isEqualTo("true");
			assertThat(browser.complaints()).isEmpty();
		}
	}

}
