package io.github.agentresilience.llm.internal.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class LlmCallTests extends LlmFixture {

	@Test
	void aHealthyPrimaryAnswersAndTheMetadataSaysSo() {
		ChatResponse answer = model().call(new Prompt("hi"));
		assertThat(text(answer)).isEqualTo("I am the primary");
		assertThat(answer.getMetadata().<String>get(AnswerMetadata.TARGET)).isEqualTo("a");
		assertThat(answer.getMetadata().<Integer>get(AnswerMetadata.ATTEMPTS)).isEqualTo(1);
		assertThat(answer.getMetadata().<Boolean>get(AnswerMetadata.FALLBACK)).isFalse();
		assertThat(answer.getMetadata().getModel()).isEqualTo("model-a");
		assertThat(answer.getMetadata().getUsage().getTotalTokens()).isEqualTo(8);
	}

	@Test
	void theRequestCarriesKeyAndModelAndNothingOfOurs() {
		model("resilience.llm.targets.a.headers.X-Team=agents").call(new Prompt("hi"));
		ScriptedProvider.Request request = this.primary.requests().get(0);
		assertThat(request.path()).isEqualTo("/v1/chat/completions");
		assertThat(request.headers()).containsEntry("authorization", "Bearer " + KEY)
			.containsEntry("x-team", "agents")
			.containsEntry("x-stainless-retry-count", "0")
			.doesNotContainKey("x-resilience-attempt");
		assertThat(request.model()).isEqualTo("model-a");
	}

	@Test
	void aHeaderOfTheTargetReplacesThatOfTheSdk() {
		model("resilience.llm.targets.a.headers.X-Stainless-Retry-Count=7").call(new Prompt("hi"));
		assertThat(this.primary.requests().get(0).headers()).containsEntry("x-stainless-retry-count", "7");
	}

	@ParameterizedTest
	@MethodSource("transientFailures")
	void aTransientFailureIsRetriedAndThenTheNextTargetIsAsked(Reply failure) {
		this.primary.always(failure);
		ChatResponse answer = model().call(new Prompt("hi"));
		assertThat(text(answer)).isEqualTo("I am the fallback");
		assertThat(this.primary.requestCount()).isEqualTo(2);
		assertThat(answer.getMetadata().<Integer>get(AnswerMetadata.ATTEMPTS)).isEqualTo(3);
		assertThat(answer.getMetadata().<Boolean>get(AnswerMetadata.FALLBACK)).isTrue();
		assertThat(this.fallback.requests().get(0).model()).isEqualTo("model-b");
		assertThat(breaker("a").getMetrics().getNumberOfFailedCalls()).isEqualTo(2);
	}

	@Test
	void aRefusedConnectionIsTransient() {
		this.primary.down();
		assertThat(text(model().call(new Prompt("hi")))).isEqualTo("I am the fallback");
	}

	static List<Reply> targetFailures() {
		return List.of(Reply.status(401), Reply.status(403), Reply.error(404, "invalid", "model_not_found", "no model"),
				Reply.error(429, "insufficient_quota", "insufficient_quota", "quota"),
				Reply.error(400, "invalid_request_error", "context_length_exceeded", "too long"));
	}

	@ParameterizedTest
	@MethodSource("targetFailures")
	void aFailureOfTheTargetMovesOnAtOnce(Reply failure) {
		this.primary.always(failure);
		assertThat(text(model().call(new Prompt("hi")))).isEqualTo("I am the fallback");
		assertThat(this.primary.requestCount()).isEqualTo(1);
		boolean counts = failure.status() == 401 || failure.status() == 403 || failure.status() == 404;
		assertThat(breaker("a").getMetrics().getNumberOfFailedCalls()).isEqualTo(counts ? 1 : 0);
	}

	static List<Reply> callerFailures() {
		return List.of(Reply.refusal(400), Reply.refusal(422),
				Reply.error(400, "invalid_request_error", "content_filter", "filtered"),
				Reply.finished("content_filter", ""));
	}

	@ParameterizedTest
	@MethodSource("callerFailures")
	void aRefusalOfTheRequestIsThrownAtOnce(Reply failure) {
		this.primary.always(failure);
		ChatModel model = model();
		assertThatThrownBy(() -> model.call(new Prompt("hi"))).isInstanceOf(RuntimeException.class)
			.isNotInstanceOf(ChainExhaustedException.class);
		assertThatThrownBy(() -> streamed(model)).isInstanceOf(RuntimeException.class);
		assertThat(this.primary.requestCount()).isEqualTo(2);
		assertThat(this.fallback.requestCount()).isZero();
		assertThat(breaker("a").getMetrics().getNumberOfFailedCalls()).isZero();
	}

	@Test
	void fallbackOnContentFilterAsksTheNextTarget() {
		this.primary.always(Reply.finished("content_filter", ""));
		assertThat(text(model("resilience.llm.fallback-on=content-filter").call(new Prompt("hi"))))
			.isEqualTo("I am the fallback");
	}

	@Test
	void aSilentTargetIsAskedOnceAndItsExchangeIsCancelled() {
		this.primary.always(Reply.hang());
		ChatModel model = model("resilience.llm.timeout=300ms");
		long start = System.nanoTime();
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(290),
				Duration.ofSeconds(15));
		assertThat(this.primary.requestCount()).isEqualTo(1);
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> this.primary.abandoned() == 1);
		assertThat(breaker("a").getMetrics().getNumberOfSlowCalls()).isEqualTo(1);
	}

	@Test
	void aTargetCoolsDownForItsRetryAfter() {
		this.primary.then(Reply.status(429).header("Retry-After", "60"));
		ChatModel model = model();
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		assertThat(this.primary.requestCount()).isEqualTo(1);
	}

	@Test
	void aShortRetryAfterIsWaitedForOnTheTarget() {
		this.primary.then(Reply.status(429).header("retry-after-ms", "200"));
		long start = System.nanoTime();
		assertThat(text(model("resilience.llm.retry.max-retry-after=1s").call(new Prompt("hi"))))
			.isEqualTo("I am the primary");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(190));
		assertThat(this.fallback.requestCount()).isZero();
	}

	@Test
	void theBreakerOpensOnErrorsSkipsTheTargetAndLetsItBack() {
		this.primary.always(Reply.status(503));
		ChatModel model = model("resilience.llm.breaker.open-for=500ms");
		for (int i = 0; i < 3; i++) {
			assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		}
		assertThat(breaker("a").getState()).isEqualTo(CircuitBreaker.State.OPEN);
		int asked = this.primary.requestCount();
		assertThat(asked).isEqualTo(5);
		model.call(new Prompt("hi"));
		assertThat(this.primary.requestCount()).isEqualTo(asked);
		this.primary.always(Reply.text("I am the primary"));
		Awaitility.await()
			.atMost(30, TimeUnit.SECONDS)
			.until(() -> text(model.call(new Prompt("hi"))).equals("I am the primary"));
		model.call(new Prompt("hi"));
		assertThat(breaker("a").getState()).isEqualTo(CircuitBreaker.State.CLOSED);
	}

	@Test
	void theBreakerOpensOnSlowCalls() {
		this.primary.always(Reply.text("I am the primary").delay(Duration.ofMillis(150)));
		ChatModel model = model("resilience.llm.breaker.slow-call=100ms");
		for (int i = 0; i < 5; i++) {
			assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the primary");
		}
		assertThat(breaker("a").getState()).isEqualTo(CircuitBreaker.State.OPEN);
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
	}

	@Test
	void theDeadlineBoundsTheWholeCall() {
		this.primary.always(Reply.hang());
		this.fallback.always(Reply.hang());
		ChatModel model = model("resilience.llm.timeout=300ms", "resilience.llm.deadline=500ms");
		long start = System.nanoTime();
		assertThatThrownBy(() -> model.call(new Prompt("hi"))).isInstanceOfSatisfying(ChainExhaustedException.class,
				(thrown) -> assertThat(thrown.attempts()).extracting("target").containsExactly("a", "b"));
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(490),
				Duration.ofSeconds(15));
	}

	@Test
	void anExhaustedChainTellsItsHistoryAndNoSecret() {
		this.primary.always(Reply.error(401, "auth", "invalid_api_key", "Incorrect API key provided: " + KEY));
		this.fallback.always(Reply.error(503, "down", "down", "no " + KEY));
		ChatModel model = model();
		ChainExhaustedException thrown = catchThrowableOfType(ChainExhaustedException.class,
				() -> model.call(new Prompt("the prompt")));
		assertThat(thrown.layer()).isEqualTo(Layer.LLM);
		assertThat(thrown.chain()).isEqualTo("default");
		assertThat(thrown.attempts()).extracting("target", "kind", "status")
			.containsExactly(org.assertj.core.groups.Tuple.tuple("a", FailureKind.TARGET, 401),
					org.assertj.core.groups.Tuple.tuple("b", FailureKind.TRANSIENT, 503),
					org.assertj.core.groups.Tuple.tuple("b", FailureKind.TRANSIENT, 503));
		assertThat(org.assertj.core.util.Throwables.getStackTrace(thrown)).doesNotContain(KEY)
			.doesNotContain("the prompt");
	}

	@Test
	void withOneTargetTheAgentRecoversWithItThoughItsBreakerIsOpen() {
		this.primary.always(Reply.status(503));
		this.fallback.always(Reply.status(503));
		ChatModel model = model("resilience.llm.breaker.open-for=1h");
		for (int i = 0; i < 4; i++) {
			assertThatThrownBy(() -> model.call(new Prompt("hi"))).isInstanceOf(ChainExhaustedException.class);
		}
		assertThat(breaker("a").getState()).isEqualTo(CircuitBreaker.State.OPEN);
		assertThat(breaker("b").getState()).isEqualTo(CircuitBreaker.State.OPEN);
		this.fallback.always(Reply.text("I am back"));
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am back");
		assertThat(breaker("b").getState()).isEqualTo(CircuitBreaker.State.HALF_OPEN);
	}

	@Test
	void failFastAsksNoTargetWhenAllBreakersAreOpen() {
		this.primary.always(Reply.status(503));
		this.fallback.always(Reply.status(503));
		ChatModel model = model("resilience.llm.when-all-open=fail-fast");
		for (int i = 0; i < 4; i++) {
			assertThatThrownBy(() -> model.call(new Prompt("hi"))).isInstanceOf(ChainExhaustedException.class);
		}
		int asked = this.fallback.requestCount();
		ChainExhaustedException thrown = catchThrowableOfType(ChainExhaustedException.class,
				() -> model.call(new Prompt("hi")));
		assertThat(this.fallback.requestCount()).isEqualTo(asked);
		assertThat(thrown.attempts()).isEmpty();
		assertThat(thrown.skipped()).hasSize(2);
		assertThat(thrown.retryIn()).isPositive();
	}

	@Test
	void anInterruptStopsTheCallAndIsNotCounted() throws Exception {
		this.primary.always(Reply.hang());
		ChatModel model = model();
		List<Throwable> thrown = new ArrayList<>();
		List<Boolean> interrupted = new ArrayList<>();
		Thread caller = new Thread(() -> {
			try {
				model.call(new Prompt("hi"));
			}
			catch (RuntimeException ex) {
				thrown.add(ex);
				interrupted.add(Thread.currentThread().isInterrupted());
			}
		});
		caller.start();
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> this.primary.requestCount() == 1);
		caller.interrupt();
		caller.join(5000);
		assertThat(caller.isAlive()).isFalse();
		assertThat(thrown).hasExactlyElementsOfTypes(io.github.agentresilience.chain.CallCancelledException.class);
		assertThat(interrupted).containsExactly(true);
		assertThat(breaker("a").getMetrics().getNumberOfBufferedCalls()).isZero();
	}

	@Test
	void chatClientGoesThroughTheChain() {
		this.primary.always(Reply.status(503));
		model();
		ChatClient client = this.context.getBean(ChatClient.Builder.class).build();
		assertThat(client.prompt("hi").call().content()).isEqualTo("I am the fallback");
		assertThat(String.join("", client.prompt("hi").stream().content().collectList().block()))
			.isEqualTo("I am the fallback");
	}

	@Test
	void optionsTravelAndTheModelDoesNot() {
		this.primary.always(Reply.status(503));
		model();
		ChatClient client = this.context.getBean(ChatClient.Builder.class).build();
		client.prompt("hi")
			.options(org.springframework.ai.chat.prompt.ChatOptions.builder().temperature(0.25).maxTokens(77))
			.call()
			.content();
		ScriptedProvider.Request request = this.fallback.requests().get(0);
		assertThat(request.body()).contains("\"temperature\":0.25").contains("77");
		assertThat(request.model()).isEqualTo("model-b");
	}

	@Test
	void headersOfOneCallGoToTheFirstTargetAndNoFurther() {
		this.primary.always(Reply.status(503));
		model().call(new Prompt("hi",
				org.springframework.ai.openai.OpenAiChatOptions.builder()
					.customHeaders(java.util.Map.of("X-One", "1"))
					.build()));
		assertThat(this.primary.requests().get(0).headers()).containsEntry("x-one", "1");
		assertThat(this.fallback.requests().get(0).headers()).doesNotContainKey("x-one");
	}

	@Test
	void aNamedChainIsABeanOfItsOwn() {
		model("resilience.llm.chains.smart=b");
		ChatModel smart = this.context.getBean("smartChatModel", ChatModel.class);
		assertThat(text(smart.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		assertThat(smart.call(new Prompt("hi")).getMetadata().<Boolean>get(AnswerMetadata.FALLBACK)).isFalse();
	}

}
