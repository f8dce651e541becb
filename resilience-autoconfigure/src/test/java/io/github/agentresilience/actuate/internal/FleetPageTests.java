package io.github.agentresilience.actuate.internal;

import java.nio.file.Path;

import io.github.agentresilience.support.Browser;
import io.github.agentresilience.support.RedisServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.ai.chat.model.ChatModel;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The page of an instance of a fleet, in a browser.
 */
@Timeout(120)
class FleetPageTests extends ScorecardPageFixture {

	@TempDir
	private Path folder;

	private RedisServer redis;

	@AfterEach
	void end() {
		if (this.redis != null) {
			this.redis.close();
		}
	}

	@Test
	void itShowsAllInstances() throws Exception {
		this.redis = new RedisServer(this.folder);
		start("resilience.fleet.enabled=true", "resilience.fleet.name=agents", "spring.data.redis.host=127.0.0.1",
				"spring.data.redis.port=" + this.redis.port());
		this.context.getBean(ChatModel.class).call("hi");
		try (Browser browser = new Browser()) {
			open(browser, "/actuator/scorecard?format=html&scope=fleet");
			await().until(() -> browser.evaluate("document.getElementById('fleet').hidden").equals("false"));
			assertThat(browser.evaluate("document.getElementById('heard').textContent"))
				.startsWith("agents: 1 of 1 instances.");
			assertThat(browser.evaluate(
					"[...document.querySelectorAll('#together tbody tr')].map((row) => row.textContent).join('|')"))
				.contains("overall1100.0 %", "llm / default1100.0 %");
			assertThat(browser.complaints()).isEmpty();
		}
	}

}
