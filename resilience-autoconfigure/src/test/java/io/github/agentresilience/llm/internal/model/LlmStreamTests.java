package io.github.agentresilience.llm.internal.model;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.support.Reply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class LlmStreamTests extends LlmFixture {

	@ParameterizedTest
	@MethodSource("transientFailures")
	void aStreamFailsOverBeforeItsFirstChunk(Reply failure) {
		this.primary.always(failure);
		assertThat(streamed(model())).isEqualTo("I am the fallback");
		assertThat(this.primary.requestCount()).isEqualTo(2);
	}

	@Test
	void aStreamThatDoesNotStartTimesOutAndIsCancelled() {
		this.primary.always(Reply.hang());
		assertThat(streamed(model("resilience.llm.first-token-timeout=300ms"))).isEqualTo("I am the fallback");
		assertThat(this.primary.requestCount()).isEqualTo(1);
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> this.primary.abandoned() == 1);
	}

	@Test
	void aStreamThatIsCutLaterIsInterruptedWithTheTextSoFar() {
		this.primary.always(Reply.text("I am the primary").cutAfter(2));
		List<String> seen = new ArrayList<>();
		StreamInterruptedException thrown = catchThrowableOfType(StreamInterruptedException.class,
				() -> model().stream(new Prompt("hi")).doOnNext((chunk) -> {
					if (chunk.getResult() != null) {
						seen.add(chunk.getResult().getOutput().getText());
					}
				}).blockLast());
		assertThat(thrown.textSoFar()).isEqualTo("I am ");
		assertThat(thrown.target()).isEqualTo("a");
		assertThat(String.join("", seen)).isEqualTo("I am ");
		assertThat(this.fallback.requestCount()).isZero();
	}

	@Test
	void aStreamThatEndsWithoutAFinishReasonIsCut() {
		this.primary.always(Reply.text("I am the primary").endAfter(2));
		assertThatThrownBy(() -> streamed(model())).isInstanceOf(StreamInterruptedException.class);
	}

	@Test
	void aStalledStreamIsInterrupted() {
		this.primary.always(Reply.text("I am the primary").stallAfter(2));
		assertThatThrownBy(() -> streamed(model("resilience.llm.stream-idle-timeout=300ms"))).isInstanceOfSatisfying(
				StreamInterruptedException.class, (thrown) -> assertThat(thrown.kind()).isEqualTo(FailureKind.SILENT));
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> this.primary.abandoned() == 1);
	}

	@Test
	void aStreamWithoutDoneIsComplete() {
		this.primary.always(Reply.text("I am the primary").withoutDone());
		assertThat(streamed(model())).isEqualTo("I am the primary");
	}

	@Test
	void withCommitAtTheEndACutStreamIsAnsweredByTheNextTarget() {
		this.primary.always(Reply.text("I am the primary").cutAfter(3));
		assertThat(streamed(model("resilience.llm.stream-commit=complete"))).isEqualTo("I am the fallback");
		this.primary.always(Reply.text("I am the primary").errorEventAfter(3));
		assertThat(streamed(this.context.getBean(ChatModel.class))).isEqualTo("I am the fallback");
	}

	@Test
	void aTargetMayCommitItsStreamsOtherwiseThanTheOthers() {
		ChatModel model = model("resilience.llm.targets.a.stream-commit=complete");
		this.primary.always(Reply.text("I am the primary").cutAfter(3));
		assertThat(streamed(model)).isEqualTo("I am the fallback");
		this.fallback.always(Reply.text("I am the fallback").cutAfter(3));
		assertThatThrownBy(() -> streamed(model)).isInstanceOfSatisfying(StreamInterruptedException.class,
				(thrown) -> assertThat(thrown.textSoFar()).isNotEmpty());
	}

	@Test
	void cancellingTheSubscriptionCancelsTheExchangeAndIsNotCounted() {
		this.primary.always(Reply.text("I am the primary").stallAfter(1));
		model().stream(new Prompt("hi")).takeUntil((chunk) -> !chunkText(chunk).isEmpty()).blockLast();
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> this.primary.abandoned() == 1);
		assertThat(breaker("a").getMetrics().getNumberOfBufferedCalls()).isZero();
	}

}
