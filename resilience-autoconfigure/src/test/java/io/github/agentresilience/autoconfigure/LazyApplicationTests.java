package io.github.agentresilience.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.github.agentresilience.actuate.internal.ChaosEndpoint;
import io.github.agentresilience.actuate.internal.ResilienceEndpoint;
import io.github.agentresilience.autoconfigure.internal.fleet.SharedScores;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.TargetChain;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.fleet.FleetChannel;
import io.github.agentresilience.fleet.FleetEntry;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TwoProviders;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mockito.ArgumentCaptor;
import org.mockito.Mockito;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * With {@code spring.main.lazy-initialization} nothing is built before it is asked for,
 * and operators see the same as without.
 */
@Timeout(60)
class LazyApplicationTests extends TwoProviders {

	private void start(Class<?> configuration, String... more) {
		List<String> properties = new ArrayList<>(List.of("spring.main.lazy-initialization=true",
				"resilience.llm.targets.a.base-url=" + this.primary.baseUrl(), "resilience.llm.targets.a.model=m",
				"resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(), "resilience.llm.targets.b.model=m",
				"resilience.llm.chains.default=a,b", "resilience.llm.warm-up=false", "resilience.chaos.enabled=true",
				"management.endpoints.web.exposure.include=*", "management.endpoint.chaos.access=unrestricted"));
		properties.addAll(List.of(more));
		this.context = TestApplication.start(WebApplicationType.NONE, configuration, properties);
	}

	private boolean isMade(Class<?> type) {
		return this.context.getBeanFactory().containsSingleton(this.context.getBeanNamesForType(type)[0]);
	}

	@Test
	void startUpAndFirstCallBuildNoMoreThanTheyNeed() {
		start(TestApplication.Application.class, "resilience.llm.chains.other=b");
		assertThat(this.context.getBean(ChainRegistry.class).built(Layer.LLM)).isEmpty();
		assertThat(this.context.getBean(ChatModel.class).call("hi")).isEqualTo("Hello from the provider");
		assertThat(this.context.getBean(ChainRegistry.class).built(Layer.LLM)).hasSize(1);
	}

	/** On whichever thread, start-up is left to itself. */
	@Test
	void whoLooksWhileItStartsBuildsNothing() {
		start(Early.class);
		assertThat(this.context.getBean(Early.class).seen).isEmpty();
		assertThat(this.context.getBean(ChainRegistry.class).chains(Layer.LLM)).hasSize(1);
	}

	@Test
	void aTargetIsTakenOutOfServiceBeforeTheFirstCall() {
		start(TestApplication.Application.class);
		assertThat(this.context.getBean(ResilienceEndpoint.class).set("a", "FORCED_OPEN").getStatus()).isEqualTo(200);
		this.context.getBean(ChatModel.class).call("hi");
		assertThat(this.primary.requestCount()).isZero();
		assertThat(this.fallback.requestCount()).isOne();
	}

	@Test
	void healthShowsChainsBeforeTheFirstCall() {
		start(TestApplication.Application.class);
		Health health = this.context.getBean("resilienceHealthIndicator", HealthIndicator.class).health();
		assertThat(health.getStatus()).isEqualTo(Status.UP);
		assertThat(health.getDetails()).containsKey("llm.default");
	}

	@Test
	void faultsAreInjectedBeforeTheFirstCallOnBothLayers() {
		try (McpTestServer server = new McpTestServer("one")) {
			start(TestApplication.Application.class,
					"spring.ai.mcp.client.streamable-http.connections.first.url=" + server.url());
			ChainRegistry registry = this.context.getBean(ChainRegistry.class);
			assertThat(registry.hasTarget(Layer.LLM, "a")).isTrue();
			assertThat(registry.hasTarget(Layer.MCP, "first")).isTrue();
			assertThat(registry.hasTarget(Layer.LLM, "c")).isFalse();
			assertThat(isMade(ChaosEndpoint.class)).isFalse();
			this.context.close();
		}
	}

	@Test
	void aModelThatCannotBeMadeHidesNothingButItsChain() {
		start(Broken.class, "resilience.llm.targets.c.bean=broken", "resilience.llm.chains.other=c");
		Health health = this.context.getBean("resilienceHealthIndicator", HealthIndicator.class).health();
		assertThat(health.getDetails()).containsKey("llm.default").doesNotContainKey("llm.other");
		assertThat(this.context.getBean(ChatModel.class).call("hi")).isEqualTo("Hello from the provider");
	}

	@Test
	void anInstanceHearsOfFaultsAndReportsScoresThoughNobodyHasAskedIt() throws Exception {
		start(OfFleet.class, "resilience.fleet.enabled=true", "resilience.fleet.name=test");
		ArgumentCaptor<FleetChannel.Listener> listener = ArgumentCaptor.forClass(FleetChannel.Listener.class);
		Mockito.verify(this.context.getBean(FleetChannel.class)).open(Mockito.any(), listener.capture());
		listener.getValue()
			.heard(new FleetEntry("faults", "fleet-01234567", "fault=burst&layer=llm&target=a", "another", 1,
					Duration.ofSeconds(30)));
		Chaos chaos = this.context.getBean(Chaos.class);
		Awaitility.await().untilAsserted(() -> assertThat(chaos.active()).hasSize(1));
		assertThat(isMade(SharedScores.class)).isTrue();
	}

	@Lazy(false)
	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Early {

		private final List<TargetChain<?, ?>> seen;

		Early(ChainRegistry registry) {
			this.seen = registry.chains(Layer.LLM);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Broken {

		@Bean
		ChatModel broken() {
			throw new IllegalStateException("No key");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class OfFleet {

		@Bean
		FleetChannel channel() {
			return Mockito.mock(FleetChannel.class);
		}

	}

}
