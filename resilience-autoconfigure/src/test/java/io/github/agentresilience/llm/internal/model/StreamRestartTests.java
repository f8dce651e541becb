package io.github.agentresilience.llm.internal.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.LastResort;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.llm.LastResorts;
import io.github.agentresilience.llm.StreamRestarts;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.scorecard.internal.ScorecardSnapshot;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import io.micrometer.core.instrument.MeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * A stream that breaks after its first chunk is begun anew by the next target, and its
 * subscriber is told so.
 */
class StreamRestartTests extends LlmFixture {

	static final String RESTART = "resilience.llm.stream-commit=restart";

	static final String ONCE = "resilience.llm.retry.max-attempts=1";

	private final ScriptedProvider third = new ScriptedProvider().always(Reply.text("I am the third"));

	@AfterEach
	void closeThird() {
		this.third.close();
	}

	private ChatModel threeTargets(String... properties) {
		List<String> all = new ArrayList<>(List.of("resilience.llm.targets.c.base-url=" + this.third.baseUrl(),
				"resilience.llm.targets.c.api-key=" + KEY, "resilience.llm.targets.c.model=model-c",
				"resilience.llm.chains.default=a,b,c", RESTART));
		all.addAll(List.of(properties));
		return model(all.toArray(String[]::new));
	}

	private static List<ChatResponse> chunks(ChatModel model) {
		return model.stream(new Prompt("hi")).collectList().block();
	}

	/** What is shown, with a bar where it begins anew. */
	private static String shown(Flux<ChatResponse> stream) {
		return StreamRestarts.text(stream)
			.map((piece) -> (piece.restart() ? "|" : "") + piece.text())
			.collect(Collectors.joining())
			.block();
	}

	private static List<Reply> breaks() {
		Reply whole = Reply.text("I am the primary");
		return List.of(whole.cutAfter(2), whole.endAfter(2), whole.stallAfter(2), whole.malformedAfter(2),
				whole.errorEventAfter(2));
	}

	@ParameterizedTest
	@MethodSource("breaks")
	void aStreamThatBreaksIsBegunAnewByTheNextTarget(Reply broken) {
		ChatModel model = model(RESTART, "resilience.llm.stream-idle-timeout=400ms");
		this.primary.always(broken);
		List<ChatResponse> chunks = chunks(model);
		List<ChatResponse> restarts = chunks.stream().filter(StreamRestarts::isRestart).toList();
		assertThat(restarts).hasSize(1);
		assertThat(restarts.get(0).getMetadata().<Boolean>get("resilience.restart")).isTrue();
		int at = chunks.indexOf(restarts.get(0));
		assertThat(chunks.subList(0, at)).extracting((chunk) -> chunk.getMetadata().<String>get(AnswerMetadata.TARGET))
			.containsOnly("a");
		assertThat(chunks.subList(at, chunks.size())).allSatisfy((chunk) -> {
			assertThat(chunk.getMetadata().<String>get(AnswerMetadata.TARGET)).isEqualTo("b");
			assertThat(chunk.getMetadata().<Integer>get(AnswerMetadata.ATTEMPTS)).isEqualTo(2);
			assertThat(chunk.getMetadata().<Boolean>get(AnswerMetadata.FALLBACK)).isTrue();
		});
		assertThat(shown(Flux.fromIterable(chunks))).isEqualTo("I am |I am the fallback");
		assertThat(this.primary.requestCount()).isEqualTo(1);
		assertThat(this.fallback.requestCount()).isEqualTo(1);
	}

	private double restarts(String target) {
		return this.context.getBean(MeterRegistry.class)
			.get("resilience.stream.restarts")
			.tags("layer", "llm", "chain", "default", "target", target)
			.counter()
			.count();
	}

	private long restartsInScorecard() {
		return this.context.getBean(Scorecard.class).snapshot().layers().get(Layer.LLM).summary().restarts();
	}

	@ParameterizedTest
	@ValueSource(strings = { "first-chunk", "complete" })
	void whatIsBegunAnewIsCountedForTheTargetThatBroke(String commitOfFallback) {
		ChatModel model = model(RESTART, "resilience.llm.targets.b.stream-commit=" + commitOfFallback);
		assertThat(restarts("a")).isZero();
		this.primary.always(Reply.text("I am the primary").cutAfter(2));
		assertThat(shown(model.stream(new Prompt("hi")))).isEqualTo("I am |I am the fallback");
		assertThat(restarts("a")).isEqualTo(1);
		assertThat(restarts("b")).isZero();
		assertThat(restartsInScorecard()).isEqualTo(1);
		this.context.getBean(Scorecard.class).reset();
		assertThat(restartsInScorecard()).isZero();
	}

	@Test
	void aStreamThatBreaksAndCannotBeBegunAnewIsNoRestart() {
		ChatModel model = model(RESTART);
		this.primary.always(Reply.text("I am the primary").cutAfter(2));
		this.fallback.always(Reply.status(503));
		assertThatThrownBy(() -> chunks(model)).isInstanceOf(StreamInterruptedException.class);
		assertThat(restarts("a")).isZero();
		assertThat(restartsInScorecard()).isZero();
	}

	@Test
	void aStreamThatDoesNotBreakSaysNothingOfRestarts() {
		List<ChatResponse> chunks = chunks(model(RESTART));
		assertThat(restarts("a")).isZero();
		assertThat(chunks).noneMatch((chunk) -> chunk.getMetadata().containsKey(StreamRestarts.RESTART));
		assertThat(shown(Flux.fromIterable(chunks))).isEqualTo("I am the primary");
		assertThat(chunks.get(chunks.size() - 1).getMetadata().getUsage().getTotalTokens()).isPositive();
	}

	@Test
	void itsSubscriberSeesItAsItComes() {
		this.primary.always(Reply.text("I am the primary").stallAfter(2));
		List<String> seen = new ArrayList<>();
		model(RESTART).stream(new Prompt("hi"))
			.map(LlmFixture::chunkText)
			.doOnNext(seen::add)
			.takeUntil((text) -> text.equals("am "))
			.blockLast(Duration.ofSeconds(10));
		assertThat(String.join("", seen)).isEqualTo("I am ");
	}

	@Test
	void itMayBreakTwiceInARow() {
		this.primary.always(Reply.text("I am the primary").cutAfter(2));
		this.fallback.always(Reply.text("I am the fallback").cutAfter(3));
		ChatModel model = threeTargets();
		assertThat(shown(model.stream(new Prompt("hi")))).isEqualTo("I am |I am the |I am the third");
		assertThat(StreamRestarts.lastText(model.stream(new Prompt("hi"))).block()).isEqualTo("I am the third");
		assertThat(StreamRestarts.lastVersion(model.stream(new Prompt("hi"))).block())
			.allMatch((chunk) -> chunk.getMetadata().get(AnswerMetadata.TARGET).equals("c"));
	}

	@Test
	void whereTheLastTargetBreaksTooTheFailureIsPassedOn() {
		this.primary.always(Reply.text("I am the primary").cutAfter(2));
		this.fallback.always(Reply.text("I am the fallback").cutAfter(3));
		ChatModel model = model(RESTART, ONCE);
		StringBuilder seen = new StringBuilder();
		StreamInterruptedException thrown = catchThrowableOfType(StreamInterruptedException.class,
				() -> StreamRestarts.text(model.stream(new Prompt("hi")))
					.doOnNext((piece) -> seen.append(piece.restart() ? "|" : "").append(piece.text()))
					.blockLast());
		assertThat(seen).hasToString("I am |I am the ");
		assertThat(thrown.target()).isEqualTo("b");
		assertThat(thrown.textSoFar()).isEqualTo("I am the ");
		assertThat(thrown.getSuppressed()).hasAtLeastOneElementOfType(ChainExhaustedException.class);
		assertThat(llm().summary().failed()).isEqualTo(1);
		assertThat(llm().targets().get("b").failed()).isEqualTo(1);
	}

	@Test
	void whereNoOtherCanBeAskedTheSameTargetIsAskedAgain() {
		this.primary.always(Reply.text("I am the primary").cutAfter(2));
		this.fallback.then(Reply.text("I am the fallback").cutAfter(3));
		assertThat(shown(model(RESTART).stream(new Prompt("hi")))).isEqualTo("I am |I am the |I am the fallback");
	}

	@Test
	void whatFailsBeforeItShowsAnythingReplacesNothing() {
		this.primary.always(Reply.text("I am the primary").cutAfter(2));
		this.fallback.always(Reply.status(503));
		ChatModel model = threeTargets(ONCE);
		assertThat(shown(model.stream(new Prompt("hi")))).isEqualTo("I am |I am the third");
		this.third.always(Reply.status(400));
		StreamInterruptedException thrown = catchThrowableOfType(StreamInterruptedException.class, () -> chunks(model));
		assertThat(thrown.target()).isEqualTo("a");
		assertThat(thrown.textSoFar()).isEqualTo("I am ");
	}

	@Test
	void aTargetMayHoldItsStreamsAsANewVersion() {
		this.primary.always(Reply.text("I am the primary").cutAfter(2));
		this.fallback.then(Reply.text("I am the fallback").cutAfter(3));
		ChatModel model = model(RESTART, "resilience.llm.targets.b.stream-commit=complete");
		assertThat(shown(model.stream(new Prompt("hi")))).isEqualTo("I am |I am the fallback");
	}

	@Test
	void theLastResortReplacesWhatWasShownToo() {
		this.primary.always(Reply.text("I am the primary").cutAfter(2));
		this.fallback.always(Reply.status(503));
		List<ChatResponse> chunks = chunks(model(WithLastResort.class, RESTART, ONCE));
		assertThat(shown(Flux.fromIterable(chunks))).isEqualTo("I am |Come back later");
	}

	@Test
	void theCallCountsOnceAndAsAFallback() {
		this.primary.always(Reply.text("I am the primary").cutAfter(2));
		chunks(model(RESTART));
		ScorecardSnapshot.LayerFigures llm = llm();
		assertThat(llm.summary().calls()).isEqualTo(1);
		assertThat(llm.summary().succeeded()).isEqualTo(1);
		assertThat(llm.summary().fallbacks()).isEqualTo(1);
		assertThat(llm.summary().incidents()).isEqualTo(1);
		assertThat(llm.summary().openIncident()).isFalse();
		assertThat(llm.targets().get("a").failed()).isEqualTo(1);
		assertThat(llm.targets().get("b").served()).isEqualTo(1);
		assertThat(breaker("a").getMetrics().getNumberOfFailedCalls()).isEqualTo(1);
	}

	private ScorecardSnapshot.LayerFigures llm() {
		return this.context.getBean(Scorecard.class).snapshot().layers().get(Layer.LLM);
	}

	@Test
	void aHedgeThatBreaksIsBegunAnew() {
		this.primary.always(Reply.text("too late").delay(Duration.ofSeconds(20)));
		this.fallback.always(Reply.text("I am the fallback").cutAfter(2));
		ChatModel model = threeTargets(ONCE, "resilience.llm.hedge.enabled=true", "resilience.llm.hedge.after=100ms");
		assertThat(shown(model.stream(new Prompt("hi")))).isEqualTo("I am |I am the third");
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> this.primary.abandoned() == 1);
		assertThat(llm().summary().calls()).isEqualTo(1);
	}

	@Test
	void aSecondVersionIsHedgedLikeAFirst() {
		this.primary.always(Reply.text("I am the primary").cutAfter(2));
		this.fallback.always(Reply.text("too late").delay(Duration.ofSeconds(20)));
		ChatModel model = threeTargets("resilience.llm.hedge.after=2s", "resilience.llm.targets.b.hedge.enabled=true",
				"resilience.llm.targets.b.hedge.after=100ms");
		assertThat(shown(model.stream(new Prompt("hi")))).isEqualTo("I am |I am the third");
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> this.fallback.abandoned() == 1);
	}

	@Test
	void cancellingASecondVersionCancelsItsExchangeAndIsNotCounted() {
		this.primary.always(Reply.text("I am the primary").cutAfter(2));
		this.fallback.always(Reply.text("I am the fallback").stallAfter(2));
		ChatModel model = model(RESTART);
		model.stream(new Prompt("hi"))
			.skipUntil(StreamRestarts::isRestart)
			.takeUntil((chunk) -> chunkText(chunk).equals("am "))
			.blockLast(Duration.ofSeconds(20));
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> this.fallback.abandoned() == 1);
		assertThat(breaker("b").getMetrics().getNumberOfBufferedCalls()).isZero();
		assertThat(breaker("a").getMetrics().getNumberOfFailedCalls()).isEqualTo(1);
	}

	@Test
	void aStreamOfMereTextIsInterruptedRatherThanGluedTogether() {
		this.primary.always(Reply.text("I am the primary").cutAfter(2));
		ChatModel model = model(RESTART);
		StringBuilder seen = new StringBuilder();
		StreamInterruptedException thrown = catchThrowableOfType(StreamInterruptedException.class,
				() -> model.stream("hi").doOnNext(seen::append).blockLast());
		assertThat(seen).hasToString("I am ");
		assertThat(thrown.textSoFar()).isEqualTo("I am ");
		assertThat(thrown.target()).isEqualTo("a");
		assertThat(thrown).hasMessageContaining("StreamRestarts");
		this.primary.always(Reply.text("I am the primary"));
		assertThat(model.stream("hi").collect(Collectors.joining()).block()).isEqualTo("I am the primary");
	}

	@Import(TestApplication.Application.class)
	static class WithLastResort {

		@Bean
		LastResort<Prompt, ChatResponse> lastResort() {
			return LastResorts.saying("Come back later");
		}

	}

}
