package io.github.agentresilience.actuate.internal;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.stream.Stream;

import io.github.agentresilience.support.Browser;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TwoProviders;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application with two targets, and ways to look at its page.
 */
public abstract class ScorecardPageFixture extends TwoProviders {

	public void start(String... more) {
		this.context = TestApplication.runWeb(Stream.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(),
				"resilience.llm.targets.a.model=m", "resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
				"resilience.llm.targets.b.model=m", "resilience.llm.chains.default=a,b",
				"resilience.llm.retry.initial-backoff=1ms", "management.endpoints.web.exposure.include=*",
				"resilience.chaos.enabled=true", "management.endpoint.chaos.access=unrestricted",
				"management.endpoint.experiments.access=unrestricted")
			.toList(), more);
	}

	public String page(String path) {
		String port = this.context.getEnvironment()
			.getProperty("local.management.port", this.context.getEnvironment().getProperty("local.server.port"));
		return "http://127.0.0.1:" + port + path;
	}

	/** Opens the page and says how many milliseconds passed until it showed something. */
	public double open(Browser browser, String path) {
		browser.open(page(path));
		await().ignoreExceptions()
			.until(() -> browser.evaluate(
					"document.querySelectorAll('#chains tbody tr').length > 0 && document.querySelector('#charts canvas') !== null")
				.equals("true"));
		String paint = "performance.getEntriesByName('first-contentful-paint')";
		await().until(() -> browser.evaluate(paint + ".length").equals("1"));
		return Double.parseDouble(browser.evaluate(paint + "[0].startTime"));
	}

	/** Patience with a busy machine. */
	public static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(30));
	}

	public static String verdict(Browser browser) {
		return browser.evaluate("document.getElementById('verdict').textContent");
	}

	public void force(String target, String state) throws Exception {
		HttpRequest request = HttpRequest.newBuilder(URI.create(page("/actuator/resilience/" + target)))
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString("{\"state\":\"" + state + "\"}"))
			.build();
		assertThat(HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
			.isEqualTo(200);
	}

	public static int polls(Browser browser) {
		return (int) browser.requests().stream().filter((url) -> url.contains("since=")).count();
	}

}
