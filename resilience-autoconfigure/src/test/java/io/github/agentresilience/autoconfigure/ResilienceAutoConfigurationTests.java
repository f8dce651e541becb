package io.github.agentresilience.autoconfigure;

import java.time.Duration;
import java.util.List;

import io.github.agentresilience.actuate.internal.ChaosEndpoint;
import io.github.agentresilience.actuate.internal.ResilienceHealthIndicator;
import io.github.agentresilience.actuate.internal.ScorecardEndpoint;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.llm.internal.model.ResilientChatModel;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.springboot3.circuitbreaker.autoconfigure.CircuitBreakerAutoConfiguration;
import io.github.resilience4j.springboot3.timelimiter.autoconfigure.TimeLimiterAutoConfiguration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.chat.client.autoconfigure.ChatClientAutoConfiguration;
import org.springframework.ai.model.tool.autoconfigure.ToolCallingAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JAutoConfiguration;
import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JCircuitBreakerFactory;
import org.springframework.cloud.client.circuitbreaker.Customizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

import static org.assertj.core.api.Assertions.assertThat;

class ResilienceAutoConfigurationTests {

	private static final String[] TARGET = { "resilience.llm.targets.a.base-url=http://127.0.0.1:1/v1",
			"resilience.llm.targets.a.api-key=sk-top-secret", "resilience.llm.targets.a.model=m" };

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ResilienceAutoConfiguration.class, LlmAutoConfiguration.class,
				McpAutoConfiguration.class, ChaosAutoConfiguration.class, ObservationResilienceAutoConfiguration.class,
				ActuatorAutoConfiguration.class, ResilienceHealthAutoConfiguration.class,
				Resilience4JAutoConfiguration.class, CircuitBreakerAutoConfiguration.class,
				TimeLimiterAutoConfiguration.class, ToolCallingAutoConfiguration.class,
				ChatClientAutoConfiguration.class));

	@Test
	void whenDisabledThenNothingIsRegistered() {
		this.runner.withPropertyValues(TARGET)
			.withPropertyValues("resilience.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(ResilientChatModel.class)
				.doesNotHaveBean(ChainRegistry.class)
				.doesNotHaveBean(Scorecard.class));
	}

	@Test
	void whenThereIsNoModelAndNoTargetThenNoChatModelIsRegistered() {
		this.runner.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ChatModel.class));
	}

	@Test
	void whenChaosIsNotEnabledThenThereIsNone() {
		this.runner.withPropertyValues(TARGET)
			.run((context) -> assertThat(context).doesNotHaveBean(Chaos.class).doesNotHaveBean(ChaosEndpoint.class));
	}

	@Test
	void whenChaosIsEnabledButItsEndpointIsNotThenThereIsNoEndpoint() {
		this.runner.withPropertyValues("resilience.chaos.enabled=true", "management.endpoints.web.exposure.include=*")
			.run((context) -> assertThat(context).hasSingleBean(Chaos.class).doesNotHaveBean(ChaosEndpoint.class));
	}

	@Test
	void whenTheScorecardIsExposedThenItsEndpointExists() {
		this.runner.withPropertyValues("management.endpoints.web.exposure.include=scorecard")
			.run((context) -> assertThat(context).hasSingleBean(ScorecardEndpoint.class)
				.hasSingleBean(ResilienceHealthIndicator.class));
	}

	@Test
	void withoutActuatorTheApplicationStartsAndIsProtected() {
		this.runner.withPropertyValues(TARGET)
			.withClassLoader(
					new FilteredClassLoader("org.springframework.boot.actuate", "org.springframework.boot.health"))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(ResilientChatModel.class)
				.doesNotHaveBean("scorecardEndpoint"));
	}

	@Test
	void theApplicationsOwnSingleModelIsWrapped() {
		this.runner.withUserConfiguration(OneModel.class).run((context) -> {
			ChatModel model = context.getBean(ChatModel.class);
			assertThat(model).isInstanceOf(ResilientChatModel.class);
			ChatResponse answer = model.call(new Prompt("hi"));
			assertThat(answer.getResult().getOutput().getText()).isEqualTo("own");
			assertThat(answer.getMetadata().<String>get("resilience.target")).isEqualTo("primary");
			assertThat(context.getBean(CircuitBreakerRegistry.class).find("llm-primary")).isPresent();
			assertThat(context.getBean(ChatClient.Builder.class).build().prompt("hi").call().content())
				.isEqualTo("own");
		});
	}

	@Test
	void whenTheApplicationHasAPrimaryModelThenThatOneIsWrapped() {
		this.runner.withUserConfiguration(OneModel.class, PrimaryModel.class)
			.run((context) -> assertThat(
					context.getBean(ChatModel.class).call(new Prompt("hi")).getResult().getOutput().getText())
				.isEqualTo("preferred"));
	}

	@Test
	void aBeanCanBeATargetBesideEndpoints() {
		this.runner.withUserConfiguration(OneModel.class)
			.withPropertyValues(TARGET)
			.withPropertyValues("resilience.llm.targets.own.bean=ownModel", "resilience.llm.chains.default=a,own",
					"resilience.llm.retry.max-attempts=1")
			.run((context) -> {
				ChatResponse answer = context.getBean(ChatModel.class).call(new Prompt("hi"));
				assertThat(answer.getResult().getOutput().getText()).isEqualTo("own");
				assertThat(answer.getMetadata().<Boolean>get("resilience.fallback")).isTrue();
			});
	}

	@Test
	void aChatClientBeanBuiltOnAPlainModelGoesThroughTheChain() {
		this.runner.withUserConfiguration(OneModel.class, OwnClient.class).run((context) -> {
			context.getBean(ChatModel.class);
			assertThat(context.getBean("ownClient", ChatClient.class).prompt("hi").call().content()).isEqualTo("own");
			assertThat(context.getBean(Scorecard.class).snapshot().layers().get(Layer.LLM).summary().calls())
				.isEqualTo(1);
		});
	}

	@Test
	void instancePropertiesAndFactoryCustomizersWinOverOurBreakerPolicy() {
		this.runner.withPropertyValues(TARGET)
			.withPropertyValues("resilience.llm.targets.b.base-url=http://127.0.0.1:1/v1",
					"resilience.llm.targets.b.model=m", "resilience.llm.targets.c.base-url=http://127.0.0.1:1/v1",
					"resilience.llm.targets.c.model=m", "resilience.llm.targets.c.breaker.window=40",
					"resilience4j.circuitbreaker.instances.llm-a.sliding-window-size=77")
			.withUserConfiguration(FactoryCustomizer.class)
			.run((context) -> {
				context.getBean(ChatModel.class);
				CircuitBreakerRegistry breakers = context.getBean(CircuitBreakerRegistry.class);
				assertThat(breakers.circuitBreaker("llm-a").getCircuitBreakerConfig().getSlidingWindowSize())
					.isEqualTo(77);
				assertThat(breakers.circuitBreaker("llm-b").getCircuitBreakerConfig().getSlidingWindowSize())
					.isEqualTo(66);
				assertThat(breakers.circuitBreaker("llm-c").getCircuitBreakerConfig().getSlidingWindowSize())
					.isEqualTo(40);
			});
	}

	@Test
	void aHalfOpenBreakerWhoseTrialCallNeverReturnsOpensAgain() {
		this.runner.withPropertyValues(TARGET)
			.withPropertyValues("resilience.llm.deadline=100ms", "resilience.llm.timeout=50ms",
					"resilience.llm.breaker.open-for=10ms", "resilience.llm.targets.b.base-url=http://127.0.0.1:1/v1",
					"resilience.llm.targets.b.model=m",
					"resilience4j.circuitbreaker.instances.llm-b.max-wait-duration-in-half-open-state=77m")
			.run((context) -> {
				context.getBean(ChatModel.class);
				CircuitBreakerRegistry breakers = context.getBean(CircuitBreakerRegistry.class);
				assertThat(
						breakers.circuitBreaker("llm-b").getCircuitBreakerConfig().getMaxWaitDurationInHalfOpenState())
					.isEqualTo(Duration.ofMinutes(77));
				CircuitBreaker breaker = breakers.circuitBreaker("llm-a");
				assertThat(breaker.getCircuitBreakerConfig().getMaxWaitDurationInHalfOpenState())
					.isBetween(Duration.ofMillis(200), Duration.ofMillis(201));
				breaker.transitionToOpenState();
				breaker.transitionToHalfOpenState();
				while (breaker.tryAcquirePermission()) {
					// None of these calls ever returns
				}
				Awaitility.await().until(() -> breaker.getState() == CircuitBreaker.State.OPEN);
				Awaitility.await().until(breaker::tryAcquirePermission);
			});
	}

	@Test
	void beansOfTheApplicationReplaceOurs() {
		this.runner.withUserConfiguration(OneModel.class, OwnClassifier.class).run((context) -> {
			assertThat(context.getBean("llmFailureClassifier")).isSameAs(OwnClassifier.CLASSIFIER);
			assertThat(context).hasSingleBean(ChainRuntime.class);
		});
	}

	@Test
	void noKeyIsPrintedWithTheProperties() {
		this.runner.withPropertyValues(TARGET)
			.withPropertyValues("resilience.llm.targets.a.headers.X-Api-Key=hdr-secret")
			.run((context) -> assertThat(context.getBean(ResilienceProperties.class).toString())
				.doesNotContain("sk-top-secret")
				.doesNotContain("hdr-secret"));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					resilience.llm.chains.default=a,nope             | resilience.llm.chains.default        | nope
					resilience.llm.chains.default=                   | resilience.llm.chains.default        | no target
					resilience.llm.chains.default=a,a                | resilience.llm.chains.default        | twice
					resilience.llm.timeout=-1s                       | resilience.llm.timeout               | negative
					resilience.llm.deadline=0s                       | resilience.llm.deadline              | 1ms
					resilience.llm.sticky-ttl=0s                     | resilience.llm.sticky-ttl            | 1ms
					resilience.llm.targets.b.model=m                 | resilience.llm.targets.b             | neither
					resilience.llm.targets.a.bean=x                  | resilience.llm.targets.a             | both
					resilience.llm.targets.b.bean=missing            | resilience.llm.targets.b.bean        | missing
					resilience.llm.targets.b.base-url=ftp://x        | resilience.llm.targets.b.base-url    | http
					resilience.llm.retry.jitter=2                    | resilience.llm.retry.jitter          | between 0 and 1
					resilience.llm.retry.max-attempts=0              | resilience.llm.retry.max-attempts    | less than 1
					resilience.llm.retry.initial-backoff=-5ms        | resilience.llm.retry.initial-backoff | negative
					resilience.llm.breaker.failure-rate=120          | resilience.llm.breaker.failure-rate  | percentage
					resilience.llm.breaker.minimum-calls=50          | resilience.llm.breaker.minimum-calls | window
					resilience.llm.hedge.after=p99                   | resilience.llm.hedge.after           | p95
					resilience.llm.hedge.after=0s                    | resilience.llm.hedge.after           | positive
					resilience.llm.targets.a.hedge.after=soon        | resilience.llm.targets.a.hedge.after | p95
					resilience.llm.hedge.budget=2                    | resilience.llm.hedge.budget          | between 0 and 1
					resilience.llm.targets.a.weight=-1               | resilience.llm.targets.a.weight      | negative
					resilience.llm.latency-threshold=1s              | resilience.llm.latency-threshold     | not latency
					resilience.llm.latency-threshold=0s              | resilience.llm.latency-threshold     | 1ms
					resilience.llm.routing=cost                      | resilience.llm.routing               | no target has a price
					resilience.llm.targets.a.context-window=0        | resilience.llm.targets.a.context-window | less than 1
					resilience.llm.targets.a.price.input-per-million=-1   | resilience.llm.targets.a.price.input-per-million  | negative
					resilience.llm.targets.a.price.output-per-million=NaN | resilience.llm.targets.a.price.output-per-million | no number
					resilience.llm.targets.a.price.input-per-million=1    | resilience.llm.targets.a.price.output-per-million | missing
					resilience.llm.targets.a.price.output-per-million=0   | resilience.llm.targets.a.price.input-per-million  | missing
					resilience.llm.targets.a.options.top-p=3         | resilience.llm.targets.a.options.top-p      | between 0 and 1
					resilience.llm.targets.a.options.max-tokens=0    | resilience.llm.targets.a.options.max-tokens | less than 1
					resilience.llm.turn-budget.tokens=0              | resilience.llm.turn-budget.tokens    | less than 1
					resilience.llm.turn-budget.model-calls=0         | resilience.llm.turn-budget.model-calls | less than 1
					resilience.llm.turn-budget.tool-calls=-1         | resilience.llm.turn-budget.tool-calls  | negative
					resilience.llm.turn-budget.cost=0                | resilience.llm.turn-budget.cost      | not positive
					resilience.llm.turn-budget.cost=0.05             | resilience.llm.turn-budget.cost      | no price
					resilience.llm.turn-budget.chains.default.cost=1 | resilience.llm.turn-budget.chains.default.cost | no price
					resilience.llm.turn-budget.chains.nope.tokens=9  | resilience.llm.turn-budget.chains.nope | unknown chain
					resilience.mcp.timeout=-1s                       | resilience.mcp.timeout               | negative
					resilience.mcp.tools.pay.timeout=-1s             | resilience.mcp.tools.pay.timeout     | negative
					resilience.mcp.probe.timeout=0s                  | resilience.mcp.probe.timeout         | 1ms
					resilience.mcp.connections.x.breaker.window=0    | resilience.mcp.connections.x.breaker.window | less than 1
					resilience.mcp.breaker.open-for=-1s              | resilience.mcp.breaker.open-for      | negative
					resilience.scorecard.window=-1m                  | resilience.scorecard.window          | negative
					resilience.fleet.timeout=0s                      | resilience.fleet.timeout             | 1ms
					resilience.fleet.timeout=2s                      | resilience.fleet.timeout             | longer than a call should wait
					""")
	void aWrongConfigurationStopsStartUpWithAMessageThatNamesThePropertyAndTheMend(String wrong, String property,
			String problem) {
		this.runner.withPropertyValues(TARGET).withPropertyValues(wrong).run((context) -> {
			assertThat(context).hasFailed();
			FailureAnalysis analysis = new ResilienceConfigurationFailureAnalyzer()
				.analyze(context.getStartupFailure());
			assertThat(analysis).isNotNull();
			assertThat(analysis.getDescription()).contains(property).contains(problem).doesNotContain("sk-top-secret");
			assertThat(analysis.getAction()).isNotBlank();
		});
	}

	@Test
	void aChainWhoseBeanExistsAlreadyStopsStartUp() {
		this.runner.withUserConfiguration(SmartModel.class)
			.withPropertyValues(TARGET)
			.withPropertyValues("resilience.llm.chains.smart=a")
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(ResilienceConfigurationException.class)
				.hasMessageContaining("smartChatModel"));
	}

	static ChatModel model(String text) {
		return new ChatModel() {

			@Override
			public ChatResponse call(Prompt prompt) {
				return new ChatResponse(List.of(new Generation(new AssistantMessage(text))));
			}

			@Override
			public Flux<ChatResponse> stream(Prompt prompt) {
				return Flux.just(call(prompt));
			}

		};
	}

	@Configuration(proxyBeanMethods = false)
	static class OneModel {

		@Bean
		ChatModel ownModel() {
			return model("own");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class PrimaryModel {

		@Bean
		@Primary
		ChatModel preferredModel() {
			return model("preferred");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SmartModel {

		@Bean
		ChatModel smartChatModel() {
			return model("smart");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnClient {

		@Bean
		ChatClient ownClient(@org.springframework.beans.factory.annotation.Qualifier("ownModel") ChatModel model) {
			return ChatClient.create(model);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FactoryCustomizer {

		@Bean
		Customizer<Resilience4JCircuitBreakerFactory> windowOfB() {
			return (factory) -> factory
				.configure(
						(builder) -> builder
							.circuitBreakerConfig(CircuitBreakerConfig.custom().slidingWindowSize(66).build())
							.timeLimiterConfig(io.github.resilience4j.timelimiter.TimeLimiterConfig.ofDefaults()),
						"llm-b");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnClassifier {

		static final FailureClassifier CLASSIFIER = (thrown) -> Failure.ofTransient(0, "own", thrown);

		@Bean
		FailureClassifier llmFailureClassifier() {
			return CLASSIFIER;
		}

	}

}
