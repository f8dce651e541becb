package io.github.agentresilience.actuate.internal;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.support.Browser;
import io.github.agentresilience.support.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * What the page makes of the figures that come with it and after it.
 */
@Timeout(240)
class ScorecardFiguresTests extends ScorecardPageFixture {

	@Test
	void theVerdictKnowsNoCallsNoTargetsAndOnlyFailures() throws Exception {
		assumeTrue(Browser.executable() != null, "There is no Chromium, so the page is not looked at");
		start("resilience.llm.when-all-open=fail-fast");
		ChatModel model = this.context.getBean(ChatModel.class);
		try (Browser browser = new Browser()) {
			browser.hurry();
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
			this.primary.always(Reply.refusal(400));
			for (int i = 0; i < 5; i++) {
				assertThatThrownBy(() -> model.call(new Prompt("hi"))).isInstanceOf(RuntimeException.class);
			}
			await().until(() -> verdict(browser).equals("Not answering: llm (the last 5 calls failed)"));
			assertThat(browser.complaints()).isEmpty();
		}
	}

	@Test
	void thePageSaysWhatWasSpentAndByTheHour() throws Exception {
		assumeTrue(Browser.executable() != null, "There is no Chromium, so the page is not looked at");
		start("resilience.llm.accept=length", "resilience.llm.targets.a.price.input-per-million=2",
				"resilience.llm.targets.a.price.output-per-million=10");
		this.primary.always(Reply.finished("length", "cut off").usage(1_000, 100));
		this.fallback.always(Reply.text("whole").usage(2_000, 200));
		this.context.getBean(ChatModel.class).call(new Prompt("hi"));
		try (Browser browser = new Browser()) {
			browser.hurry();
			open(browser, "/actuator/scorecard");
			String rows = "[...document.querySelectorAll('#money %s tbody tr')].map((row) => [...row.children]"
					+ ".map((cell) => cell.textContent).join(': ')).join('|')";
			assertThat(browser.evaluate(rows.formatted("#spend")))
				.isEqualTo("chain default: 3,000: 300: 0.003 + 2,200 tokens without a price: 1,100 tokens, 0.003: 0"
						+ "|target a: 1,000: 100: 0.003: 1,100 tokens, 0.003: 0"
						+ "|target b: 2,000: 200: –: 0 tokens: 0");
			browser.evaluate("document.querySelector('#byhour summary').click()");
			await().until(() -> browser.evaluate(rows.formatted("#hours")).contains("default / b: 2,000: 200"));
			assertThat(browser.requests()).anyMatch((url) -> url.endsWith("&hours=24"));
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
			browser.hurry();
			open(browser, "/actuator/scorecard");
			browser.evaluate("fetch('scorecard?format=json&since=1h').then((answer) => answer.json())"
					+ ".then((card) => { window.slice = card.history.llm.slices.filter((slice) => slice.served.b).at(-1); })");
			browser.evaluate(
					"window.legend = () => Object.fromEntries([...document.querySelectorAll('#charts .u-legend')[1]"
							+ ".querySelectorAll('.u-series')].map((row) => [row.querySelector('.u-label').textContent, row.querySelector('.u-value').textContent]))");
			// The slice moves away from the edge as time goes on, so the mouse looks for
			// it
			browser.evaluate(
					"window.hover = () => { const over = document.querySelectorAll('#charts .u-over')[1], box = over.getBoundingClientRect();"
							+ "over.dispatchEvent(new MouseEvent('mouseenter', { clientX: box.right, clientY: box.top + 50 }));"
							+ "for (let x = box.right - 1; x > box.left && !/\\d/.test(legend().b); x--)"
							+ " over.dispatchEvent(new MouseEvent('mousemove', { bubbles: true, clientX: x, clientY: box.top + 50 })); return true; }");
			await().until(() -> browser.evaluate("window.slice !== undefined").equals("true"));
			await().until(() -> browser.evaluate("hover() && /\\d/.test(legend().b)").equals("true"));
			assertThat(browser.evaluate("legend().b")).isEqualTo(browser.evaluate("window.slice.served.b"));
			assertThat(browser.evaluate("legend().a")).isEqualTo(browser.evaluate("window.slice.served.a ?? 0"));
		}
	}

	@Test
	void newsJoinsWhatIsKnownWithoutLossOrRepetition() throws Exception {
		assumeTrue(Browser.executable() != null, "There is no Chromium, so the page is not looked at");
		start();
		ChatModel model = this.context.getBean(ChatModel.class);
		model.call(new Prompt("hi"));
		this.primary.always(Reply.status(503));
		for (int i = 0; i < 4; i++) {
			model.call(new Prompt("hi"));
		}
		try (Browser browser = new Browser()) {
			browser.hurry();
			open(browser, "/actuator/scorecard");
			String told = "[...document.querySelectorAll('#events li')].map((item) => item.textContent).join('|')";
			String atFirst = browser.evaluate(told);
			// One line or two: incidents are joined by slices of the clock's ten seconds
			assertThat(atFirst).contains("breaker of a went from CLOSED to OPEN")
				.containsPattern("incidents? on default");
			await().until(() -> polls(browser) >= 3);
			assertThat(browser.evaluate(told)).isEqualTo(atFirst);
			// The page sleeps, and wakes up to an answer that does not reach back to what
			// is known
			browser.evaluate("Object.defineProperty(document, 'hidden', { get: () => window.asleep })");
			browser.evaluate("window.asleep = true");
			browser.evaluate(
					"window.fetch = ((asked) => (url, how) => asked(String(url).replace('since=30s', 'since=1s'), how))(window.fetch)");
			force("b", "FORCED_OPEN");
			TimeUnit.MILLISECONDS.sleep(2_200);
			browser.evaluate("window.asleep = false");
			browser.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
			await().until(() -> browser.requests().stream().anyMatch((url) -> url.matches(".*since=3[1-9]s")));
			await().until(() -> browser.evaluate(told).contains("breaker of b went from CLOSED to FORCED_OPEN"));
			int before = polls(browser);
			await().until(() -> polls(browser) >= before + 4);
			assertThat(browser.evaluate(told)).endsWith("|" + atFirst);
			assertThat(browser.evaluate("document.querySelectorAll('#events li').length"))
				.isEqualTo(String.valueOf(atFirst.split("[|]").length + 1));
			assertThat(browser.complaints()).isEmpty();
		}
	}

}
