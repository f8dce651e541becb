package io.github.agentresilience.llm.internal.accept;

import java.util.List;
import java.util.stream.Collectors;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.llm.internal.model.AnswerMetadata;
import io.github.agentresilience.llm.internal.model.ChatAnswers;
import io.github.agentresilience.llm.internal.model.LastResortApplications;
import io.github.agentresilience.llm.internal.model.LlmFixture;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.scorecard.internal.ScorecardSnapshot;
import io.github.agentresilience.scorecard.internal.Summary;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * An answer that says nothing fails its attempt, and is better than an exception.
 */
class EmptyAnswerTests extends AcceptFixture {

	private static final String STOPPED = """
			{"id":"c","object":"chat.completion","created":1,"model":"m",
			"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant",%s}}],
			"usage":{"prompt_tokens":1,"completion_tokens":0,"total_tokens":1}}""";

	private List<ChatResponse> answer(ChatModel model, boolean stream) {
		return stream ? model.stream(new Prompt("hi")).collectList().block() : List.of(model.call(new Prompt("hi")));
	}

	private static String text(List<ChatResponse> chunks) {
		return chunks.stream().map(LlmFixture::chunkText).collect(Collectors.joining());
	}

	private static void expectEmpty(List<ChatResponse> chunks) {
		assertThat(text(chunks)).isEmpty();
		assertThat(chunks).extracting(ChatAnswers::finishReason).contains("STOP");
		assertThat(chunks)
			.allSatisfy((chunk) -> assertThat(chunk.getMetadata().<Boolean>get(AnswerMetadata.ACCEPTED)).isFalse());
	}

	/** As without the starter, after a retry that might have done better. */
	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whereNoTargetDoesBetterItIsReturned(boolean stream) {
		ChatModel model = model("resilience.llm.chains.default=a", "resilience.llm.warm-up=false");
		this.primary.always(Reply.text(""));
		expectEmpty(answer(model, stream));
		assertThat(this.primary.requestCount()).isEqualTo(2);
		assertThat(breaker("a").getMetrics().getNumberOfFailedCalls()).isZero();
		Summary summary = this.context.getBean(Scorecard.class).snapshot().layers().get(Layer.LLM).summary();
		assertThat(summary.succeeded()).isEqualTo(1);
		assertThat(summary.failed()).isZero();
	}

	/** Plain Spring AI would return all of them. */
	@Test
	void noBreakerOpensWhereEveryAnswerIsEmpty() {
		ChatModel model = model("resilience.llm.breaker.minimum-calls=2");
		this.primary.always(Reply.text(""));
		this.fallback.always(Reply.text(""));
		for (int i = 0; i < 4; i++) {
			expectEmpty(answer(model, i % 2 == 0));
		}
		assertThat(breaker("a").getState()).isEqualTo(CircuitBreaker.State.CLOSED);
		assertThat(breaker("b").getState()).isEqualTo(CircuitBreaker.State.CLOSED);
		this.fallback.always(Reply.text("I am the fallback"));
		// Whether there are retries left depends on how quickly the calls before were
		// made
		answer(model, false);
		answer(model, false);
		assertThat(breaker("a").getState()).isEqualTo(CircuitBreaker.State.OPEN);
	}

	@Test
	void noLimitIsWaitedForOnceThereIsOne() {
		ChatModel model = model("resilience.llm.chains.default=a",
				"resilience.llm.targets.a.limits.requests-per-minute=1", "resilience.llm.deadline=100s");
		this.primary.always(Reply.text(""));
		expectEmpty(answer(model, false));
		assertThat(this.primary.requestCount()).isOne();
	}

	@Test
	void itsTokensCount() {
		ChatModel model = model("resilience.llm.chains.default=a", "resilience.llm.retry.max-attempts=1",
				"resilience.llm.targets.a.limits.tokens-per-minute=100000");
		this.primary.always(Reply.text("").usage(40_000, 0));
		expectEmpty(answer(model, false));
		assertThat(target("a").limits().tokensLeft()).isBetween(60_000L, 70_000L);
	}

	@ParameterizedTest
	@ValueSource(classes = { TestApplication.Application.class, LastResortApplications.Saying.class })
	void itIsReturnedWhereTheBudgetOfItsTurnIsOver(Class<?> configuration) {
		model(configuration, "resilience.llm.chains.default=a", "resilience.llm.turn-budget.model-calls=1");
		this.primary.always(Reply.text(""));
		assertThat(client().prompt("hi").call().content()).isNullOrEmpty();
	}

	@Test
	void aModelThatNeverSaysHowItEndedMayAnswerSo() {
		model(Silent.class, "resilience.llm.targets.c.bean=silent", "resilience.llm.chains.default=c");
		assertThat(client().prompt("hi").call().content()).isNullOrEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"content\":null", "\"content\":\"\"", "\"content\":\"\",\"tool_calls\":[]",
			"\"content\":null,\"refusal\":null" })
	void howeverItIsEmpty(String message) {
		ChatModel model = model();
		this.primary.always(Reply.raw(200, "application/json", STOPPED.formatted(message)));
		this.fallback.always(Reply.status(503));
		List<ChatResponse> answer = answer(model, false);
		expectEmpty(answer);
		assertThat(answer.get(0).getMetadata().<String>get(AnswerMetadata.TARGET)).isEqualTo("a");
	}

	/**
	 * What ends in another way is no whole answer, so that nobody may take it for one.
	 */
	@ParameterizedTest
	@CsvSource({ "tool_calls, false", "tool_calls, true", "quantum_decoherence, false", "quantum_decoherence, true" })
	void unlessItHasNotEndedWell(String finishReason, boolean stream) {
		ChatModel model = model("resilience.llm.chains.default=a", "resilience.llm.retry.max-attempts=1");
		this.primary.always(Reply.finished(finishReason, ""));
		assertThatThrownBy(() -> answer(model, stream)).isInstanceOf(ChainExhaustedException.class);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void withEveryCommitOfAStream(boolean complete) {
		ChatModel model = model("resilience.llm.stream-commit=" + (complete ? "complete" : "restart"));
		this.primary.always(Reply.text(""));
		this.fallback.always(Reply.text(""));
		expectEmpty(answer(model, true));
	}

	@Test
	void aTargetThatSaysSomethingDoesBetter() {
		ChatModel model = model();
		this.primary.always(Reply.text(""));
		assertThat(text(answer(model, false))).isEqualTo("I am the fallback");
		assertThat(this.primary.requestCount()).isEqualTo(2);
		ScorecardSnapshot.TargetSnapshot first = this.context.getBean(Scorecard.class)
			.snapshot()
			.layers()
			.get(Layer.LLM)
			.targets()
			.get("a");
		assertThat(first.attempts()).isEqualTo(2);
		assertThat(first.failed()).isEqualTo(2);
		assertThat(breaker("a").getMetrics().getNumberOfFailedCalls()).isEqualTo(2);
		this.fallback.always(Reply.finished("length", "I am the fall"));
		assertThat(text(answer(model, true))).isEqualTo("I am the fall");
	}

	/** What another target says in part is not accepted, and says more than nothing. */
	@Test
	void anAnswerThatIsCutOffDoesBetter() {
		ChatModel model = model(LENGTH);
		this.primary.always(Reply.text(""));
		this.fallback.always(Reply.finished("length", "I am the fall"));
		assertThat(text(answer(model, false))).isEqualTo("I am the fall");
	}

	/** Tools have run by then, and an exception would not undo that. */
	@Test
	void aTurnMayEndWithoutWords() {
		model("resilience.llm.chains.default=a");
		Mail mail = new Mail();
		this.primary.then(Reply.toolCall("send", "{\"to\":\"Ada\"}")).always(Reply.text(""));
		assertThat(client().prompt("hi").tools(mail).call().content()).isNullOrEmpty();
		assertThat(mail.sent).isEqualTo(1);
	}

	@Test
	void aLastResortDoesBetter() {
		ChatModel model = model(LastResortApplications.Saying.class);
		this.primary.always(Reply.text(""));
		this.fallback.always(Reply.status(503));
		List<ChatResponse> answer = answer(model, false);
		assertThat(text(answer)).isEqualTo(LastResortApplications.SAID);
		assertThat(answer.get(0).getMetadata().<Integer>get(AnswerMetadata.ATTEMPTS)).as("told of all")
			.isEqualTo(2 * 2);
		assertThat(text(answer(model, true))).isEqualTo(LastResortApplications.SAID);
	}

	@Test
	void unlessItFails() {
		ChatModel model = model(LastResortApplications.Failing.class);
		this.primary.always(Reply.text(""));
		this.fallback.always(Reply.status(503));
		expectEmpty(answer(model, false));
		expectEmpty(answer(model, true));
	}

	/** The part that was shown is worth more than nothing. */
	@Test
	void itTakesNobodysPlace() {
		ChatModel model = model("resilience.llm.stream-commit=restart", "resilience.llm.retry.max-attempts=1");
		this.primary.always(Reply.text("I am the").cutAfter(1));
		this.fallback.always(Reply.text(""));
		assertThatThrownBy(() -> answer(model, true)).isInstanceOf(StreamInterruptedException.class);
	}

	static class Mail {

		private int sent;

		@Tool
		String send(String to) {
			this.sent++;
			return "sent";
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Silent {

		@Bean
		ChatModel silent() {
			return (prompt) -> new ChatResponse(List.of(new Generation(new AssistantMessage(""))));
		}

	}

}
