package io.github.agentresilience.observation.internal;

import java.util.List;
import java.util.Objects;

import io.github.agentresilience.chain.internal.engine.Hostile;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TwoProviders;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.GlobalObservationConvention;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.Order;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Conventions that the application has for all observations hold for those of chains too.
 */
@Timeout(60)
class ObservationConventionTests extends TwoProviders {

	private ChatModel start(Class<?> configuration) {
		this.context = TestApplication.start(WebApplicationType.NONE, configuration,
				List.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(),
						"resilience.llm.targets.a.model=m",
						"resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
						"resilience.llm.targets.b.model=m", "resilience.llm.chains.default=a,b",
						"resilience.llm.retry.max-attempts=1", "resilience.llm.warm-up=false"));
		return this.context.getBean(ChatModel.class);
	}

	private MeterRegistry meters() {
		return this.context.getBean(MeterRegistry.class);
	}

	@Test
	void itsNamesAndTagsAreThoseOfCallsAndAttempts() {
		ChatModel model = start(Conventions.class);
		this.primary.then(Reply.status(503));
		model.call(new Prompt("hi"));
		assertThat(meters().get("agents.call")
			.tags("team", "agents", "layer", "llm", "chain", "default", "target", "b", "outcome", "answered")
			.timer()
			.count()).isEqualTo(1);
		assertThat(meters().get(ResilienceObservations.ATTEMPT).tags("team", "agents").timers()).hasSize(2);
		assertThat(meters().find(ResilienceObservations.CALL).timer()).isNull();
	}

	@Test
	void oneThatComesLateHoldsFromThenOn() {
		ChatModel model = start(TestApplication.Application.class);
		model.call(new Prompt("hi"));
		this.context.getBean(ObservationRegistry.class)
			.observationConfig()
			.observationConvention(new OfTheTeam(ResilienceObservations.CALL, "late.call"));
		model.call(new Prompt("hi"));
		assertThat(meters().get(ResilienceObservations.CALL).timer().count()).isEqualTo(1);
		assertThat(meters().get("late.call").timer().count()).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "supportsContext", "getName", "getContextualName", "low", "high" })
	void oneThatThrowsCostsItsOwnTagsOnly(String place) {
		Hostile hostile = new Hostile(place);
		ChatModel model = start(TestApplication.Application.class);
		this.context.getBean(ObservationRegistry.class)
			.observationConfig()
			.observationConvention(new Throwing(hostile));
		for (int i = 0; i < 20; i++) {
			model.call(new Prompt("hi"));
		}
		assertThat(hostile.thrown()).isPositive();
		for (String name : new String[] { ResilienceObservations.CALL, ResilienceObservations.ATTEMPT }) {
			assertThat(meters().get(name).timers())
				.allSatisfy((timer) -> assertThat(timer.getId().getTag("layer")).isEqualTo("llm"));
			assertThat(meters().get(name).timers().stream().mapToLong((timer) -> timer.count()).sum()).isEqualTo(20);
		}
		assertThat(this.context.getBean(ObservationRegistry.class).getCurrentObservationScope()).isNull();
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Conventions {

		@Bean
		@Order(1)
		GlobalObservationConvention<?> ofCalls() {
			return new OfTheTeam(ResilienceObservations.CALL, "agents.call");
		}

		@Bean
		@Order(2)
		GlobalObservationConvention<?> ofAttempts() {
			return new OfTheTeam(ResilienceObservations.ATTEMPT, null);
		}

	}

	private record OfTheTeam(String observation,
			@Nullable String name) implements GlobalObservationConvention<Observation.Context> {

		@Override
		public boolean supportsContext(Observation.Context context) {
			return Objects.equals(context.getName(), this.observation);
		}

		@Override
		public @Nullable String getName() {
			return this.name;
		}

		@Override
		public KeyValues getLowCardinalityKeyValues(Observation.Context context) {
			return KeyValues.of(KeyValue.of("team", "agents"));
		}

	}

	/** Is for chains only, and changes nothing where it does not throw. */
	private record Throwing(Hostile hostile) implements GlobalObservationConvention<Observation.Context> {

		@Override
		public boolean supportsContext(Observation.Context context) {
			if (!String.valueOf(context.getName()).startsWith("resilience.")) {
				return false;
			}
			this.hostile.at("supportsContext");
			return true;
		}

		@Override
		public @Nullable String getName() {
			this.hostile.at("getName");
			return null;
		}

		@Override
		public @Nullable String getContextualName(Observation.Context context) {
			this.hostile.at("getContextualName");
			return null;
		}

		@Override
		public KeyValues getLowCardinalityKeyValues(Observation.Context context) {
			this.hostile.at("low");
			return KeyValues.empty();
		}

		@Override
		public KeyValues getHighCardinalityKeyValues(Observation.Context context) {
			this.hostile.at("high");
			return KeyValues.empty();
		}

	}

}
