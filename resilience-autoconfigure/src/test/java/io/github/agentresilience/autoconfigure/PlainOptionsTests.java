package io.github.agentresilience.autoconfigure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import org.junit.jupiter.api.Timeout;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an application's model is sent where no target is declared: the same as without
 * the starter, whatever each call chooses.
 */
@Timeout(60)
class PlainOptionsTests {

	private static final Map<String, Supplier<ChatOptions.Builder<?>>> OPTIONS = new LinkedHashMap<>();

	static {
		OPTIONS.put("model", () -> OpenAiChatOptions.builder().model("other"));
		OPTIONS.put("temperature", () -> OpenAiChatOptions.builder().temperature(0.1));
		OPTIONS.put("max tokens", () -> OpenAiChatOptions.builder().maxTokens(7));
		OPTIONS.put("max completion tokens", () -> OpenAiChatOptions.builder().maxCompletionTokens(7));
		OPTIONS.put("several", () -> OpenAiChatOptions.builder().model("other").n(2).seed(3).stop(List.of("S")));
	}

	private static final Map<String, Supplier<ChatOptions.Builder<?>>> PORTABLE = Map.of("portable model",
			() -> ChatOptions.builder().model("other"), "portable temperature",
			() -> ChatOptions.builder().temperature(0.1));

	@Test
	void aPromptsOptionsReachTheModelAsWithoutTheStarter() {
		Map<String, List<String>> plain = sent(false);
		assertThat(plain).hasSize(2 * OPTIONS.size() + 2 * PORTABLE.size());
		assertThat(sent(true)).containsExactlyEntriesOf(plain);
	}

	@Test
	void aModelThatSaysNothingOfItsOptionsGetsThoseOfThePromptAsTheyAre() {
		try (ConfigurableApplicationContext context = TestApplication.start(WebApplicationType.NONE, Decorator.class,
				List.of("spring.ai.model.chat=none"))) {
			OpenAiChatOptions options = OpenAiChatOptions.builder().seed(3).build();
			ChatResponse answer = context.getBean(ChatModel.class).call(new Prompt("hi", options));
			assertThat(answer.getMetadata().<String>get("resilience.target")).isEqualTo("primary");
			assertThat(context.getBean(Decorator.class).options).isSameAs(options);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.ai.model.chat=none", "resilience.llm.targets.a.bean=changing" })
	void aModelWhoseOptionsChangeIsAskedWithThoseOfTheTime(String property) {
		try (ConfigurableApplicationContext context = TestApplication.start(WebApplicationType.NONE, Changing.class,
				List.of("spring.ai.model.chat=none", property))) {
			Changing application = context.getBean(Changing.class);
			ChatClient before = context.getBean(ChatClient.Builder.class).build();
			ChatClient onTheModel = context.getBean(ChatClient.class);
			application.own = ChatOptions.builder().model("new").temperature(0.9).build();
			ChatClient after = context.getBean(ChatClient.Builder.class).build();
			for (ChatClient client : List.of(before, after, onTheModel)) {
				assertThat(client.prompt("hi").call().content()).isEqualTo("new 0.9");
				assertThat(client.prompt("hi").stream().content().blockLast()).isEqualTo("new 0.9");
			}
		}
	}

	private static Map<String, List<String>> sent(boolean enabled) {
		Map<String, List<String>> sent = new LinkedHashMap<>();
		try (ScriptedProvider provider = new ScriptedProvider();
				ConfigurableApplicationContext context = TestApplication.start(WebApplicationType.NONE, OneClient.class,
						List.of("spring.ai.openai.base-url=" + provider.baseUrl(), "spring.ai.openai.api-key=k",
								"spring.ai.openai.chat.model=own", "spring.ai.openai.chat.temperature=0.9",
								"spring.ai.openai.chat.max-tokens=99", "spring.ai.openai.chat.stop=A,B",
								"spring.ai.openai.max-retries=0"),
						"resilience.enabled=" + enabled)) {
			ChatModel model = context.getBean(ChatModel.class);
			OPTIONS.forEach((name, options) -> sent.put("model: " + name,
					bodies(provider, () -> model.call(new Prompt("hi", options.get().build())))));
			ChatClient onTheModel = context.getBean(ChatClient.class);
			ChatClient built = context.getBean(ChatClient.Builder.class).build();
			OPTIONS.forEach((name, options) -> sent.put("client: " + name,
					bodies(provider, () -> built.prompt("hi").options(options.get()).call().content())));
			PORTABLE.forEach((name, options) -> {
				sent.put("client: " + name,
						bodies(provider, () -> built.prompt("hi").options(options.get()).call().content()));
				sent.put("client on the model: " + name,
						bodies(provider, () -> onTheModel.prompt("hi").options(options.get()).call().content()));
			});
		}
		return sent;
	}

	private static List<String> bodies(ScriptedProvider provider, Supplier<?> call) {
		int before = provider.requests().size();
		call.get();
		return new ArrayList<>(provider.requests().stream().skip(before).map(ScriptedProvider.Request::body).toList());
	}

	@Import(TestApplication.Application.class)
	static class Decorator {

		private @Nullable ChatOptions options;

		@Bean
		ChatModel decorator() {
			return (prompt) -> {
				this.options = prompt.getOptions();
				return new ChatResponse(List.of(new Generation(new AssistantMessage("fine"))));
			};
		}

	}

	@Import(TestApplication.Application.class)
	static class Changing {

		private ChatOptions own = ChatOptions.builder().model("old").temperature(0.1).build();

		@Bean
		ChatModel changing() {
			return new ChatModel() {

				@Override
				public ChatResponse call(Prompt prompt) {
					ChatOptions asked = prompt.getOptions();
					return new ChatResponse(List
						.of(new Generation(new AssistantMessage(asked.getModel() + " " + asked.getTemperature()))));
				}

				@Override
				public Flux<ChatResponse> stream(Prompt prompt) {
					return Flux.just(call(prompt));
				}

				@Override
				public ChatOptions getOptions() {
					return Changing.this.own;
				}

			};
		}

		@Bean
		ChatClient onTheModel(@Qualifier("changing") ChatModel changing) {
			return ChatClient.create(changing);
		}

	}

	@Import(TestApplication.Application.class)
	static class OneClient {

		@Bean
		ChatClient onTheModel(Map<String, ChatModel> models) {
			return ChatClient.create(models.get("openAiChatModel"));
		}

	}

}
