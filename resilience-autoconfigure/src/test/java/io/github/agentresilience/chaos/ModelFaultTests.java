package io.github.agentresilience.chaos;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

import io.github.agentresilience.chain.AttemptReport;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TwoProviders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Faults of a chat model's server end as the real thing does.
 */
@Timeout(60)
class ModelFaultTests extends TwoProviders {

	private static final Prompt PROMPT = new Prompt("hi");

	private Chaos chaos;

	private ChatModel both;

	private ChatModel only;

	private void start(String... properties) {
		this.primary.always(Reply.text("one two three four"));
		this.fallback.always(Reply.text("from the other"));
		this.context = TestApplication.run(List.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(),
				"resilience.llm.targets.a.model=m", "resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
				"resilience.llm.targets.b.model=m", "resilience.llm.chains.default=a,b", "resilience.llm.chains.only=a",
				"resilience.llm.retry.max-attempts=1", "resilience.llm.breaker.minimum-calls=20",
				"resilience.chaos.enabled=true"), properties);
		this.chaos = this.context.getBean(Chaos.class);
		this.both = this.context.getBean(ChatModel.class);
		this.only = this.context.getBean("onlyChatModel", ChatModel.class);
	}

	private static String servedBy(ChatResponse answer) {
		return answer.getMetadata().get("resilience.target");
	}

	private String streamedBy() {
		return servedBy(Objects.requireNonNull(this.both.stream(PROMPT).blockLast()));
	}

	private static String text(ChatResponse answer) {
		return answer.getResult().getOutput().getText();
	}

	private int failuresCounted() {
		return this.context.getBean(ChainRegistry.class)
			.targets(Layer.LLM)
			.stream()
			.filter((target) -> target.name().equals("a"))
			.findFirst()
			.orElseThrow()
			.breaker()
			.getMetrics()
			.getNumberOfFailedCalls();
	}

	private AttemptReport failure(Prompt prompt) {
		ChainExhaustedException thrown = catchThrowableOfType(ChainExhaustedException.class,
				() -> this.only.call(prompt));
		ChainExhaustedException streamed = catchThrowableOfType(ChainExhaustedException.class,
				() -> this.only.stream(prompt).blockLast());
		AttemptReport report = thrown.attempts().get(0);
		assertThat(streamed.attempts().get(0)).usingRecursiveComparison()
			.ignoringFields("duration", "status")
			.isEqualTo(report);
		return report;
	}

	@Test
	void eachIsClassifiedAsTheRealThingAndRemoved() {
		start();
		Map<Fault, FailureKind> faults = Map.of(new MalformedFault(null), FailureKind.TARGET, new ResetFault(0, null),
				FailureKind.TRANSIENT, new ExpiredCredentialsFault(null), FailureKind.TARGET);
		faults.forEach((fault, kind) -> {
			int before = failuresCounted();
			ActiveFault active = this.chaos.inject(fault, Layer.LLM, "a");
			assertThat(servedBy(this.both.call(PROMPT))).as(fault.kind()).isEqualTo("b");
			assertThat(streamedBy()).as(fault.kind()).isEqualTo("b");
			AttemptReport report = failure(PROMPT);
			assertThat(report.kind()).as(fault.kind()).isEqualTo(kind);
			assertThat(failuresCounted() - before).as(fault.kind()).isEqualTo(fault instanceof MalformedFault ? 0 : 4);
			if (fault instanceof ExpiredCredentialsFault) {
				assertThat(report.status()).isEqualTo(401);
				assertThat(report.reason()).isEqualTo("credentials");
			}
			if (fault instanceof MalformedFault) {
				assertThat(report.reason()).isEqualTo("bad-generation");
			}
			assertThat(this.primary.requestCount()).isZero();
			assertThat(this.chaos.remove(active.id())).isTrue();
		});
		assertThat(servedBy(this.both.call(PROMPT))).isEqualTo("a");
		assertThat(streamedBy()).isEqualTo("a");
	}

	@Test
	void anEmptyAnswerIsAFailureAndBetterThanAnException() {
		start();
		int before = failuresCounted();
		this.chaos.inject(new EmptyFault(null), Layer.LLM, "a");
		assertThat(servedBy(this.both.call(PROMPT))).isEqualTo("b");
		assertThat(streamedBy()).isEqualTo("b");
		ChatResponse answer = this.only.call(PROMPT);
		assertThat(text(answer)).isEmpty();
		assertThat(answer.getMetadata().<Boolean>get("resilience.accepted")).isFalse();
		assertThat(text(Objects.requireNonNull(this.only.stream(PROMPT).blockLast()))).isEmpty();
		assertThat(failuresCounted() - before).as("where b did better").isEqualTo(2);
		assertThat(this.primary.requestCount()).isZero();
	}

	@Test
	void aTruncatedAnswerSaysThatItIs() {
		start();
		this.chaos.inject(new TruncatedFault(2), Layer.LLM, "a");
		ChatResponse half = this.only.call(PROMPT);
		assertThat(text(half)).isEqualTo("one two t");
		assertThat(half.getResult().getMetadata().getFinishReason()).isEqualTo("LENGTH");
		List<ChatResponse> chunks = Objects.requireNonNull(this.only.stream(PROMPT).collectList().block());
		assertThat(chunks.stream().map(ModelFaultTests::text).collect(Collectors.joining())).isNotEmpty()
			.isNotEqualTo("one two three four")
			.satisfies((said) -> assertThat("one two three four").startsWith(said.strip()));
		assertThat(chunks.get(chunks.size() - 1).getResult().getMetadata().getFinishReason()).isEqualTo("LENGTH");
		assertThat(text(this.only.call(PROMPT))).isEqualTo("one two three four");
	}

	@Test
	void aTruncatedToolCallCannotBeCalled() {
		start();
		this.primary.always(Reply.toolCall("search", "{\"text\":\"x\"}"));
		this.chaos.inject(new TruncatedFault(null), Layer.LLM, "a");
		assertThat(failure(PROMPT).reason()).isEqualTo("bad-generation");
	}

	@Test
	void anAnswerThatDripsTakesItsTime() {
		start();
		this.chaos.inject(new SlowDripFault(Duration.ofMillis(5), null), Layer.LLM, "a");
		long began = System.nanoTime();
		assertThat(servedBy(this.both.call(PROMPT))).isEqualTo("a");
		assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(Duration.ofMillis(100));
		began = System.nanoTime();
		long chunks = Objects.requireNonNull(this.both.stream(PROMPT).count().block());
		assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(Duration.ofMillis(5 * chunks));
	}

	@Test
	void anAnswerThatDripsTooSlowlyIsSilence() {
		start("resilience.llm.timeout=300ms", "resilience.llm.stream-idle-timeout=300ms");
		this.chaos.inject(new SlowDripFault(Duration.ofMinutes(1), null), Layer.LLM, "a");
		assertThat(servedBy(this.both.call(PROMPT))).isEqualTo("b");
		assertThat(streamedBy()).isEqualTo("b");
	}

	@Test
	void aResetAfterSomeChunksInterruptsTheStream() {
		start();
		this.chaos.inject(new ResetFault(3, 1), Layer.LLM, "a");
		Flux<ChatResponse> stream = this.both.stream(PROMPT);
		assertThatThrownBy(stream::blockLast).isInstanceOf(StreamInterruptedException.class);
	}

	private static Prompt begunBy(String target) {
		AssistantMessage answer = AssistantMessage.builder()
			.content("Fine.")
			.properties(Map.of("resilience.target", target, "reasoningContent", "They ask how I am."))
			.build();
		return new Prompt(List.of(new UserMessage("How are you?"), answer, new UserMessage("And now?")));
	}

	@Test
	void aHistoryIsRefusedThatAnotherTargetBegan() {
		start("resilience.llm.portable-history=false");
		this.chaos.inject(new RefuseHistoryFault(3), Layer.LLM, "a");
		assertThat(servedBy(this.both.call(PROMPT))).isEqualTo("a");
		assertThat(servedBy(this.both.call(begunBy("a")))).isEqualTo("a");
		assertThat(this.chaos.active().get(0).left()).isEqualTo(3);
		AttemptReport report = failure(begunBy("c"));
		assertThat(report.status()).isEqualTo(400);
		assertThat(report.reason()).isEqualTo("history");
		assertThat(report.kind()).isEqualTo(FailureKind.TARGET);
		assertThat(servedBy(this.both.call(begunBy("c")))).isEqualTo("b");
		assertThat(failuresCounted()).isZero();
		assertThat(this.chaos.active()).isEmpty();
	}

	@Test
	void aHistoryThatHasBeenMadeFitIsNot() {
		start();
		this.chaos.inject(new RefuseHistoryFault(null), Layer.LLM, "a");
		assertThat(servedBy(this.only.call(begunBy("c")))).isEqualTo("a");
		assertThat(servedBy(Objects.requireNonNull(this.only.stream(begunBy("c")).blockLast()))).isEqualTo("a");
		assertThat(this.primary.requests()).noneMatch((request) -> request.body().contains("reasoning_content"));
	}

}
