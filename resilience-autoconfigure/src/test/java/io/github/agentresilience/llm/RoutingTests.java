package io.github.agentresilience.llm;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

import io.github.agentresilience.support.Reply;
import org.junit.jupiter.api.Test;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;

class RoutingTests extends LlmFixture {

	private Map<String, Integer> served(ChatModel model, int calls) {
		Map<String, Integer> served = new TreeMap<>();
		for (int i = 0; i < calls; i++) {
			ChatResponse answer = (i % 2 == 0) ? model.call(new Prompt("hi")) : model.stream(new Prompt("hi")).blockLast();
			served.merge(answer.getMetadata().get(AnswerMetadata.TARGET), 1, Integer::sum);
		}
		return served;
	}

	@Test
	void weightsShareTheCalls() {
		ChatModel model = model("resilience.llm.routing=weighted", "resilience.llm.targets.a.weight=3",
				"resilience.llm.targets.b.weight=1");
		// 400 draws at 3 : 1 lie within 100 +- 9 * sqrt(75) / 9 * 5, five standard deviations, but once in a million
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
		this.primary.always(Reply.text("slow").delay(Duration.ofMillis(60)));
		ChatModel model = model("resilience.llm.routing=latency");
		served(model, 20);
		assertThat(served(model, 60).get("b")).isGreaterThan(48);
	}

	@Test
	void aTargetThatHasBecomeQuickIsNoticed() {
		this.primary.always(Reply.text("slow").delay(Duration.ofMillis(60)));
		this.fallback.always(Reply.text("quick").delay(Duration.ofMillis(20)));
		ChatModel model = model("resilience.llm.routing=latency");
		served(model, 40);
		this.primary.always(Reply.text("recovered"));
		served(model, 400);
		assertThat(served(model, 40).get("a")).isGreaterThan(30);
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
