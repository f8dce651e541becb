package io.github.agentresilience.autoconfigure;

import java.util.List;

import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TwoProviders;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.Mockito;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.boot.WebApplicationType;
import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JCircuitBreakerFactory;
import org.springframework.cloud.client.circuitbreaker.CircuitBreakerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application that has another circuit breaker factory than Spring Cloud's for
 * Resilience4j, or none, starts, and its targets have breakers.
 */
class OtherBreakerFactoriesTests extends TwoProviders {

	private void start(Class<?> configuration, String... more) {
		this.context = TestApplication.start(WebApplicationType.NONE, configuration, List.of(
				"resilience.llm.targets.a.base-url=" + this.primary.baseUrl(), "resilience.llm.targets.a.model=m",
				"resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(), "resilience.llm.targets.b.model=m",
				"resilience.llm.chains.default=a,b", "resilience.llm.retry.max-attempts=1",
				"resilience.llm.breaker.minimum-calls=2", "resilience.llm.warm-up=false"), more);
	}

	private void failOften() {
		this.primary.always(Reply.status(503));
		ChatModel model = this.context.getBean(ChatModel.class);
		for (int i = 0; i < 4; i++) {
			assertThat(model.call("hi")).isEqualTo("Hello from the provider");
		}
		assertThat(this.primary.requestCount()).isEqualTo(2);
	}

	@ParameterizedTest
	@ValueSource(classes = { OfAnother.class, Mocked.class })
	void breakersOpen(Class<?> configuration) {
		start(configuration);
		failOften();
		assertThat(state()).isEqualTo(CircuitBreaker.State.OPEN);
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.cloud.circuitbreaker.resilience4j.enabled",
			"spring.cloud.circuitbreaker.resilience4j.blocking.enabled" })
	void breakersOpenWithoutAFactory(String property) {
		start(TestApplication.Application.class, property + "=false");
		assertThat(this.context.getBeansOfType(Resilience4JCircuitBreakerFactory.class)).isEmpty();
		failOften();
		assertThat(state()).isEqualTo(CircuitBreaker.State.OPEN);
	}

	@Test
	void breakersOpenWhereTheRegistryIsAMock() {
		start(MockedRegistry.class);
		failOften();
	}

	private CircuitBreaker.State state() {
		return this.context.getBean(CircuitBreakerRegistry.class).circuitBreaker("llm-a").getState();
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class OfAnother {

		@Bean
		CircuitBreakerFactory<?, ?> ofAnotherLibrary() {
			return Mockito.mock(CircuitBreakerFactory.class);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Mocked {

		@Bean
		Resilience4JCircuitBreakerFactory mocked() {
			return Mockito.mock(Resilience4JCircuitBreakerFactory.class);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Mocked.class)
	static class MockedRegistry {

		@Bean
		CircuitBreakerRegistry registry() {
			return Mockito.mock(CircuitBreakerRegistry.class);
		}

	}

}
