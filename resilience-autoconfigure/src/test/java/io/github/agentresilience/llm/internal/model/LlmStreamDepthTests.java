package io.github.agentresilience.llm.internal.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.support.Reply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LlmStreamDepthTests extends LlmFixture {

	static List<Reply> breaks() {
		Reply words = Reply.text("one two three four");
		return List.of(words.cutAfter(2), words.endAfter(2), words.malformedAfter(2), words.errorEventAfter(2),
				words.stallAfter(2));
	}

	@ParameterizedTest
	@MethodSource("breaks")
	void aStreamThatBreaksSaysWhatItHasSaidAndNothingTwice(Reply broken) {
		this.primary.always(broken);
		ChatModel model = model("resilience.llm.stream-idle-timeout=400ms");
		StringBuilder heard = new StringBuilder();
		assertThatThrownBy(
				() -> model.stream(new Prompt("hi")).doOnNext((chunk) -> heard.append(chunkText(chunk))).blockLast())
			.isInstanceOf(StreamInterruptedException.class)
			.satisfies((thrown) -> assertThat(((StreamInterruptedException) thrown).textSoFar())
				.isEqualTo(heard.toString()));
		assertThat(heard).hasToString("one two ");
		assertThat(this.fallback.requestCount()).isZero();
	}

	@ParameterizedTest
	@MethodSource("breaks")
	void withCommitAtTheEndEveryBreakIsAnsweredByTheNextTarget(Reply broken) {
		this.primary.always(broken);
		assertThat(streamed(model("resilience.llm.stream-commit=complete", "resilience.llm.stream-idle-timeout=400ms")))
			.isEqualTo("I am the fallback");
	}

	@Test
	void aToolCallThatIsCutNeverLooksWhole() {
		Reply call = Reply.toolCall("lookup", "{\"city\": \"Bern\", \"day\": \"today\"}");
		this.primary.always(call.cutAfter(2));
		ChatModel model = model();
		List<ChatResponse> heard = new ArrayList<>();
		assertThat(model.stream(new Prompt("hi"))
			.doOnNext(heard::add)
			.map(LlmFixture::chunkText)
			.collect(Collectors.joining())
			.block()).isEqualTo("I am the fallback");
		assertThat(heard)
			.noneMatch((chunk) -> chunk.getResult() != null && chunk.getResult().getOutput().hasToolCalls());
	}

	@Test
	void aWholeToolCallArrivesOnceAndWhole() {
		this.primary.always(Reply.toolCall("lookup", "{\"city\": \"Bern\", \"day\": \"today\"}"));
		List<AssistantMessage.ToolCall> calls = model().stream(new Prompt("hi"))
			.filter((chunk) -> chunk.getResult() != null)
			.flatMapIterable((chunk) -> chunk.getResult().getOutput().getToolCalls())
			.collectList()
			.block();
		assertThat(calls).singleElement().satisfies((call) -> {
			assertThat(call.name()).isEqualTo("lookup");
			assertThat(call.arguments()).isEqualTo("{\"city\": \"Bern\", \"day\": \"today\"}");
		});
	}

	@Test
	void aSlowSubscriberGetsEveryChunkOnceAndInOrder() {
		String text = IntStream.range(0, 300).mapToObj((i) -> "w" + i).collect(Collectors.joining(" "));
		this.primary.always(Reply.text(text));
		StringBuilder heard = new StringBuilder();
		model("resilience.llm.stream-idle-timeout=2s").stream(new Prompt("hi"))
			.concatMap((chunk) -> Mono.just(chunk).delayElement(Duration.ofMillis(8)), 1)
			.doOnNext((chunk) -> heard.append(chunkText(chunk)))
			.blockLast(Duration.ofSeconds(60));
		assertThat(heard).hasToString(text);
	}

	@Test
	void usageAndModelAreThoseOfTheTargetThatServed() {
		this.primary.always(Reply.status(503));
		List<ChatResponse> chunks = model().stream(new Prompt("hi")).collectList().block();
		assertThat(chunks).allMatch((chunk) -> "b".equals(chunk.getMetadata().get(AnswerMetadata.TARGET)));
		assertThat(chunks).anyMatch((chunk) -> "model-b".equals(chunk.getMetadata().getModel()));
	}

	@Test
	void aBrownoutOpensTheBreakerByTheTimeToTheFirstChunkNotByTheLengthOfTheAnswer() {
		this.primary.always(Reply.text("one two three").delay(Duration.ofMillis(250)));
		ChatModel model = model("resilience.llm.breaker.slow-call=200ms");
		for (int i = 0; i < 5; i++) {
			assertThat(streamed(model)).isEqualTo("one two three");
		}
		assertThat(breaker("a").getState()).hasToString("OPEN");
		assertThat(streamed(model)).isEqualTo("I am the fallback");
	}

	@Test
	void aRetryAfterOfAStreamIsHonoured() {
		this.primary.always(Reply.status(429).header("Retry-After", "60"));
		ChatModel model = model();
		assertThat(streamed(model)).isEqualTo("I am the fallback");
		assertThat(streamed(model)).isEqualTo("I am the fallback");
		assertThat(this.primary.requestCount()).isEqualTo(1);
	}

	@Test
	void aSilentTargetIsAskedAgainWhereNoOtherCanBe() {
		ChatModel model = model("resilience.llm.first-token-timeout=300ms", "resilience.llm.timeout=300ms");
		breaker("b").transitionToForcedOpenState();
		this.primary.then(Reply.hang()).then(Reply.text("back")).then(Reply.hang()).then(Reply.text("back"));
		assertThat(streamed(model)).isEqualTo("back");
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("back");
		Awaitility.await().until(() -> this.primary.abandoned() == 2);
	}

}
