package io.github.agentresilience.autoconfigure;

import java.util.List;

import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import io.github.agentresilience.support.TestApplication;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.timelimiter.TimeLimiterConfig;
import io.github.resilience4j.timelimiter.TimeLimiterRegistry;
import io.micrometer.observation.ObservationRegistry;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mockito.Mockito;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JCircuitBreakerFactory;
import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JConfigurationProperties;
import org.springframework.cloud.client.circuitbreaker.CircuitBreakerFactory;
import org.springframework.cloud.client.circuitbreaker.Customizer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the starter cannot reach is said in health and in one warning, and only then.
 */
@ExtendWith(OutputCaptureExtension.class)
class UnprotectedPartsTests {

	private static final List<String> TARGETS = List.of("resilience.llm.targets.a.base-url=http://127.0.0.1:9/v1",
			"resilience.llm.targets.a.api-key=sk-very-secret", "resilience.llm.targets.a.model=m",
			"resilience.llm.targets.b.base-url=http://127.0.0.1:9/v1", "resilience.llm.targets.b.model=m",
			"resilience.llm.warm-up=false");

	private static ConfigurableApplicationContext start(Class<?> configuration) {
		return TestApplication.start(WebApplicationType.NONE, configuration, TARGETS);
	}

	private static Health health(ConfigurableApplicationContext context) {
		return context.getBean("resilienceHealthIndicator", HealthIndicator.class).health();
	}

	private static CircuitBreaker breaker(ConfigurableApplicationContext context, String target) {
		context.getBean(ChatModel.class);
		assertThat(context.getBean(ChainRegistry.class).chains()).isNotEmpty();
		return context.getBean(CircuitBreakerRegistry.class).find("llm-" + target).orElseThrow();
	}

	@Test
	void whereEverythingIsProtectedNothingIsSaid(CapturedOutput output) {
		try (ConfigurableApplicationContext context = start(Customized.class)) {
			assertThat(health(context).getDetails()).doesNotContainKey("unprotected");
			assertThat(output.getAll()).doesNotContain("Not protected");
			assertThat(context.getBean("ownClient", ChatClient.class)).isNotNull();
			// What the factory's public customizers say of a breaker is what it has
			assertThat(breaker(context, "a").getCircuitBreakerConfig().getSlidingWindowSize()).isEqualTo(66);
			assertThat(breaker(context, "b").getState()).isEqualTo(CircuitBreaker.State.DISABLED);
			// And Spring Cloud's own users of the factory see the same
			assertThat(context.getBeansOfType(CircuitBreakerFactory.class)).hasSize(1);
			assertThat(context.getBean(CircuitBreakerFactory.class).create("other").<String>run(() -> "run"))
				.isEqualTo("run");
		}
	}

	@Test
	void aClientWhoseModelCannotBeReadIsNamed(CapturedOutput output) {
		try (ConfigurableApplicationContext context = start(ForeignClients.class)) {
			Health health = health(context);
			assertThat(health.getStatus()).isEqualTo(Status.UP);
			assertThat(health.getDetails().get("unprotected"))
				.asInstanceOf(InstanceOfAssertFactories.map(String.class, String.class))
				.containsOnlyKeys("foreign", "another")
				.hasEntrySatisfying("foreign", (reason) -> assertThat(reason).contains("model", "no chain"));
			assertThat(output.getAll()).containsOnlyOnce("Not protected").contains("foreign: ", "another: ");
			context.getBean("late");
			assertThat(health(context).getDetails().get("unprotected").toString()).contains("late=");
			assertThat(output.getAll()).contains("Not protected: late: ").doesNotContain("sk-very-secret");
		}
	}

	@Test
	void aFactoryOfTheApplicationsOwnIsNamedAndItsBreakersProtect(CapturedOutput output) {
		try (ConfigurableApplicationContext context = start(OwnFactory.class)) {
			assertThat(context.getBean(UnprotectedParts.class).reasons()).containsOnlyKeys("circuitBreakerFactory");
			assertThat(output.getAll()).containsOnlyOnce("Not protected: circuitBreakerFactory: ");
			assertThat(breaker(context, "a").getCircuitBreakerConfig().getSlidingWindowSize()).isNotEqualTo(66);
		}
	}

	@Test
	void aRegistryWhoseHandlersCannotBeKeptApartIsNamed(CapturedOutput output) {
		try (ConfigurableApplicationContext context = start(OwnObservations.class)) {
			assertThat(health(context).getDetails().get("unprotected"))
				.asInstanceOf(InstanceOfAssertFactories.map(String.class, String.class))
				.containsOnlyKeys("observationRegistry")
				.hasEntrySatisfying("observationRegistry",
						(reason) -> assertThat(reason).contains("cannot be read", "spans and scopes"));
			assertThat(output.getAll()).containsOnlyOnce("Not protected: observationRegistry: ");
		}
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class OwnObservations {

		/** Its configuration has no handlers in its fields, as another version may. */
		@Bean
		ObservationRegistry ownRegistry() {
			ObservationRegistry registry = Mockito.mock();
			ObservationRegistry.ObservationConfig config = Mockito.mock();
			Mockito.when(registry.observationConfig()).thenReturn(config);
			return registry;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Customized {

		@Bean
		Customizer<Resilience4JCircuitBreakerFactory> ofBreakers() {
			return (factory) -> {
				factory.configure((builder) -> builder
					.circuitBreakerConfig(CircuitBreakerConfig.custom().slidingWindowSize(66).build())
					.timeLimiterConfig(TimeLimiterConfig.ofDefaults()), "llm-a");
				factory.addCircuitBreakerCustomizer(CircuitBreaker::transitionToDisabledState, "llm-b");
			};
		}

		@Bean
		ChatClient ownClient(ChatModel model) {
			return ChatClient.create(model);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class ForeignClients {

		/** As an application has that wrote a ChatClient itself. */
		private static ChatClient client() {
			ChatClient client = Mockito.mock();
			Mockito.when(client.prompt()).thenReturn(Mockito.mock());
			return client;
		}

		@Bean
		ChatClient foreign() {
			return client();
		}

		@Bean
		ChatClient another() {
			return client();
		}

		@Bean
		@Lazy
		ChatClient late() {
			return client();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import({ TestApplication.Application.class, Customized.class })
	static class OwnFactory {

		@Bean
		Resilience4JCircuitBreakerFactory ownFactory(CircuitBreakerRegistry breakers, TimeLimiterRegistry limiters,
				Resilience4JConfigurationProperties properties,
				Customizer<Resilience4JCircuitBreakerFactory> customizer) {
			Resilience4JCircuitBreakerFactory factory = new Resilience4JCircuitBreakerFactory(breakers, limiters, null,
					properties);
			customizer.customize(factory);
			return factory;
		}

	}

}
