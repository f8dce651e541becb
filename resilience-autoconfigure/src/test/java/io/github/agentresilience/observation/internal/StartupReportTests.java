package io.github.agentresilience.observation.internal;

import java.util.List;

import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class StartupReportTests {

	private static final List<String> CHAINS = List.of("resilience.llm.targets.gateway.base-url=http://127.0.0.1:9/v1",
			"resilience.llm.targets.gateway.api-key=sk-very-secret", "resilience.llm.targets.gateway.model=m",
			"resilience.llm.targets.raw.base-url=http://127.0.0.1:9/v1", "resilience.llm.targets.raw.model=m",
			"resilience.llm.chains.default=gateway,raw", "resilience.llm.chains.smart=raw",
			"spring.ai.mcp.client.streamable-http.connections.primary.url=http://127.0.0.1:9",
			"spring.ai.mcp.client.streamable-http.connections.fallback.url=http://127.0.0.1:9",
			"spring.ai.mcp.client.streamable-http.connections.alone.url=http://127.0.0.1:9",
			"resilience.mcp.chains.search=primary,fallback",
			"logging.level.io.github.agentresilience.observation=INFO");

	@Test
	void oneLineNamesTheChainsAndTheirTargets(CapturedOutput output) {
		try (ConfigurableApplicationContext context = TestApplication.runWeb(CHAINS, "management.server.port=0")) {
			assertThat(output.getAll())
				.containsOnlyOnce("LLM chains: default [gateway, raw], smart [raw]; MCP chains: ")
				.contains("search [primary, fallback]", "alone [alone]")
				.doesNotContain("sk-very-secret");
		}
	}

	@Test
	void whereThereAreNoChainsThereIsNoLine(CapturedOutput output) {
		try (ConfigurableApplicationContext context = TestApplication.run(List.of("spring.ai.model.chat=none",
				"spring.ai.openai.api-key=none", "logging.level.io.github.agentresilience.observation=INFO"))) {
			assertThat(output.getAll()).doesNotContain("chains:");
		}
	}

}
