package io.github.agentresilience.llm.internal.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.llm.CallParams;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Chat models that an application wrote itself, with no more than the interface demands.
 */
class CustomModelTests extends LlmFixture {

	private static final List<ChatOptions> ASKED_WITH = new CopyOnWriteArrayList<>();

	private static volatile Supplier<Flux<ChatResponse>> chunks;

	@BeforeEach
	void forget() {
		ASKED_WITH.clear();
		chunks = Flux::empty;
	}

	private ChatModel custom(String bean, String chain, String... more) {
		String[] properties = new String[more.length + 2];
		System.arraycopy(more, 0, properties, 0, more.length);
		properties[more.length] = "resilience.llm.targets.c.bean=" + bean;
		properties[more.length + 1] = "resilience.llm.chains.default=" + chain;
		return model(Models.class, properties);
	}

	@Test
	void toolsAndOptionsReachAModelThatSaysNothingOfItsOptions() {
		this.primary.always(Reply.status(401));
		custom("callOnly", "a,c");
		ChatClient client = this.context.getBean(ChatClient.Builder.class).build();
		assertThat(client.prompt("hi").tools(new Clock()).toolContext(Map.of("mine", "kept")).call().content())
			.isEqualTo("I am custom");
		assertThat(ASKED_WITH).singleElement().isInstanceOfSatisfying(ToolCallingChatOptions.class, (options) -> {
			assertThat(options.getToolCallbacks()).extracting((tool) -> tool.getToolDefinition().name())
				.containsExactly("timeNow");
			assertThat(options.getToolContext()).isEqualTo(Map.of("mine", "kept"));
			assertThat(options.getModel()).isNull();
			assertThat(options).isNotInstanceOf(OpenAiChatOptions.class);
		});
	}

	@Test
	void aModelThatCannotStreamIsPassedOverAndIsNotIll() {
		ChatModel model = custom("callOnly", "c,a");
		for (int i = 0; i < 6; i++) {
			assertThat(streamed(model)).isEqualTo("I am the primary");
		}
		assertThat(breaker("c").getMetrics().getNumberOfFailedCalls()).isZero();
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am custom");
	}

	@Test
	void whereItIsAllThereIsTheCallerIsTold() {
		ChatModel model = custom("callOnly", "c");
		ChainExhaustedException thrown = catchThrowableOfType(ChainExhaustedException.class, () -> streamed(model));
		assertThat(thrown.attempts()).extracting("kind").containsExactly(FailureKind.TARGET);
	}

	@Test
	void aModelThatHasShownAFinishReasonOwesOne() {
		ChatModel model = custom("streaming", "c,a");
		chunks = () -> Flux.just(chunk("half an ans", null));
		assertThat(streamed(model)).isEqualTo("half an ans");
		chunks = () -> Flux.just(chunk("a whole answer", null), chunk("", "stop"));
		assertThat(streamed(model)).isEqualTo("a whole answer");
		chunks = () -> Flux.just(chunk("half an ans", null));
		assertThatThrownBy(() -> streamed(model)).isInstanceOf(StreamInterruptedException.class);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aClientsCallChoosesItsChainInItsToolContext(boolean stream) {
		custom("streaming", "a", "resilience.llm.chains.other=c");
		chunks = () -> Flux.just(chunk("I am custom", "stop"));
		ChatClient.ChatClientRequestSpec request = this.context.getBean(ChatClient.Builder.class)
			.build()
			.prompt("hi")
			.toolContext(
					Map.of(CallParams.CHAIN, "other", CallParams.DEADLINE, Duration.ofSeconds(30), "mine", "kept"));
		assertThat(content(request, stream)).isEqualTo("I am custom");
		assertThat(ASKED_WITH).singleElement()
			.isInstanceOfSatisfying(ToolCallingChatOptions.class,
					(options) -> assertThat(options.getToolContext()).isEqualTo(Map.of("mine", "kept")));
		assertThat(content(request.advisors((advisors) -> advisors.param(CallParams.CHAIN, "default")), stream))
			.isEqualTo("I am the primary");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aClientsCallChoosesItsDeadlineInItsToolContext(boolean stream) {
		this.primary.always(Reply.hang());
		model("resilience.llm.chains.default=a");
		ChatClient.ChatClientRequestSpec request = this.context.getBean(ChatClient.Builder.class)
			.build()
			.prompt("hi")
			.toolContext(Map.of(CallParams.DEADLINE, Duration.ofMillis(400)));
		assertThatThrownBy(() -> content(request, stream)).isInstanceOf(ChainExhaustedException.class)
			.hasMessageContaining("deadline");
	}

	private static String content(ChatClient.ChatClientRequestSpec request, boolean stream) {
		return stream ? String.join("", request.stream().content().toIterable()) : request.call().content();
	}

	private static ChatResponse chunk(String text, String finishReason) {
		ChatGenerationMetadata metadata = (finishReason != null)
				? ChatGenerationMetadata.builder().finishReason(finishReason).build() : ChatGenerationMetadata.NULL;
		return new ChatResponse(List.of(new Generation(new AssistantMessage(text), metadata)));
	}

	static final class Clock {

		@Tool(description = "Tells the time")
		String timeNow() {
			return "noon";
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Models {

		@Bean
		ChatModel callOnly() {
			return (prompt) -> {
				ASKED_WITH.add(prompt.getOptions());
				return new ChatResponse(List.of(new Generation(new AssistantMessage("I am custom"))));
			};
		}

		@Bean
		ChatModel streaming() {
			return new ChatModel() {

				@Override
				public ChatResponse call(Prompt prompt) {
					ASKED_WITH.add(prompt.getOptions());
					return new ChatResponse(List.of(new Generation(new AssistantMessage("I am custom"))));
				}

				@Override
				public Flux<ChatResponse> stream(Prompt prompt) {
					ASKED_WITH.add(prompt.getOptions());
					return chunks.get();
				}

			};
		}

	}

}
