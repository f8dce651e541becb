package io.github.agentresilience.llm.internal.answer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.llm.internal.failure.ContentFilteredException;
import io.github.agentresilience.llm.internal.model.AnswerMetadata;
import io.github.agentresilience.llm.internal.model.ChatAnswers;
import io.github.agentresilience.llm.internal.model.LlmFixture;
import io.github.agentresilience.support.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Tool calls in streams, which Spring AI holds back until they are whole.
 */
class StreamedToolCallTests extends LlmFixture {

	private static final String ARGUMENTS = IntStream.range(0, 15)
		.mapToObj((i) -> "\"k" + i + "\":" + i)
		.collect(Collectors.joining(", ", "{", "}"));

	private static final Reply LONG_CALL = Reply.toolCall("lookup", ARGUMENTS).chunkDelay(Duration.ofMillis(100));

	private final List<ChatResponse> heard = new ArrayList<>();

	private List<AssistantMessage.ToolCall> toolCalls() {
		return this.heard.stream()
			.flatMap((chunk) -> chunk.getResults().stream())
			.flatMap((each) -> each.getOutput().getToolCalls().stream())
			.toList();
	}

	private String listen(ChatModel model) {
		return model.stream(new Prompt("hi"))
			.doOnNext(this.heard::add)
			.map(LlmFixture::chunkText)
			.collect(Collectors.joining())
			.block(Duration.ofSeconds(30));
	}

	@Test
	void aTargetThatGoesOnSendingItsArgumentsIsNotSilent() {
		this.primary.always(LONG_CALL);
		listen(model("resilience.llm.stream-idle-timeout=600ms", "resilience.llm.first-token-timeout=600ms"));
		assertThat(toolCalls()).singleElement().satisfies((call) -> assertThat(call.arguments()).isEqualTo(ARGUMENTS));
		assertThat(this.fallback.requestCount()).isZero();
		assertThat(this.primary.requestCount()).isEqualTo(1);
	}

	@Test
	void aTargetThatFallsSilentWithinItsArgumentsIsFoundOut() {
		this.primary.always(LONG_CALL.stallAfter(5));
		long start = System.nanoTime();
		assertThat(listen(model("resilience.llm.stream-idle-timeout=600ms", "resilience.llm.first-token-timeout=20s",
				"resilience.llm.retry.max-attempts=1")))
			.isEqualTo("I am the fallback");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
		assertThat(toolCalls()).isEmpty();
	}

	@Test
	void commentsAreNoProgress() {
		this.primary.always(Reply.text("never seen").commentsAfter(0));
		assertThat(
				streamed(model("resilience.llm.stream-idle-timeout=600ms", "resilience.llm.first-token-timeout=600ms")))
			.isEqualTo("I am the fallback");
	}

	static List<Reply> breaks() {
		Reply call = Reply.toolCall("lookup", "{\"city\": \"Bern\", \"day\": \"today\"}");
		return List.of(call.cutAfter(2), call.endAfter(2), call.malformedAfter(2), call.errorEventAfter(2),
				call.stallAfter(2));
	}

	@ParameterizedTest
	@MethodSource("breaks")
	void halfAToolCallIsNeverSeenAndTheNextTargetAnswers(Reply broken) {
		this.primary.always(broken);
		assertThat(listen(model("resilience.llm.stream-idle-timeout=600ms"))).isEqualTo("I am the fallback");
		assertThat(toolCalls()).isEmpty();
		assertThat(this.heard).allMatch((chunk) -> "b".equals(chunk.getMetadata().get(AnswerMetadata.TARGET)));
	}

	@ParameterizedTest
	@ValueSource(strings = { "eos", "end_turn", "stop_sequence", "COMPLETE", "STOP" })
	void whatSaysTheSameAsStopInOtherWordsEndsAnAnswer(String finishReason) {
		this.primary.always(Reply.finished(finishReason, "I am the primary"));
		ChatModel model = model();
		assertThat(streamed(model)).isEqualTo("I am the primary");
		assertThat(listen(model)).isEqualTo("I am the primary");
		assertThat(this.heard).anyMatch((chunk) -> "STOP".equals(ChatAnswers.finishReason(chunk)));
		ChatResponse answer = model.call(new Prompt("hi"));
		assertThat(text(answer)).isEqualTo("I am the primary");
		assertThat(answer.getResult().getMetadata().getFinishReason()).isEqualTo("STOP");
		assertThat(this.fallback.requestCount()).isZero();
	}

	@Test
	void aLengthInOtherWordsIsNoEmptyAnswer() {
		// It spent its tokens before it said anything; another may need fewer, and where
		// none does, it is the answer
		this.primary.always(Reply.finished("max_tokens", ""));
		ChatModel model = model();
		assertThat(streamed(model)).isEqualTo("I am the fallback");
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		this.fallback.always(Reply.finished("length", ""));
		assertThat(streamed(model)).isEmpty();
		ChatResponse answer = model.call(new Prompt("hi"));
		assertThat(text(answer)).isEmpty();
		assertThat(answer.getResult().getMetadata().getFinishReason()).isEqualTo("LENGTH");
	}

	@Test
	void aFilterInOtherWordsIsOne() {
		this.primary.always(Reply.finished("SAFETY", ""));
		ChatModel model = model();
		assertThatThrownBy(() -> streamed(model)).isInstanceOf(ContentFilteredException.class);
		assertThatThrownBy(() -> model.call(new Prompt("hi"))).isInstanceOf(ContentFilteredException.class);
	}

	@ParameterizedTest
	@ValueSource(strings = { "error", "abort", "network_error", "cancelled", "insufficient_system_resource" })
	void anErrorAsFinishReasonIsAFailure(String finishReason) {
		this.primary.always(Reply.finished(finishReason, "I was the pri"));
		ChatModel model = model();
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		assertThatThrownBy(() -> streamed(model)).isInstanceOfSatisfying(StreamInterruptedException.class,
				(thrown) -> assertThat(thrown.kind()).isEqualTo(FailureKind.TRANSIENT));
	}

	@Test
	void anErrorThatAChoiceExplainsIsAFailureToo() {
		String choice = "\"finish_reason\":\"error\",\"error\":{\"code\":502,\"message\":\"upstream\"}}]}";
		String head = "{\"id\":\"c\",\"object\":\"chat.completion%s\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,";
		ChatModel model = model();
		this.primary.always(Reply.raw(200, "application/json",
				head.formatted("") + "\"message\":{\"role\":\"assistant\",\"content\":\"I was the pri\"}," + choice));
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		this.primary.always(Reply.raw(200, "text/event-stream", "data: " + head.formatted(".chunk")
				+ "\"delta\":{\"content\":\"\"}," + choice + "\n\ndata: [DONE]\n\n"));
		assertThat(streamed(model)).isEqualTo("I am the fallback");
	}

	@Test
	void anEventStreamUnderAnotherNameIsNotHeldBack() {
		this.primary.always(Reply.raw(200, "application/json",
				"data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
						+ "\"delta\":{\"content\":\"I am the primary\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"));
		assertThat(streamed(model())).isEqualTo("I am the primary");
	}

	@Test
	void textThatSpeaksOfFinishReasonsIsLeftAsItIs() {
		String text = "say \\\"finish_reason\\\": \\\"eos\\\" and \\\"error\\\": {";
		this.primary.always(Reply.text(text));
		ChatModel model = model();
		assertThat(streamed(model)).isEqualTo(text.replace("\\\"", "\""));
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo(text.replace("\\\"", "\""));
	}

	@Test
	void aStreamIsAsSlowAsItsFirstChunkOnTheWire() {
		this.primary
			.always(Reply.toolCall("lookup", "{\"a\": 1, \"b\": 2}").chunkDelay(Duration.ofMillis(400)).withoutRole());
		// All of its chunks take longer than that
		ChatModel model = model("resilience.llm.breaker.slow-call=4s");
		listen(model);
		assertThat(toolCalls()).hasSize(1);
		assertThat(breaker("a").getMetrics().getNumberOfSlowCalls()).isZero();
	}

}
