package io.github.agentresilience.llm;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.scorecard.Scorecard;
import io.github.agentresilience.scorecard.ScorecardSnapshot;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.support.Reply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class HedgingTests extends LlmFixture {

	private static final String[] AFTER_100_MS = { "resilience.llm.hedge.enabled=true",
			"resilience.llm.hedge.after=100ms" };

	private static Reply slow(String text) {
		return Reply.text(text).delay(Duration.ofSeconds(5));
	}

	@Test
	void aSlowCallIsHedgedAndTheLoserIsCancelled() {
		ChatModel model = model(AFTER_100_MS);
		this.primary.always(slow("too late"));
		ChatResponse answer = model.call(new Prompt("hi"));
		assertThat(text(answer)).isEqualTo("I am the fallback");
		assertThat(answer.getMetadata().<String>get(AnswerMetadata.TARGET)).isEqualTo("b");
		assertThat(this.primary.requestCount()).isEqualTo(1);
		assertThat(this.fallback.requestCount()).isEqualTo(1);
		Awaitility.await().atMost(2, TimeUnit.SECONDS).until(() -> this.primary.abandoned() == 1);
		assertLosersAreNoFailures();
	}

	@Test
	void aSlowStreamIsHedgedUntilItsFirstChunk() {
		ChatModel model = model(AFTER_100_MS);
		this.primary.always(slow("too late"));
		assertThat(streamed(model)).isEqualTo("I am the fallback");
		Awaitility.await().atMost(2, TimeUnit.SECONDS).until(() -> this.primary.abandoned() == 1);
		assertLosersAreNoFailures();
	}

	private void assertLosersAreNoFailures() {
		assertThat(breaker("a").getMetrics().getNumberOfFailedCalls()).isZero();
		ScorecardSnapshot.Leg llm = this.context.getBean(Scorecard.class).snapshot().legs().get(Layer.LLM);
		assertThat(llm.targets().get("a").failed()).isZero();
		assertThat(llm.summary().incidents()).isZero();
		assertThat(llm.summary().calls()).isEqualTo(1);
		assertThat(llm.targets().get("b").served()).isEqualTo(1);
	}

	@Test
	void aQuickAnswerIsNotHedged() {
		ChatModel model = model(AFTER_100_MS);
		model.call(new Prompt("warm up"));
		int before = this.fallback.requestCount();
		for (int i = 0; i < 10; i++) {
			assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the primary");
			assertThat(streamed(model)).isEqualTo("I am the primary");
		}
		assertThat(this.fallback.requestCount()).isEqualTo(before);
	}

	@Test
	void theFirstMayStillWinAndTheHedgeIsCancelled() {
		this.primary.always(Reply.text("I am the primary").delay(Duration.ofMillis(1500)));
		this.fallback.always(slow("too late"));
		ChatModel model = model(AFTER_100_MS);
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the primary");
		assertThat(streamed(model)).isEqualTo("I am the primary");
		assertThat(this.fallback.requestCount()).isEqualTo(2);
		Awaitility.await().atMost(2, TimeUnit.SECONDS).until(() -> this.fallback.abandoned() == 2);
		assertThat(breaker("b").getMetrics().getNumberOfBufferedCalls()).isZero();
	}

	@Test
	void whenTheFirstFailsTheHedgeTakesItsPlace() {
		this.primary.always(Reply.status(401).delay(Duration.ofMillis(1300)));
		this.fallback.always(Reply.text("I am the fallback").delay(Duration.ofMillis(1500)));
		ChatModel model = model(AFTER_100_MS);
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		assertThat(streamed(model)).isEqualTo("I am the fallback");
		assertThat(this.primary.requestCount()).isEqualTo(2);
		assertThat(this.fallback.requestCount()).isEqualTo(2);
	}

	@Test
	void aHedgeThatFailsLeavesTheFirstAlone() {
		this.primary.always(Reply.text("I am the primary").delay(Duration.ofMillis(1500)));
		this.fallback.always(Reply.status(503));
		ChatModel model = model(AFTER_100_MS);
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the primary");
		assertThat(streamed(model)).isEqualTo("I am the primary");
		assertThat(this.fallback.requestCount()).isEqualTo(2);
	}

	@Test
	void whenBothFailTheChainIsExhausted() {
		this.primary.always(Reply.status(401).delay(Duration.ofMillis(1300)));
		this.fallback.always(Reply.status(403).delay(Duration.ofMillis(1500)));
		ChatModel model = model(AFTER_100_MS);
		assertThatThrownBy(() -> model.call(new Prompt("hi"))).isInstanceOf(ChainExhaustedException.class)
			.hasMessageContainingAll("401", "403");
		assertThatThrownBy(() -> streamed(model)).isInstanceOf(ChainExhaustedException.class);
	}

	@Test
	void whenBothAreSilentTheDeadlineHolds() {
		ChatModel model = model("resilience.llm.hedge.enabled=true", "resilience.llm.hedge.after=100ms",
				"resilience.llm.deadline=600ms");
		this.primary.always(Reply.hang());
		this.fallback.always(Reply.hang());
		long start = System.nanoTime();
		assertThatThrownBy(() -> model.call(new Prompt("hi"))).isInstanceOf(ChainExhaustedException.class);
		assertThatThrownBy(() -> streamed(model)).isInstanceOf(ChainExhaustedException.class);
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(2200));
		assertThat(this.fallback.requestCount()).isEqualTo(2);
	}

	@Test
	void aCutAfterTheFirstChunkOfTheWinnerIsAnInterruption() {
		this.primary.always(slow("too late"));
		this.fallback.always(Reply.text("one two three four").cutAfter(2));
		ChatModel model = model(AFTER_100_MS);
		assertThatThrownBy(() -> streamed(model))
			.isInstanceOf(io.github.agentresilience.chain.StreamInterruptedException.class);
	}

	@Test
	void withCommitAtTheEndTheFirstWholeAnswerWins() {
		this.primary.always(Reply.text("one two three").stallAfter(1));
		ChatModel model = model("resilience.llm.hedge.enabled=true", "resilience.llm.hedge.after=100ms",
				"resilience.llm.stream-commit=complete", "resilience.llm.stream-idle-timeout=400ms");
		assertThat(streamed(model)).isEqualTo("I am the fallback");
	}

	@Test
	void onlyAShareOfCallsIsHedged() {
		ChatModel model = model("resilience.llm.hedge.enabled=true", "resilience.llm.hedge.after=20ms",
				"resilience.llm.hedge.budget=0.1");
		this.primary.always(Reply.text("I am the primary").delay(Duration.ofMillis(60)));
		this.fallback.always(slow("too late"));
		for (int i = 0; i < 120; i++) {
			model.call(new Prompt("hi"));
		}
		// One may be over before its request has come
		assertThat(this.fallback.requestCount()).isBetween(8, 12);
	}

	@Test
	void aTargetMayBeHedgedThoughTheOthersAreNot() {
		ChatModel model = model("resilience.llm.targets.a.hedge.enabled=true", "resilience.llm.targets.a.hedge.after=100ms");
		this.primary.always(slow("too late"));
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		assertThat(streamed(model)).isEqualTo("I am the fallback");
		assertThat(this.primary.requestCount()).isEqualTo(2);
	}

	@Test
	void aTargetThatIsAlwaysSlowMayBeLeftInPeace() {
		ChatModel model = model("resilience.llm.hedge.enabled=true", "resilience.llm.hedge.after=100ms",
				"resilience.llm.targets.a.hedge.enabled=false");
		this.primary.always(Reply.text("I am the primary").delay(Duration.ofMillis(600)));
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the primary");
		assertThat(streamed(model)).isEqualTo("I am the primary");
		assertThat(this.fallback.requestCount()).isZero();
	}

	@Test
	void aTargetMayHaveADelayOfItsOwn() {
		ChatModel model = model("resilience.llm.hedge.enabled=true", "resilience.llm.hedge.after=20s",
				"resilience.llm.targets.a.hedge.after=100ms");
		this.primary.always(slow("too late"));
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
	}

	@Test
	void aBudgetOfNothingHedgesNothing() {
		ChatModel model = model("resilience.llm.hedge.enabled=true", "resilience.llm.hedge.after=20ms",
				"resilience.llm.hedge.budget=0");
		this.primary.always(Reply.text("I am the primary").delay(Duration.ofMillis(60)));
		for (int i = 0; i < 3; i++) {
			model.call(new Prompt("hi"));
		}
		assertThat(this.fallback.requestCount()).isZero();
	}

	@Test
	void theTargetsOwnPercentileSaysWhatIsSlow() {
		ChatModel model = model("resilience.llm.hedge.enabled=true");
		for (int i = 0; i < 30; i++) {
			model.call(new Prompt("hi"));
		}
		int hedges = this.fallback.requestCount();
		this.primary.always(slow("too late"));
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		assertThat(this.fallback.requestCount()).isEqualTo(hedges + 1);
	}

	@Test
	void aBrownoutThatHedgesHideOpensTheBreakerAllTheSame() {
		ChatModel model = model("resilience.llm.hedge.enabled=true", "resilience.llm.breaker.window=10");
		for (int i = 0; i < 30; i++) {
			model.call(new Prompt("hi"));
		}
		this.primary.always(slow("too late"));
		for (int i = 0; i < 10; i++) {
			model.call(new Prompt("hi"));
		}
		assertThat(breaker("a").getState()).hasToString("OPEN");
	}

	@Test
	void anInterruptStopsBothAttempts() throws Exception {
		ChatModel model = model(AFTER_100_MS);
		this.primary.always(Reply.status(401).delay(Duration.ofMillis(400)));
		this.fallback.always(slow("too late"));
		Thread caller = new Thread(() -> assertThatThrownBy(() -> model.call(new Prompt("hi")))
			.isInstanceOf(io.github.agentresilience.chain.CallCancelledException.class));
		caller.start();
		Awaitility.await().until(() -> this.fallback.requestCount() == 1
				&& breaker("a").getMetrics().getNumberOfFailedCalls() == 1);
		caller.interrupt();
		caller.join(5000);
		assertThat(caller.isAlive()).isFalse();
		Awaitility.await().atMost(2, TimeUnit.SECONDS).until(() -> this.fallback.abandoned() == 1);
		assertThat(breaker("b").getMetrics().getNumberOfBufferedCalls()).isZero();
	}

}
