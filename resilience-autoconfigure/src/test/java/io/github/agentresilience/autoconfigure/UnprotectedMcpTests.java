package io.github.agentresilience.autoconfigure;

import java.util.List;
import java.util.Map;

import io.github.agentresilience.support.TestApplication;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * MCP clients that the starter cannot put its own in the place of are reported, and no
 * others.
 */
@ExtendWith(OutputCaptureExtension.class)
class UnprotectedMcpTests {

	private static final List<String> PROPERTIES = List.of("spring.ai.model.chat=none",
			"spring.ai.mcp.client.streamable-http.connections.first.url=http://127.0.0.1:9",
			"resilience.llm.warm-up=false");

	private static Map<String, Object> health(ConfigurableApplicationContext context) {
		return context.getBean("resilienceHealthIndicator", HealthIndicator.class).health().getDetails();
	}

	@Test
	void clientsThatTheApplicationMakesAreReported(CapturedOutput output) {
		try (ConfigurableApplicationContext context = TestApplication.start(WebApplicationType.NONE, OwnClients.class,
				PROPERTIES)) {
			assertThat(health(context)).extractingByKey("unprotected", InstanceOfAssertFactories.MAP)
				.containsOnlyKeys("the bean 'ownSync'", "the bean 'ownAsync'", "the bean 'ownList'");
			assertThat(output).contains("ownSync").contains("only the MCP clients that Spring AI makes");
		}
	}

	@Test
	void clientsOfSpringAiAndListsOfThemAreNot(CapturedOutput output) {
		try (ConfigurableApplicationContext context = TestApplication.start(WebApplicationType.NONE,
				OwnListOfProtectedClients.class, PROPERTIES)) {
			assertThat((List<?>) context.getBean("some")).hasSize(1);
			assertThat(health(context)).doesNotContainKey("unprotected");
			assertThat(output).doesNotContain("Not protected");
		}
	}

	private static HttpClientStreamableHttpTransport transport() {
		return HttpClientStreamableHttpTransport.builder("http://127.0.0.1:9").build();
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class OwnClients {

		@Bean
		McpSyncClient ownSync() {
			return McpClient.sync(transport()).build();
		}

		@Bean
		McpAsyncClient ownAsync() {
			return McpClient.async(transport()).build();
		}

		@Bean
		List<McpSyncClient> ownList() {
			return List.of(McpClient.sync(transport()).build());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class OwnListOfProtectedClients {

		@Bean
		Object some(@Qualifier("mcpSyncClients") List<McpSyncClient> mcpSyncClients) {
			return List.copyOf(mcpSyncClients);
		}

	}

}
