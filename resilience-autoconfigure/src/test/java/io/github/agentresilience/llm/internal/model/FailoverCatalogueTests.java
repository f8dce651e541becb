package io.github.agentresilience.llm.internal.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The sixteen fail-over faults of a public catalogue, each answered whole with the three
 * keys that the guide names. One application serves them all; its times are a tenth of
 * the guide's.
 */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FailoverCatalogueTests {

	private static final String PRIMARY = "I am the primary";

	private static final String FALLBACK = "I am the fallback";

	private final LlmFixture fixture = new LlmFixture() {
	};

	private final ScriptedProvider primary = this.fixture.primary;

	private final ScriptedProvider fallback = this.fixture.fallback;

	private ChatModel model;

	private ConfigurableApplicationContext context;

	@BeforeAll
	void start() {
		this.model = this.fixture.model("resilience.llm.stream-commit=complete",
				"resilience.llm.first-token-timeout=2s", "resilience.llm.retry.max-retry-after=1s",
				"resilience.llm.timeout=2s", "resilience.llm.stream-idle-timeout=2s", "resilience.llm.retry.budget=1");
		this.context = this.fixture.context;
		ask(false);
		ask(true);
	}

	@AfterAll
	void stop() {
		this.fixture.close();
	}

	@BeforeEach
	void heal() {
		this.primary.always(Reply.text(PRIMARY));
		this.fallback.always(Reply.text(FALLBACK));
		this.fixture.breaker("a").reset();
		this.fixture.breaker("b").reset();
		this.context.getBean(ChainRegistry.class).targets(Layer.LLM).forEach((target) -> target.endCooldown());
	}

	private String ask(boolean stream) {
		return stream ? this.fixture.streamed(this.model) : LlmFixture.text(this.model.call(new Prompt("hi")));
	}

	static Stream<Arguments> faults() {
		return Stream
			.of(Arguments.of("429 with a short Retry-After", Reply.status(429).header("Retry-After", "1"), PRIMARY),
					Arguments.of("429 with a long Retry-After", Reply.status(429).header("Retry-After", "60"),
							FALLBACK),
					Arguments.of("429 without Retry-After, once", Reply.status(429), PRIMARY),
					Arguments.of("500 once", Reply.status(500), PRIMARY),
					Arguments.of("reset before the headers", Reply.reset(), PRIMARY),
					Arguments.of("no response", Reply.hang(), FALLBACK),
					Arguments.of("context length", Reply.error(400, "invalid_request_error", "context_length_exceeded",
							"This model's maximum context length is 8192 tokens"), FALLBACK));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("faults")
	void aFaultThatComesOnceIsAnsweredWhole(String fault, Reply reply, String expected) {
		for (boolean stream : new boolean[] { false, true }) {
			heal();
			this.primary.then(reply);
			assertThat(ask(stream)).isEqualTo(expected);
		}
	}

	static Stream<Arguments> brokenStreams() {
		Reply words = Reply.text("one two three");
		return Stream.of(Arguments.of("slow first token", words.delay(Duration.ofSeconds(3))),
				Arguments.of("stream cut", words.cutAfter(2)), Arguments.of("stream stall", words.stallAfter(2)),
				Arguments.of("malformed chunk", words.malformedAfter(1)),
				Arguments.of("error event", words.errorEventAfter(2)),
				Arguments.of("clean end without a reason", words.endAfter(2)));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("brokenStreams")
	void aStreamThatBreaksAnywhereIsAnsweredWhole(String fault, Reply reply) {
		this.primary.always(reply);
		assertThat(ask(true)).isIn(FALLBACK, "one two three");
	}

	@Test
	void aStreamWithoutDoneIsWhole() {
		this.primary.always(Reply.text(PRIMARY).withoutDone());
		assertThat(ask(true)).isEqualTo(PRIMARY);
	}

	@ParameterizedTest
	@ValueSource(ints = { 429, 503 })
	void aPersistentRefusalIsAnsweredByTheOther(int status) {
		this.primary.always(Reply.status(status));
		for (int i = 0; i < 6; i++) {
			assertThat(ask(i % 2 == 0)).isEqualTo(FALLBACK);
		}
	}

	@Test
	void theReasonOfAContentFilterGoesToTheCallerAndNotRoundIt() {
		this.primary.always(Reply.error(400, "invalid_request_error", "content_filter", "The prompt was filtered"));
		int before = this.fallback.requestCount();
		assertThatThrownBy(() -> ask(false)).hasStackTraceContaining("filter");
		assertThatThrownBy(() -> ask(true)).hasStackTraceContaining("filter");
		assertThat(this.fallback.requestCount()).isEqualTo(before);
	}

	/** A stream that is begun anew needs no other target to go on with half an answer. */
	@Test
	void noTargetIsAskedToContinueWhatAnotherBegan() {
		this.primary.always(Reply.text("one two three").cutAfter(2));
		assertThat(ask(true)).isEqualTo(FALLBACK);
		List<ScriptedProvider.Request> asked = this.fallback.requests();
		assertThat(asked.get(asked.size() - 1).body()).doesNotContain("assistant").doesNotContain("one two");
	}

	@Test
	void aFlappingPrimaryShowsInNoAnswer() {
		this.primary.by((number) -> (number % 2 == 0) ? Reply.text(PRIMARY) : Reply.status(503));
		List<String> answers = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			answers.add(ask(i % 2 == 0));
		}
		assertThat(answers).hasSize(20).containsOnly(PRIMARY, FALLBACK);
	}

	@Test
	void modelAndUsageAreThoseOfWhoeverAnswered() {
		this.primary.always(Reply.status(503));
		ChatResponse answer = this.model.call(new Prompt("hi"));
		assertThat(answer.getMetadata().getModel()).isEqualTo("model-b");
		assertThat(answer.getMetadata().getUsage().getTotalTokens()).isPositive();
		assertThat(answer.getMetadata().<String>get(AnswerMetadata.TARGET)).isEqualTo("b");
		assertThat(answer.getMetadata().<Boolean>get(AnswerMetadata.FALLBACK)).isTrue();
	}

}
