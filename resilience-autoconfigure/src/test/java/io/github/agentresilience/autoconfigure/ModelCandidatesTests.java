package io.github.agentresilience.autoconfigure;

import java.util.List;

import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Fallback;
import org.springframework.context.annotation.Primary;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Applications with several models, of which Spring knows which one is meant.
 */
@Timeout(60)
class ModelCandidatesTests {

	private static ConfigurableApplicationContext start(Class<?> configuration, String... properties) {
		return TestApplication.start(WebApplicationType.NONE, configuration, List.of("spring.ai.model.chat=none"),
				properties);
	}

	@ParameterizedTest
	@ValueSource(classes = { NoDefaultCandidate.class, NoCandidate.class, FallbackModel.class, Scoped.class })
	void theModelThatSpringWouldInjectIsWrapped(Class<?> configuration) {
		try (ConfigurableApplicationContext context = start(configuration)) {
			ChatResponse answer = context.getBean(ChatModel.class).call(new Prompt("hi"));
			assertThat(answer.getResult().getOutput().getText()).isEqualTo("one");
			assertThat(answer.getMetadata().<String>get("resilience.target")).isEqualTo("primary");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "two", "one" })
	void whoeverAsksForAClassOfModelsGoesOnGettingThePrimaryOne(String target) {
		String[] properties = target.isEmpty() ? new String[0]
				: new String[] { "resilience.llm.targets.x.bean=" + target, "resilience.llm.chains.default=x" };
		try (ConfigurableApplicationContext context = start(TwoOfAClass.class, properties)) {
			Users users = context.getBean(Users.class);
			assertThat(users.byClass.answer).isEqualTo("one");
			assertThat(users.byInterface.call(new Prompt("hi")).getResult().getOutput().getText()).isEqualTo("one");
			assertThat(users.byName.answer).isEqualTo("two");
			assertThat(users.unique.answer).isEqualTo("one");
			assertThat(context.getBean(Local.class).answer).isEqualTo("one");
			assertThat(context.getBean(ChatModel.class)
				.call(new Prompt("hi"))
				.getMetadata()
				.<String>get("resilience.target")).isNotNull();
		}
	}

	@Test
	void aModelThatWasNotPrimaryIsAFallbackOnlyWhereAnotherWas() {
		try (ConfigurableApplicationContext context = start(NoPrimary.class, "resilience.llm.targets.x.bean=one",
				"resilience.llm.chains.default=x")) {
			assertThat(context.getBeanFactory().getBeanDefinition("one").isFallback()).isFalse();
			assertThat(context.getBeanFactory().getBeanDefinition("two").isFallback()).isFalse();
		}
	}

	@Test
	void theFallbacksOfAnotherClassStayTheOnlyOnes() {
		try (ConfigurableApplicationContext context = start(OfTwoClasses.class)) {
			assertThat(context.getBean(Local.class).answer).isEqualTo("one");
			assertThat(context.getBean(ChatModel.class)
				.call(new Prompt("hi"))
				.getMetadata()
				.<String>get("resilience.target")).isEqualTo("primary");
		}
	}

	interface OfAVendor extends ChatModel {

	}

	static class Local implements OfAVendor {

		private final String answer;

		Local() {
			this("scoped");
		}

		Local(String answer) {
			this.answer = answer;
		}

		@Override
		public ChatResponse call(Prompt prompt) {
			return new ChatResponse(List.of(new Generation(new AssistantMessage(this.answer))));
		}

		@Override
		public Flux<ChatResponse> stream(Prompt prompt) {
			return Flux.defer(() -> Flux.just(call(prompt)));
		}

	}

	static class Another implements ChatModel {

		@Override
		public ChatResponse call(Prompt prompt) {
			return new ChatResponse(List.of(new Generation(new AssistantMessage("another"))));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class OfTwoClasses {

		@Bean
		@Primary
		Another another() {
			return new Another();
		}

		@Bean
		Local one() {
			return new Local("one");
		}

		@Bean
		@Fallback
		Local two() {
			return new Local("two");
		}

	}

	record Users(Local byClass, OfAVendor byInterface, Local byName, Local unique) {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class TwoOfAClass {

		@Bean
		@Primary
		Local one() {
			return new Local("one");
		}

		@Bean
		Local two() {
			return new Local("two");
		}

		@Bean
		Users users(Local two, OfAVendor byInterface, @Qualifier("two") Local byName, ObjectProvider<Local> unique) {
			return new Users(two, byInterface, byName, unique.getIfUnique());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class NoPrimary {

		@Bean
		ChatModel one() {
			return new Local("one");
		}

		@Bean
		ChatModel two() {
			return new Local("two");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class NoDefaultCandidate {

		@Bean
		ChatModel one() {
			return new Local("one");
		}

		@Bean(defaultCandidate = false)
		ChatModel two() {
			return new Local("two");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class NoCandidate {

		@Bean
		ChatModel one() {
			return new Local("one");
		}

		@Bean(autowireCandidate = false)
		ChatModel two() {
			return new Local("two");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class FallbackModel {

		@Bean
		ChatModel one() {
			return new Local("one");
		}

		@Bean
		@Fallback
		ChatModel two() {
			return new Local("two");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Scoped {

		@Bean
		@Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.TARGET_CLASS)
		Local model() {
			return new Local("one");
		}

	}

}
