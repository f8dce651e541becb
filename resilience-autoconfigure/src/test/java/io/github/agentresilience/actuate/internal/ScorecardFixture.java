package io.github.agentresilience.actuate.internal;

import java.time.Duration;
import java.util.List;

import io.github.agentresilience.support.Browser;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * An application with one target, a, whose endpoints may all be written to.
 */
@Timeout(120)
abstract class ScorecardFixture {

	private final ScriptedProvider provider = new ScriptedProvider();

	ConfigurableApplicationContext context;

	@AfterEach
	final void close() {
		if (this.context != null) {
			this.context.close();
		}
		this.provider.close();
	}

	final void start(Class<?> configuration, String... more) {
		this.context = TestApplication.start(WebApplicationType.SERVLET, configuration,
				List.of("resilience.llm.targets.a.base-url=" + this.provider.baseUrl(),
						"resilience.llm.targets.a.model=m", "resilience.chaos.enabled=true",
						"management.endpoint.chaos.access=unrestricted",
						"management.endpoint.experiments.access=unrestricted",
						"management.endpoints.web.exposure.include=*"),
				more);
	}

	final String address(String path) {
		return "http://127.0.0.1:" + this.context.getEnvironment().getProperty("local.server.port") + path;
	}

	static void await(Browser browser, String expression) {
		Awaitility.await()
			.atMost(Duration.ofSeconds(30))
			.ignoreExceptions()
			.until(() -> browser.evaluate(expression).equals("true"));
	}

}
