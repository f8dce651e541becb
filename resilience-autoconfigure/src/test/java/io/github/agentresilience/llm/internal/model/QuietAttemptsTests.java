package io.github.agentresilience.llm.internal.model;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.support.Logged;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.MessageAggregator;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Attempts that another target made good are no errors to the log, whoever made the
 * model.
 */
@ExtendWith(OutputCaptureExtension.class)
class QuietAttemptsTests extends LlmFixture {

	private static final String WORDS = "words of the provider";

	private static final String FOUR = "one two three four";

	private static Map<String, Reply> failures() {
		Map<String, Reply> failures = new LinkedHashMap<>();
		failures.put("503 before the first chunk", Reply.error(503, "down", "down", WORDS));
		failures.put("401", Reply.error(401, "auth", "auth", WORDS));
		failures.put("cut", Reply.text(FOUR).cutAfter(2));
		failures.put("malformed chunk", Reply.text(FOUR).malformedAfter(2));
		failures.put("error event", Reply.text(FOUR).errorEventAfter(2));
		failures.put("no answer", Reply.hang());
		failures.put("silence", Reply.text(FOUR).stallAfter(2));
		failures.put("reset", Reply.reset());
		failures.put("closed", Reply.close());
		failures.put("end without a reason", Reply.text(FOUR).endAfter(2));
		failures.put("cut within a tool call", Reply.toolCall("t", "{\"a\": 1 }").cutAfter(1));
		failures.put("no choices", Reply.noChoices());
		return failures;
	}

	private ChatClient client(String chain) {
		String first = "resilience.llm.targets." + chain.split(",")[0] + ".";
		return ChatClient.create(
				model(WithBean.class, "resilience.llm.chains.default=" + chain, "test.url=" + this.primary.baseUrl(),
						"resilience.llm.targets.bean.bean=beanModel", "resilience.llm.targets.custom.bean=customModel",
						"resilience.llm.retry.max-attempts=1", first + "first-token-timeout=1s",
						first + "stream-idle-timeout=1s", first + "timeout=1s", "resilience.llm.stream-commit=complete",
						"resilience.llm.breaker.minimum-calls=1000", "resilience.llm.breaker.window=1000"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "a,b", "bean,b", "custom,b" })
	void anAttemptThatAnotherTargetMadeGoodIsNoErrorToTheLog(String chain, CapturedOutput output) {
		ChatClient client = client(chain);
		try (Logged logged = new Logged()) {
			failures().forEach((name, failure) -> {
				this.primary.always(failure);
				String streamed = String.join("", client.prompt("hi").stream().content().collectList().block());
				assertThat(streamed).as(name).isEqualTo("I am the fallback");
				if (!failure.body().equals(FOUR) && !name.startsWith("cut")) {
					assertThat(client.prompt("hi").call().content()).as(name).isEqualTo("I am the fallback");
				}
				assertThat(logged.errors()).as(name).isEmpty();
				assertThat(logged.stackTraces()).as(name).isEmpty();
			});
		}
		assertThat(output.getAll()).doesNotContain(" ERROR ", WORDS, "\tat ");
	}

	@Test
	void aCallThatFinallyFailsIsSaidOnceWithoutTheProvidersWords(CapturedOutput output) {
		ChatClient client = client("a,b");
		this.primary.always(Reply.error(503, "down", "down", WORDS));
		this.fallback.always(Reply.error(500, "down", "down", WORDS));
		assertThatThrownBy(() -> client.prompt("hi").stream().content().blockLast())
			.isInstanceOf(ChainExhaustedException.class);
		assertThat(output.getAll()).containsOnlyOnce("A call failed: Every target of the llm chain 'default' failed")
			.doesNotContain(" ERROR ", WORDS, KEY, "\tat ");
	}

	@Test
	void anAnswerWithoutChoicesBringsThePromptIntoNoLog(CapturedOutput output) {
		ChatModel model = model("resilience.llm.retry.max-attempts=1");
		this.primary.always(Reply.noChoices());
		assertThat(text(model.call(new Prompt("my account is 4711")))).isEqualTo("I am the fallback");
		assertThat(output.getAll()).contains("The answer has no choices").doesNotContain("4711");
	}

	@Test
	void theLevelThatTheApplicationChoseStays() {
		model("logging.level.org.springframework.ai.chat.model.MessageAggregator=ERROR");
		assertThat(LoggerFactory.getLogger(MessageAggregator.class).isErrorEnabled()).isTrue();
		assertThat(LoggerFactory.getLogger("org.springframework.ai.anthropic.AnthropicChatModel").isErrorEnabled())
			.isFalse();
	}

	@Test
	void whoWantsNoneOfThisHasHisLogsAsBefore() {
		model("logging.level.org.springframework.ai=DEBUG");
		assertThat(LoggerFactory.getLogger(MessageAggregator.class).isErrorEnabled()).isFalse();
		this.context.close();
		assertThat(LoggerFactory.getLogger(MessageAggregator.class).isErrorEnabled()).isTrue();
		this.context = TestApplication
			.run(Stream.of("resilience.enabled=false", "spring.ai.openai.api-key=none").toList());
		assertThat(LoggerFactory.getLogger(MessageAggregator.class).isErrorEnabled()).isTrue();
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class WithBean {

		@Bean
		OpenAiChatModel beanModel(Environment environment) {
			return OpenAiChatModel.builder()
				.options(OpenAiChatOptions.builder()
					.baseUrl(environment.getProperty("test.url"))
					.apiKey(KEY)
					.model("m")
					.maxRetries(0)
					.timeout(Duration.ofSeconds(20))
					.build())
				.build();
		}

		/**
		 * One that an application wrote itself, with Spring AI's aggregator as its own
		 * models have it.
		 */
		@Bean
		ChatModel customModel() {
			Supplier<RuntimeException> down = () -> new IllegalStateException(WORDS);
			return new ChatModel() {

				@Override
				public ChatResponse call(Prompt prompt) {
					throw down.get();
				}

				@Override
				public Flux<ChatResponse> stream(Prompt prompt) {
					return new MessageAggregator().aggregate(Flux.error(down), (whole) -> {
					});
				}

			};
		}

	}

}
