package io.github.agentresilience.llm.internal.model;

import java.time.Duration;
import java.util.List;

import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.support.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * A slow provider that is the only one is no worse off with the chain around it than
 * without, and one that takes its time to fail costs the caller that time once.
 * Milliseconds stand for the seconds of the defaults.
 */
class SlowProviderTests extends LlmFixture {

	private static final String ONE_TARGET = "resilience.llm.chains.default=a";

	private String ask(boolean stream, ChatModel model) {
		return stream ? streamed(model) : text(model.call(new Prompt("hi")));
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void anAnswerThatComesAfterTheTimeoutOfAnAttemptIsTaken(boolean stream) {
		this.primary.always(Reply.text("late but here").delay(Duration.ofMillis(900)));
		ChatModel model = model(ONE_TARGET, "resilience.llm.timeout=600ms");
		assertThat(ask(stream, model)).isEqualTo("late but here");
		assertThat(this.context.getBean(Scorecard.class).snapshot().overall().failed()).isZero();
		assertThat(breaker("a").getMetrics().getNumberOfFailedCalls()).isZero();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void withoutARetryTheOneAttemptHasTheDeadline(boolean stream) {
		this.primary.always(Reply.text("late but here").delay(Duration.ofMillis(700)));
		ChatModel model = model(ONE_TARGET, "resilience.llm.timeout=200ms", "resilience.llm.retry.max-attempts=1");
		assertThat(ask(stream, model)).isEqualTo("late but here");
		assertThat(this.primary.requestCount()).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void ofSeveralTargetsTheLastThatCanBeAskedHasTheTimeThatIsLeft(boolean stream) {
		this.primary.always(Reply.hang());
		this.fallback.always(Reply.text("late but here").delay(Duration.ofMillis(700)));
		ChatModel model = model("resilience.llm.timeout=200ms", "resilience.llm.retry.max-attempts=1");
		assertThat(ask(stream, model)).isEqualTo("late but here");
		assertThat(this.primary.requestCount()).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whenTheOthersAreOpenTheFirstIsTheLastThatCanBeAsked(boolean stream) {
		this.primary.always(Reply.text("late but here").delay(Duration.ofMillis(700)));
		ChatModel model = model("resilience.llm.timeout=200ms", "resilience.llm.retry.max-attempts=1");
		breaker("b").transitionToOpenState();
		assertThat(ask(stream, model)).isEqualTo("late but here");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void theDeadlineHoldsForTheLastAttemptToo(boolean stream) {
		this.primary.always(Reply.hang());
		ChatModel model = model(ONE_TARGET, "resilience.llm.timeout=200ms", "resilience.llm.deadline=800ms");
		long start = System.nanoTime();
		assertThat(catchThrowable(() -> ask(stream, model))).hasMessageContaining("deadline");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(700),
				Duration.ofSeconds(5));
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aFailureThatTookLongIsNotAskedForAgainOnTheSameTarget(boolean stream) {
		// A connection that was used before and is closed within two seconds is taken for
		// a stale one, so the first is the close
		for (Reply late : List.of(Reply.close(), Reply.status(504), Reply.status(500), Reply.truncatedJson(),
				Reply.html(502))) {
			this.primary.then(late.delay(Duration.ofMillis(400)));
		}
		ChatModel model = model("resilience.llm.breaker.slow-call=300ms", "resilience.llm.breaker.minimum-calls=20");
		for (int asked = 1; asked <= 5; asked++) {
			assertThat(ask(stream, model)).isEqualTo("I am the fallback");
			assertThat(this.primary.requestCount()).isEqualTo(asked);
		}
	}

	@Test
	void aFailureThatTookLongIsRetriedWhereThereIsNoOtherTarget() {
		this.primary.then(Reply.status(504).delay(Duration.ofMillis(400)));
		ChatModel model = model(ONE_TARGET, "resilience.llm.breaker.slow-call=300ms");
		assertThat(ask(false, model)).isEqualTo("I am the primary");
	}

	@Test
	void aFirstTokenIsNotWaitedForLongerThanAWholeAnswer() {
		this.primary.always(Reply.hang());
		ChatModel model = model("resilience.llm.timeout=300ms");
		long start = System.nanoTime();
		assertThat(streamed(model)).isEqualTo("I am the fallback");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
	}

}
