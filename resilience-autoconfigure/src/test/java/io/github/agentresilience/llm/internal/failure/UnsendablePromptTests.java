package io.github.agentresilience.llm.internal.failure;

import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.google.genai.Client;
import com.google.genai.types.HttpOptions;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.llm.internal.model.LlmFixture;
import io.github.agentresilience.support.TestApplication;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

import org.springframework.ai.anthropic.AnthropicChatModel;
import org.springframework.ai.anthropic.AnthropicChatOptions;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.google.genai.GoogleGenAiChatModel;
import org.springframework.ai.google.genai.GoogleGenAiChatOptions;
import org.springframework.ai.ollama.OllamaChatModel;
import org.springframework.ai.ollama.api.OllamaApi;
import org.springframework.ai.ollama.api.OllamaChatOptions;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.util.MimeType;
import org.springframework.util.MimeTypeUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Prompts of which a model cannot make a request. Nothing is sent, and no target is to
 * blame.
 */
class UnsendablePromptTests extends LlmFixture {

	private static final String NOWHERE = "http://127.0.0.1:1";

	private static final Map<String, Prompt> PROMPTS = Map.of("no message", new Prompt(List.<Message>of()),
			"audio that is elsewhere",
			new Prompt(UserMessage.builder()
				.text("hi")
				.media(new Media(MimeType.valueOf("audio/mp3"), URI.create("https://example.com/a.mp3")))
				.build()),
			"no tool response", new Prompt(ToolResponseMessage.builder().responses(List.of()).build()), "tool choice",
			new Prompt("hi", OpenAiChatOptions.builder().toolChoice("{no json").build()));

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void theCallerIsToldWithoutTheTargetsPayingForIt(boolean stream) {
		ChatModel model = model();
		expectRefusals(model, stream, "a", "b");
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the primary");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void theSameWithNoTargetDeclared(boolean stream) {
		this.context = TestApplication.start(WebApplicationType.NONE, TestApplication.Application.class,
				List.of("spring.ai.openai.base-url=" + this.primary.baseUrl(), "spring.ai.openai.api-key=k"));
		ChatModel model = this.context.getBean(ChatModel.class);
		expectRefusals(model, stream, "primary");
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the primary");
	}

	private void expectRefusals(ChatModel model, boolean stream, String... targets) {
		PROMPTS.forEach((name, prompt) -> {
			for (int i = 0; i < 2; i++) {
				Throwable thrown = catchThrowable(() -> {
					if (stream) {
						model.stream(prompt).blockLast();
					}
					else {
						model.call(prompt);
					}
				});
				assertThat(thrown).as(name)
					.isInstanceOfAny(IllegalArgumentException.class, IllegalStateException.class);
			}
		});
		assertThat(this.primary.requests()).isEmpty();
		for (String target : targets) {
			assertThat(breaker(target).getState()).isEqualTo(CircuitBreaker.State.CLOSED);
			assertThat(breaker(target).getMetrics().getNumberOfFailedCalls()).isZero();
		}
	}

	@Test
	void aModelThatUnderstandsThePromptAnswers() {
		ChatModel model = model(Understanding.class, "resilience.llm.targets.c.bean=understanding",
				"resilience.llm.chains.default=a,c");
		assertThat(text(model.call(PROMPTS.get("audio that is elsewhere")))).isEqualTo("I understand");
		assertThat(breaker("a").getMetrics().getNumberOfFailedCalls()).isZero();
	}

	@ParameterizedTest
	@ValueSource(strings = { "anthropic", "gemini", "ollama" })
	void theOtherModelsOfSpringAi(String provider) {
		ChatModel model = switch (provider) {
			case "anthropic" -> AnthropicChatModel.builder()
				.options(AnthropicChatOptions.builder().apiKey("k").model("m").baseUrl(NOWHERE).maxRetries(0).build())
				.build();
			case "gemini" -> GoogleGenAiChatModel.builder()
				.genAiClient(Client.builder()
					.apiKey("k")
					.httpOptions(HttpOptions.builder().baseUrl(NOWHERE).build())
					.build())
				.options(GoogleGenAiChatOptions.builder().model("m").build())
				.build();
			default -> OllamaChatModel.builder()
				.ollamaApi(OllamaApi.builder().baseUrl(NOWHERE).build())
				.options(OllamaChatOptions.builder().model("m").build())
				.build();
		};
		Media unknown = new Media(MimeTypeUtils.IMAGE_PNG, new ByteArrayResource(new byte[1])) {

			@Override
			public Object getData() {
				return 42;
			}

		};
		Prompt prompt = new Prompt(List.of(UserMessage.builder().text("hi").media(unknown).build()),
				model.getOptions());
		Throwable thrown = catchThrowable(() -> model.call(prompt));
		Failure failure = new ChatFailureClassifier(Clock.systemUTC(), Set.of()).classify(thrown);
		assertThat(failure.kind()).as(String.valueOf(thrown)).isEqualTo(FailureKind.CALLER);
		assertThat(failure.cause()).isSameAs(thrown);
	}

	@Import(TestApplication.Application.class)
	static class Understanding {

		@Bean
		ChatModel understanding() {
			return new ChatModel() {

				@Override
				public ChatResponse call(Prompt prompt) {
					return new ChatResponse(List.of(new Generation(new AssistantMessage("I understand"))));
				}

				@Override
				public Flux<ChatResponse> stream(Prompt prompt) {
					return Flux.defer(() -> Flux.just(call(prompt)));
				}

			};
		}

	}

}
