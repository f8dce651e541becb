package io.github.agentresilience.llm.internal.model;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.SkippedTarget;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TwoProviders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.content.MediaContent;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.openai.OpenAiChatModel.ResponseFormat;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.tokenizer.TokenCountEstimator;
import org.springframework.ai.tool.function.FunctionToolCallback;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.util.MimeTypeUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * A prompt goes to no target that it does not fit.
 */
@Timeout(60)
class PromptFitTests extends TwoProviders {

	private static final String LONG = "word ".repeat(1_000);

	private ChatModel model;

	private void start(String... properties) {
		start(TestApplication.Application.class, properties);
	}

	private void start(Class<?> beans, String... properties) {
		this.primary.always(Reply.text("from a"));
		this.fallback.always(Reply.text("from b"));
		this.context = TestApplication.start(WebApplicationType.NONE, beans,
				List.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(),
						"resilience.llm.targets.a.model=m",
						"resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
						"resilience.llm.targets.b.model=m", "resilience.llm.chains.default=a,b"),
				properties);
		this.model = this.context.getBean(ChatModel.class);
	}

	private String servedBy(Prompt prompt) {
		ChatResponse answer = this.model.call(prompt);
		ChatResponse last = this.model.stream(prompt).blockLast();
		String target = answer.getMetadata().get("resilience.target");
		assertThat(last).isNotNull();
		assertThat(last.getMetadata().<String>get("resilience.target")).isEqualTo(target);
		return target;
	}

	private static Prompt prompt(String text, ChatOptions options) {
		return new Prompt(text, options);
	}

	@Test
	void onlyOneThatIsShortEnoughWithItsAnswerGoesToASmallContextWindow() {
		start("resilience.llm.targets.a.context-window=1200");
		assertThat(servedBy(new Prompt("hi"))).isEqualTo("a");
		assertThat(servedBy(new Prompt(LONG))).isEqualTo("a");
		assertThat(servedBy(prompt(LONG, ChatOptions.builder().maxTokens(200).build()))).isEqualTo("b");
		assertThat(servedBy(prompt(LONG, OpenAiChatOptions.builder().maxCompletionTokens(200).build()))).isEqualTo("b");
		assertThat(servedBy(new Prompt(LONG + LONG))).isEqualTo("b");
		assertThat(servedBy(new Prompt(List.of(new UserMessage(LONG), new AssistantMessage(LONG))))).isEqualTo("b");
		assertThat(this.primary.requestCount()).isEqualTo(4);
		Scorecard scorecard = this.context.getBean(Scorecard.class);
		assertThat(scorecard.snapshot().layers().get(Layer.LLM).summary().incidents()).isZero();
		assertThat(scorecard.snapshot().layers().get(Layer.LLM).targets().get("a").skippedFor())
			.containsExactly(Map.entry("context_window", 8L));
	}

	@Test
	void theAnswerThatTheTargetInsistsOnCounts() {
		start("resilience.llm.targets.a.context-window=1200", "resilience.llm.targets.a.options.max-tokens=200");
		assertThat(servedBy(prompt(LONG, ChatOptions.builder().maxTokens(1).build()))).isEqualTo("b");
		assertThat(servedBy(new Prompt("hi"))).isEqualTo("a");
	}

	@Test
	void toolsCountAsWell() {
		start("resilience.llm.targets.a.context-window=1200");
		FunctionToolCallback<String, String> tool = FunctionToolCallback.builder("search", (String text) -> text)
			.description(LONG)
			.inputType(String.class)
			.build();
		assertThat(servedBy(prompt(LONG, ToolCallingChatOptions.builder().toolCallbacks(tool).build()))).isEqualTo("b");
	}

	@Test
	void whereItFitsNoneTheErrorSaysWhy() {
		start("resilience.llm.targets.a.context-window=500", "resilience.llm.targets.b.supports=tools",
				"resilience.llm.targets.b.context-window=800");
		ChainExhaustedException thrown = catchThrowableOfType(ChainExhaustedException.class,
				() -> this.model.call(prompt(LONG, ChatOptions.builder().maxTokens(100).build())));
		assertThat(thrown).hasMessageMatching("Every target of the llm chain 'default' was skipped; skipped: "
				+ "a \\(context window too small: about 1[0-9]{3} tokens and 100 for the answer, not 500\\), "
				+ "b \\(context window too small: about 1[0-9]{3} tokens and 100 for the answer, not 800\\)");
		assertThat(thrown.skipped()).extracting(SkippedTarget::reason)
			.containsOnly(SkippedTarget.Reason.CONTEXT_WINDOW);
		assertThat(thrown.retryIn()).isNull();
	}

	@Test
	void onlyOneThatNeedsNothingElseGoesToATargetThatDoesNotSupportAll() {
		start("resilience.llm.targets.a.supports=");
		FunctionToolCallback<String, String> tool = FunctionToolCallback.builder("search", (String text) -> text)
			.description("searches")
			.inputType(String.class)
			.build();
		Media image = new Media(MimeTypeUtils.IMAGE_PNG, new ByteArrayResource(new byte[] { 1, 2, 3 }));
		UserMessage shown = UserMessage.builder().text("What is this?").media(image).build();
		AssistantMessage called = AssistantMessage.builder()
			.content("")
			.toolCalls(List.of(new AssistantMessage.ToolCall("1", "function", "search", "{}")))
			.build();
		ToolResponseMessage found = ToolResponseMessage.builder()
			.responses(List.of(new ToolResponseMessage.ToolResponse("1", "search", "it")))
			.build();
		assertThat(servedBy(new Prompt("hi"))).isEqualTo("a");
		assertThat(servedBy(prompt("hi", ToolCallingChatOptions.builder().toolCallbacks(tool).build()))).isEqualTo("b");
		assertThat(servedBy(new Prompt(List.of(new UserMessage("find it"), called, found)))).isEqualTo("b");
		assertThat(servedBy(new Prompt(shown))).isEqualTo("b");
		assertThat(servedBy(prompt("hi",
				OpenAiChatOptions.builder()
					.responseFormat(ResponseFormat.builder().type(ResponseFormat.Type.JSON_OBJECT).build())
					.build())))
			.isEqualTo("b");
		assertThat(this.primary.requestCount()).isEqualTo(2);
	}

	@Test
	void aTargetThatSupportsWhatIsNeededIsAsked() {
		start("resilience.llm.targets.a.supports=json", "resilience.llm.targets.b.supports=tools,vision");
		ChatOptions json = OpenAiChatOptions.builder()
			.responseFormat(ResponseFormat.builder().type(ResponseFormat.Type.JSON_OBJECT).build())
			.build();
		assertThat(servedBy(prompt("hi", json))).isEqualTo("a");
		Media image = new Media(MimeTypeUtils.IMAGE_PNG, new ByteArrayResource(new byte[] { 1, 2, 3 }));
		UserMessage shown = UserMessage.builder().text("What is this?").media(image).build();
		ChainExhaustedException thrown = catchThrowableOfType(ChainExhaustedException.class,
				() -> this.model.call(new Prompt(List.of(shown), json)));
		assertThat(thrown).hasMessageContaining("a (not supported: vision)")
			.hasMessageContaining("b (not supported: json)");
	}

	@Test
	void nothingIsCountedWithoutAContextWindowOrForAShortPrompt() {
		start(Beans.class, "resilience.llm.targets.a.supports=tools");
		assertThat(servedBy(new Prompt(LONG + LONG))).isEqualTo("a");
		assertThat(this.context.getBean(Counting.class).asked).hasValue(0);
	}

	@Test
	void theEstimatorOfTheApplicationIsAskedAndStandsInNoCallsWayWhereItThrows() {
		start(Beans.class, "resilience.llm.targets.a.context-window=1200");
		Counting counting = this.context.getBean(Counting.class);
		assertThat(servedBy(new Prompt("hi"))).isEqualTo("a");
		assertThat(counting.asked).hasValue(0);
		assertThat(servedBy(new Prompt(LONG))).isEqualTo("b");
		assertThat(counting.asked).hasValue(2);
		counting.throwing = true;
		assertThat(servedBy(new Prompt(LONG))).isEqualTo("a");
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Beans {

		@Bean
		Counting counting() {
			return new Counting();
		}

	}

	/** Finds every text long. */
	static class Counting implements TokenCountEstimator {

		private final AtomicInteger asked = new AtomicInteger();

		private volatile boolean throwing;

		@Override
		public int estimate(String text) {
			this.asked.incrementAndGet();
			if (this.throwing) {
				throw new AssertionError("not ours");
			}
			return 1_000_000;
		}

		@Override
		public int estimate(MediaContent content) {
			return estimate("");
		}

		@Override
		public int estimate(Iterable<MediaContent> messages) {
			return estimate("");
		}

	}

}
