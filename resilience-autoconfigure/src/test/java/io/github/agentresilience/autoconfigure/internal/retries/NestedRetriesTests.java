package io.github.agentresilience.autoconfigure.internal.retries;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.support.NativeDialect;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.core.retry.RetryTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * As targets they ask their provider once for each attempt of ours, and never wait by
 * themselves.
 */
class NestedRetriesTests extends NestedRetriesFixture {

	/** Far above what a fail-over takes, far below what any of the SDKs would wait. */
	private static final Duration AT_ONCE = Duration.ofSeconds(2);

	@ParameterizedTest
	@EnumSource
	void asATargetItFailsOverAtOnceAndIsAskedOnceForEachAttempt(NativeDialect dialect, CapturedOutput output) {
		ChatModel model = targets(Starters.class, dialect);
		for (boolean streaming : new boolean[] { false, true }) {
			this.provider.always(dialect.answer(streaming));
			assertThat(ask(model, streaming)).isEqualTo(NativeDialect.TEXT);
			for (Reply failure : List.of(dialect.error(529, "overloaded_error"), dialect.error(500, "INTERNAL"),
					dialect.error(503, "UNAVAILABLE"), dialect.error(504, "DEADLINE_EXCEEDED"),
					dialect.error(429, "RESOURCE_EXHAUSTED"), Reply.html(502))) {
				assertThat(failsOver(model, streaming, failure)).as("%s, stream %s", failure, streaming).isEqualTo(1);
			}
			// A connection that was kept open and breaks may cost one fresh connection,
			// which is no retry
			assertThat(failsOver(model, streaming, Reply.reset())).isBetween(1, 2);
			assertThat(failsOver(model, streaming, Reply.close())).isBetween(1, 2);
		}
		this.provider.down();
		for (boolean streaming : new boolean[] { false, true }) {
			long start = System.nanoTime();
			assertThat(ask(model, streaming)).isEqualTo("I am the fallback");
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(AT_ONCE);
		}
		assertThat(output).doesNotContain(RETRIES);
	}

	@ParameterizedTest
	@EnumSource
	void aRetryAfterIsNotSatOutButKept(NativeDialect dialect) {
		ChatModel model = targets(Starters.class, dialect);
		GuardedTarget<?, ?> target = this.context.getBean(ChainRegistry.class)
			.targets(Layer.LLM)
			.stream()
			.filter((each) -> each.name().equals("a"))
			.findFirst()
			.orElseThrow();
		for (boolean streaming : new boolean[] { false, true }) {
			for (int status : new int[] { 429, 503, 529 }) {
				assertThat(failsOver(model, streaming,
						dialect.error(status, "overloaded_error").header("Retry-After", "7")))
					.as("%d, stream %s", status, streaming)
					.isEqualTo(1);
				assertThat(Duration.ofNanos(target.cooldownNanos(System.nanoTime())))
					.as("%d, stream %s", status, streaming)
					.isBetween(Duration.ofSeconds(2), Duration.ofSeconds(7));
				target.endCooldown();
			}
		}
	}

	@ParameterizedTest
	@EnumSource
	void asTheOnlyModelItIsAskedAsOftenAsTheChainSays(NativeDialect dialect, CapturedOutput output) {
		ChatModel model = single(Starters.class, dialect);
		for (boolean streaming : new boolean[] { false, true }) {
			this.provider.requests().clear();
			this.provider.always(dialect.error(503, "UNAVAILABLE"));
			assertThatExceptionOfType(ChainExhaustedException.class).isThrownBy(() -> ask(model, streaming))
				.satisfies((ex) -> assertThat(ex.attempts()).hasSize(2)
					.allSatisfy((each) -> assertThat(each.status()).isEqualTo(503)));
			assertThat(this.provider.requestCount()).isEqualTo(2);
		}
		assertThat(output).doesNotContain(RETRIES);
	}

	@Test
	void theOnlyOpenAiModelIsAskedAsOftenAsTheChainSays(CapturedOutput output) {
		ChatModel model = start(Starters.class, "spring.ai.openai.base-url=" + this.provider.baseUrl());
		this.provider.always(Reply.status(503));
		assertThatExceptionOfType(ChainExhaustedException.class).isThrownBy(() -> ask(model, false));
		assertThat(this.provider.requestCount()).isEqualTo(2);
		assertThat(output).doesNotContain(RETRIES);
	}

	@Test
	void whatOtherModelsShareWithItGoesOnRetrying() {
		targets(Starters.class, NativeDialect.OLLAMA, "spring.ai.model.embedding=ollama");
		assertThat(RetryingParts.in(this.context.getBean(RetryTemplate.class))).extracting(RetryingParts.Part::retries)
			.containsExactly(10);
		assertThat(RetryingParts.in(this.context.getBean("ollamaEmbeddingModel"))).extracting(RetryingParts.Part::kind)
			.containsExactly(RetryingParts.Kind.APACHE_HTTP);
		assertThat(RetryingParts.in(this.context.getBean("ollamaChatModel"))).isEmpty();
	}

	@Test
	void soDoTheOtherModelsOfOpenAi() {
		start(Starters.class, "spring.ai.openai.base-url=" + this.provider.baseUrl(),
				"spring.ai.model.embedding=openai");
		assertThat(RetryingParts.in(this.context.getBean("openAiEmbeddingModel")))
			.extracting(RetryingParts.Part::retries)
			.containsExactly(3);
		assertThat(RetryingParts.in(this.context.getBean("openAiChatModel"))).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			ANTHROPIC | resilience.enabled=false                 | 2
			OLLAMA    | resilience.enabled=false                 | 10
			GEMINI    | resilience.enabled=false                 | 4
			ANTHROPIC | resilience.llm.targets.b.model=b         | 2
			OLLAMA    | resilience.llm.targets.b.model=b         | 10
			GEMINI    | resilience.llm.targets.b.model=b         | 4
			""")
	void aModelThatIsNoTargetIsLeftAsItIs(NativeDialect dialect, String property, int retries) {
		List<String> properties = new ArrayList<>(dialect.properties(this.provider));
		properties.addAll(List.of("resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
				"resilience.llm.targets.b.model=b", "spring.ai.openai.api-key=sk-test"));
		this.context = TestApplication.start(WebApplicationType.NONE, Starters.class, properties, dialect.selection(),
				property);
		assertThat(RetryingParts.in(this.context.getBean(dialect.bean()))).extracting(RetryingParts.Part::retries)
			.contains(retries);
	}

	@Test
	void wheneverRetriesAreTurnedOffNothingIsReported() {
		targets(Starters.class, NativeDialect.OLLAMA);
		assertThat(this.context.getBean(UnprotectedParts.class).reasons()).isEmpty();
	}

	/**
	 * @return how many requests arrived before the fallback answered
	 */
	private int failsOver(ChatModel model, boolean streaming, Reply failure) {
		this.provider.requests().clear();
		this.provider.always(failure);
		assertThat(ask(model, streaming)).isEqualTo("I am the fallback");
		Duration took = Duration.ofNanos(System.nanoTime() - this.provider.requests().get(0).nanoTime());
		assertThat(took).as("%s, stream %s", failure, streaming).isLessThan(AT_ONCE);
		return this.provider.requestCount();
	}

}
