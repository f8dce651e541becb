package io.github.agentresilience.llm.internal.model;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.github.agentresilience.support.Reply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;

class RoutingTests extends LlmFixture {

	/** A busy machine takes some of that for an answer that comes at once. */
	private static final Duration SLOW = Duration.ofMillis(400);

	private Map<String, Integer> served(ChatModel model, int calls) {
		Map<String, Integer> served = new TreeMap<>();
		for (int i = 0; i < calls; i++) {
			ChatResponse answer = (i % 2 == 0) ? model.call(new Prompt("hi"))
					: model.stream(new Prompt("hi")).blockLast();
			served.merge(answer.getMetadata().get(AnswerMetadata.TARGET), 1, Integer::sum);
		}
		return served;
	}

	@Test
	void weightsShareTheCalls() {
		ChatModel model = model("resilience.llm.routing=weighted", "resilience.llm.targets.a.weight=3",
				"resilience.llm.targets.b.weight=1");
		// 400 draws at 3 : 1 lie within 100 +- 9 * sqrt(75) / 9 * 5, five standard
		// deviations, but once in a million
		assertThat(served(model, 400).get("b")).isBetween(57, 143);
	}

	@Test
	void aTargetOfWeightZeroIsOnlyFallenBackOn() {
		ChatModel model = model("resilience.llm.routing=weighted", "resilience.llm.targets.a.weight=0");
		assertThat(served(model, 40)).isEqualTo(Map.of("b", 40));
		this.fallback.always(Reply.status(401));
		assertThat(served(model, 4)).isEqualTo(Map.of("a", 4));
	}

	@Test
	void whicheverIsDrawnFirstTheOtherTakesOver() {
		this.primary.always(Reply.status(503));
		ChatModel model = model("resilience.llm.routing=weighted");
		assertThat(served(model, 20)).isEqualTo(Map.of("b", 20));
	}

	@Test
	void theQuickestTargetIsPreferred() {
		this.primary.always(Reply.text("slow").delay(SLOW));
		ChatModel model = model("resilience.llm.routing=latency");
		served(model, 10);
		assertThat(served(model, 60).get("b")).isGreaterThan(48);
	}

	@Test
	void aTargetThatHasBecomeQuickIsNoticed() {
		this.primary.always(Reply.text("slow").delay(SLOW));
		this.fallback.always(Reply.text("quick").delay(Duration.ofMillis(40)));
		ChatModel model = model("resilience.llm.routing=latency");
		served(model, 20);
		this.primary.always(Reply.text("recovered"));
		Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> served(model, 40).getOrDefault("a", 0) > 30);
	}

	@Test
	void withAThresholdTheOrderOfTheChainHoldsUntilTheFirstIsSlower() {
		ChatModel model = model("resilience.llm.routing=latency", "resilience.llm.latency-threshold=1s");
		assertThat(served(model, 20)).isEqualTo(Map.of("a", 20));
		this.context.close();
		this.primary.always(Reply.text("slow").delay(SLOW));
		model = model("resilience.llm.routing=latency", "resilience.llm.latency-threshold=200ms");
		// One of each kind tells that it is slow, and one in twenty looks again
		assertThat(served(model, 60).get("b")).isGreaterThan(48);
	}

	private ChatModel priced(String... more) {
		return model(Stream
			.concat(Stream.of("resilience.llm.routing=cost", "resilience.llm.targets.a.price.input-per-million=0.1",
					"resilience.llm.targets.a.price.output-per-million=20",
					"resilience.llm.targets.b.price.input-per-million=2",
					"resilience.llm.targets.b.price.output-per-million=2"), Stream.of(more))
			.toArray(String[]::new));
	}

	@Test
	void theCheapestTargetIsAskedFirst() {
		assertThat(served(priced(), 4)).isEqualTo(Map.of("a", 4));
		this.context.close();
		assertThat(served(priced("resilience.llm.targets.a.price.input-per-million=3"), 4)).isEqualTo(Map.of("b", 4));
		this.fallback.always(Reply.status(503));
		assertThat(served(this.context.getBean(ChatModel.class), 20)).isEqualTo(Map.of("a", 20));
		assertThat(breaker("b").getState()).hasToString("OPEN");
	}

	@Test
	void whatThePromptCostsDecidesWhereItSaysHowLongTheAnswerMayBe() {
		ChatModel model = priced();
		Prompt longAnswer = new Prompt("hi", ChatOptions.builder().maxTokens(1_000).build());
		Prompt longQuestion = new Prompt("word ".repeat(2_000), ChatOptions.builder().maxTokens(10).build());
		assertThat(model.call(longAnswer).getMetadata().<String>get(AnswerMetadata.TARGET)).isEqualTo("b");
		assertThat(model.call(longQuestion).getMetadata().<String>get(AnswerMetadata.TARGET)).isEqualTo("a");
	}

	@Test
	void aTargetWithoutAPriceIsAskedLast() {
		ChatModel model = model("resilience.llm.routing=cost", "resilience.llm.targets.b.price.input-per-million=9",
				"resilience.llm.targets.b.price.output-per-million=9");
		assertThat(served(model, 4)).isEqualTo(Map.of("b", 4));
	}

	@Test
	void theCheapestTargetIsNotAskedForWhatItCannotTake() {
		ChatModel model = priced("resilience.llm.targets.a.context-window=500");
		assertThat(model.call(new Prompt("word ".repeat(1_000))).getMetadata().<String>get(AnswerMetadata.TARGET))
			.isEqualTo("b");
	}

	@Test
	void aTargetWhoseBreakerIsOpenIsNotPreferredHoweverQuickItWas() {
		this.fallback.always(Reply.text("slow").delay(Duration.ofMillis(30)));
		ChatModel model = model("resilience.llm.routing=latency");
		served(model, 20);
		this.primary.always(Reply.status(503));
		assertThat(served(model, 20)).isEqualTo(Map.of("b", 20));
		assertThat(breaker("a").getState()).hasToString("OPEN");
		int asked = this.primary.requestCount();
		served(model, 20);
		assertThat(this.primary.requestCount()).isEqualTo(asked);
	}

}
