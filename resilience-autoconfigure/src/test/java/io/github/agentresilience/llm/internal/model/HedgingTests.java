package io.github.agentresilience.llm.internal.model;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.scorecard.internal.ScorecardSnapshot;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

class HedgingTests extends LlmFixture {

	private static final String[] AFTER_100_MS = { "resilience.llm.hedge.enabled=true",
			"resilience.llm.hedge.after=100ms" };

	private static Reply slow(String text) {
		return Reply.text(text).delay(Duration.ofSeconds(5));
	}

	private List<String> callAndStream(ChatModel model) {
		return atOnce(List.of(() -> text(model.call(new Prompt("hi"))), () -> streamed(model)));
	}

	private static <T> List<T> atOnce(List<Supplier<T>> calls) {
		List<CompletableFuture<T>> running = calls.stream()
			.map((call) -> CompletableFuture.supplyAsync(call, (task) -> new Thread(task, "caller").start()))
			.toList();
		return running.stream().map(CompletableFuture::join).toList();
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
		Awaitility.await().until(() -> this.primary.abandoned() == 1);
		assertLosersAreNoFailures();
	}

	@Test
	void aSlowStreamIsHedgedUntilItsFirstChunk() {
		ChatModel model = model(AFTER_100_MS);
		this.primary.always(slow("too late"));
		assertThat(streamed(model)).isEqualTo("I am the fallback");
		Awaitility.await().until(() -> this.primary.abandoned() == 1);
		assertLosersAreNoFailures();
	}

	private void assertLosersAreNoFailures() {
		assertThat(breaker("a").getMetrics().getNumberOfFailedCalls()).isZero();
		ScorecardSnapshot.LayerFigures llm = this.context.getBean(Scorecard.class).snapshot().layers().get(Layer.LLM);
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

	/** Replies as soon as that is so. */
	private static Function<ScriptedProvider.Request, Reply> once(BooleanSupplier condition, Reply reply) {
		return (request) -> {
			Awaitility.await().until(condition::getAsBoolean);
			return reply;
		};
	}

	private boolean bothAreHedged() {
		return this.fallback.requestCount() == 2;
	}

	private boolean bothFailed(String target) {
		return breaker(target).getMetrics().getNumberOfFailedCalls() == 2;
	}

	@Test
	void theFirstMayStillWinAndTheHedgeIsCancelled() {
		this.primary.answering(once(this::bothAreHedged, Reply.text("I am the primary")));
		this.fallback.always(slow("too late"));
		assertThat(callAndStream(model(AFTER_100_MS))).containsOnly("I am the primary");
		assertThat(this.fallback.requestCount()).isEqualTo(2);
		Awaitility.await().until(() -> this.fallback.abandoned() == 2);
		assertThat(breaker("b").getMetrics().getNumberOfBufferedCalls()).isZero();
	}

	@Test
	void whenTheFirstFailsTheHedgeTakesItsPlace() {
		this.primary.answering(once(this::bothAreHedged, Reply.status(401)));
		this.fallback.answering(once(() -> bothFailed("a"), Reply.text("I am the fallback")));
		assertThat(callAndStream(model(AFTER_100_MS))).containsOnly("I am the fallback");
		assertThat(this.primary.requestCount()).isEqualTo(2);
		assertThat(this.fallback.requestCount()).isEqualTo(2);
	}

	@Test
	void aHedgeThatFailsLeavesTheFirstAlone() {
		this.primary.answering(once(() -> bothFailed("b"), Reply.text("I am the primary")));
		this.fallback.always(Reply.status(503));
		assertThat(callAndStream(model(AFTER_100_MS))).containsOnly("I am the primary");
		assertThat(this.fallback.requestCount()).isEqualTo(2);
	}

	@Test
	void whenBothFailTheChainIsExhausted() {
		this.primary.answering(once(this::bothAreHedged, Reply.status(401)));
		this.fallback.answering(once(() -> bothFailed("a"), Reply.status(403)));
		ChatModel model = model(AFTER_100_MS);
		List<Throwable> thrown = atOnce(List.of(() -> catchThrowable(() -> model.call(new Prompt("hi"))),
				() -> catchThrowable(() -> streamed(model))));
		assertThat(thrown).allSatisfy((each) -> assertThat(each).isInstanceOf(ChainExhaustedException.class)
			.hasMessageContainingAll("401", "403"));
	}

	@Test
	void whenBothAreSilentTheDeadlineHolds() {
		ChatModel model = model("resilience.llm.hedge.enabled=true", "resilience.llm.hedge.after=100ms",
				"resilience.llm.deadline=2s");
		this.primary.always(Reply.hang());
		this.fallback.always(Reply.hang());
		long start = System.nanoTime();
		List<Throwable> thrown = atOnce(List.of(() -> catchThrowable(() -> model.call(new Prompt("hi"))),
				() -> catchThrowable(() -> streamed(model))));
		assertThat(thrown).allSatisfy((each) -> assertThat(each).isInstanceOf(ChainExhaustedException.class));
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
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
		for (int i = 0; i < 30; i++) {
			atOnce(Collections.nCopies(4, () -> text(model.call(new Prompt("hi")))));
		}
		// One may be over before its request has come
		assertThat(this.fallback.requestCount()).isBetween(8, 12);
	}

	@Test
	void aTargetMayBeHedgedThoughTheOthersAreNot() {
		ChatModel model = model("resilience.llm.targets.a.hedge.enabled=true",
				"resilience.llm.targets.a.hedge.after=100ms");
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
		assertThat(callAndStream(model)).containsOnly("I am the primary");
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
		this.primary.always(slow("too late"));
		// A request of an overtaken hedge may still be on its way, so they are not
		// counted
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
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
		Awaitility.await()
			.until(() -> this.fallback.requestCount() == 1 && breaker("a").getMetrics().getNumberOfFailedCalls() == 1);
		caller.interrupt();
		caller.join(5000);
		assertThat(caller.isAlive()).isFalse();
		Awaitility.await().until(() -> this.fallback.abandoned() == 1);
		assertThat(breaker("b").getMetrics().getNumberOfBufferedCalls()).isZero();
	}

}
