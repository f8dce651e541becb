package io.github.agentresilience.llm.internal.model;

import java.time.Duration;
import java.util.List;

import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.support.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What is set for one target holds for that one, and the layer's for the others.
 */
class PerTargetPolicyTests extends LlmFixture {

	private static final Duration LONG_BEFORE_THE_LAYERS = Duration.ofSeconds(20);

	@Test
	void itsTimeoutEndsItsAttempt() {
		this.primary.always(Reply.hang());
		ChatModel model = model("resilience.llm.timeout=40s", "resilience.llm.targets.a.timeout=300ms");
		long start = System.nanoTime();
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LONG_BEFORE_THE_LAYERS);
	}

	@Test
	void aLongerOneOutlastsTheLayers() {
		this.primary.always(Reply.text("I am the primary").delay(Duration.ofMillis(900)));
		this.fallback.always(Reply.hang());
		assertThat(text(
				model("resilience.llm.timeout=300ms", "resilience.llm.targets.a.timeout=30s").call(new Prompt("hi"))))
			.isEqualTo("I am the primary");
	}

	@Test
	void itsFirstTokenTimeoutEndsItsStream() {
		this.primary.always(Reply.hang());
		ChatModel model = model("resilience.llm.first-token-timeout=40s",
				"resilience.llm.targets.a.first-token-timeout=300ms");
		long start = System.nanoTime();
		assertThat(streamed(model)).isEqualTo("I am the fallback");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LONG_BEFORE_THE_LAYERS);
	}

	@Test
	void itsStreamIdleTimeoutEndsItsSilence() {
		this.primary.always(Reply.text("I am the primary").stallAfter(2));
		ChatModel model = model("resilience.llm.stream-idle-timeout=40s",
				"resilience.llm.targets.a.stream-idle-timeout=300ms");
		long start = System.nanoTime();
		assertThatThrownBy(() -> streamed(model)).isInstanceOfSatisfying(StreamInterruptedException.class,
				(thrown) -> assertThat(thrown.kind()).isEqualTo(FailureKind.SILENT));
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LONG_BEFORE_THE_LAYERS);
	}

	@Test
	void itsRetriesAreItsOwn() {
		this.primary.always(Reply.status(503));
		this.fallback.always(Reply.status(503));
		ChatModel model = model("resilience.llm.targets.a.retry.max-attempts=3", "resilience.llm.retry.max-attempts=1",
				"resilience.llm.breaker.window=50", "resilience.llm.breaker.minimum-calls=50");
		assertThatThrownBy(() -> model.call(new Prompt("hi"))).isInstanceOf(RuntimeException.class);
		assertThat(this.primary.requestCount()).isEqualTo(3);
		assertThat(this.fallback.requestCount()).isEqualTo(1);
	}

	@Test
	void itsBackoffIsItsOwn() {
		this.primary.then(Reply.status(503));
		ChatModel model = model("resilience.llm.targets.a.retry.initial-backoff=600ms",
				"resilience.llm.targets.a.retry.jitter=0");
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the primary");
		assertThat(
				Duration.ofNanos(this.primary.requests().get(1).nanoTime() - this.primary.requests().get(0).nanoTime()))
			.isGreaterThan(Duration.ofMillis(550));
	}

	@Test
	void itsMaxRetryAfterIsItsOwn() {
		this.primary.then(Reply.status(429).header("retry-after-ms", "200"));
		assertThat(text(model("resilience.llm.targets.a.retry.max-retry-after=1s").call(new Prompt("hi"))))
			.isEqualTo("I am the primary");
		assertThat(this.fallback.requestCount()).isZero();
	}

	@Test
	void theUsageOfAStreamIsThatOfTheTargetThatServed() {
		this.primary.always(Reply.status(503));
		List<ChatResponse> chunks = model().stream(new Prompt("hi")).collectList().block();
		assertThat(chunks).filteredOn((chunk) -> chunk.getMetadata().getUsage().getTotalTokens() > 0)
			.singleElement()
			.satisfies((chunk) -> {
				assertThat(chunk.getMetadata().getUsage().getTotalTokens()).isEqualTo(8);
				assertThat(chunk.getMetadata().getModel()).isEqualTo("model-b");
				assertThat(chunk.getMetadata().<String>get(AnswerMetadata.TARGET)).isEqualTo("b");
			});
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void fallbackOnContentFilterHoldsForEveryFormOfOne(boolean stream) {
		ChatModel model = model("resilience.llm.fallback-on=content-filter");
		for (Reply filtered : List.of(Reply.finished("content_filter", ""),
				Reply.error(400, "invalid_request_error", "content_filter", "filtered"),
				Reply.raw(400, "application/json",
						"{\"error\":{\"message\":\"no\",\"type\":\"ContentPolicyViolationError\",\"code\":\"400\"}}"),
				Reply.raw(200, "application/json",
						"{\"id\":null,\"error\":{\"message\":\"no\",\"code\":\"content_filter\"}}"))) {
			this.primary.always(filtered);
			assertThat(stream ? streamed(model) : text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		}
		assertThat(breaker("a").getMetrics().getNumberOfFailedCalls()).isZero();
	}

	@Test
	void withoutItAFilteredStreamIsThrown() {
		this.primary.always(Reply.raw(200, "text/event-stream",
				"data: {\"error\":{\"message\":\"no\",\"type\":\"x\",\"code\":\"content_filter\"}}\n\n"));
		ChatModel model = model();
		assertThatThrownBy(() -> streamed(model)).isInstanceOf(RuntimeException.class);
		assertThat(this.fallback.requestCount()).isZero();
	}

}
