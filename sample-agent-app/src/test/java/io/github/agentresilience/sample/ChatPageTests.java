package io.github.agentresilience.sample;

import java.nio.file.Path;
import java.time.Duration;

import io.github.agentresilience.support.Browser;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The chat in a real browser, and the scorecard beside it.
 */
@Timeout(180)
class ChatPageTests {

	private static final String FRAME = "document.querySelector('iframe').contentDocument";

	private static void await(Browser browser, String expression) {
		Awaitility.await()
			.atMost(Duration.ofSeconds(30))
			.ignoreExceptions()
			.until(() -> browser.evaluate(expression).equals("true"));
	}

	/** Says something and waits for the answer. */
	private static String ask(Browser browser, String message) {
		String notes = "document.querySelectorAll('#log .agent small')";
		int before = Integer.parseInt(browser.evaluate(notes + ".length"));
		browser.evaluate("document.getElementById('message').value = '" + message + "'");
		browser.evaluate("document.querySelector('#form button').click()");
		await(browser, notes + ".length === " + (before + 1));
		return browser.evaluate(notes + "[" + before + "].textContent");
	}

	/** The stream of the primary is cut, and the next target begins the answer anew. */
	private static void anAnswerThatBreaksIsReplaced(Browser browser) {
		browser.evaluate("fetch('actuator/chaos', { method: 'POST', headers: { 'Content-Type': 'application/json' }, "
				+ "body: JSON.stringify({ fault: 'stream-cut', layer: 'llm', target: 'gateway-8b', count: 1 }) })"
				+ ".then((response) => document.body.dataset.cut = response.ok)");
		await(browser, "document.body.dataset.cut === 'true'");
		assertThat(ask(browser, "Tell me a story")).isEqualTo("gateway-70b, attempt 2, fallback");
		assertThat(browser.evaluate("document.querySelector('#log .agent:last-child del').textContent"))
			.startsWith("I am");
		assertThat(browser.evaluate("document.querySelector('#log .agent:last-child span').textContent"))
			.startsWith("I am groq/llama-3.3-70b-versatile, and you said: Tell me a story");
	}

	@Test
	void whoBreaksThePrimaryBesideTheChatSeesAnotherTargetAnswer() throws Exception {
		assumeTrue(Browser.executable() != null, "There is no Chromium, so the page is not looked at");
		// Patience with a busy machine: only what is broken on purpose may fail here
		try (ConfigurableApplicationContext context = SampleAgentApplication.start("--server.port=0",
				"--sample.latency.min=1ms", "--sample.latency.max=2ms", "--resilience.llm.timeout=30s",
				"--resilience.llm.first-token-timeout=30s", "--resilience.llm.breaker.slow-call=30s",
				"--resilience.mcp.timeout=30s", "--resilience.mcp.breaker.slow-call=30s");
				Browser browser = new Browser()) {
			browser.open("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + "/");
			String burst = FRAME + ".querySelector('[data-fault=\"llm:gateway-8b:burst\"]')";
			await(browser, burst + " !== null && " + FRAME + ".querySelector('[data-run=gateway-outage]') !== null");
			assertThat(ask(browser, "Search the docs for circuit breaker")).isEqualTo("gateway-8b, attempt 1");
			assertThat(browser.evaluate("document.getElementById('log').textContent"))
				.contains("A circuit breaker stops asking");
			anAnswerThatBreaksIsReplaced(browser);
			browser.evaluate(burst + ".click()");
			await(browser, FRAME + ".getElementById('said').textContent.includes('injected: burst on gateway-8b')");
			// By whom the turn was begun, which is no fallback for the rest of it
			assertThat(ask(browser, "What is the weather in Lisbon?")).startsWith("gateway-70b, attempt ");
			assertThat(browser.evaluate("document.querySelector('#log .agent:last-child').textContent"))
				.contains("Lisbon");
			await(browser, FRAME + ".getElementById('events').textContent.includes('incident')");
			browser.screenshot(Path.of("target", "chat.png"));
			assertThat(browser.complaints()).isEmpty();
		}
	}

}
