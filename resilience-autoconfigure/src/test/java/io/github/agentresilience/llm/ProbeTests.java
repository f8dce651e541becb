package io.github.agentresilience.llm;

import java.util.concurrent.TimeUnit;

import io.github.agentresilience.scorecard.Scorecard;
import io.github.agentresilience.support.Reply;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Targets whose breakers are open are asked whether they are back, where that is wanted.
 */
class ProbeTests extends LlmFixture {

	private static final String[] SOON = { "resilience.llm.breaker.open-for=300ms", "resilience.llm.breaker.minimum-calls=2" };

	private ChatModel down(String... more) {
		ChatModel model = model(more);
		this.primary.always(Reply.status(503));
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		assertThat(breaker("a").getState()).isEqualTo(State.OPEN);
		return model;
	}

	@Test
	void anIdleTargetThatIsBackIsFoundOutBeforeACallHasTo() {
		down(SOON[0], SOON[1], "resilience.llm.probe.enabled=true");
		Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> this.primary.requestCount() > 2);
		assertThat(breaker("a").getState()).isNotEqualTo(State.CLOSED);
		this.primary.always(Reply.text("I am the primary"));
		Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> breaker("a").getState() == State.CLOSED);
		assertThat(this.primary.requests().get(this.primary.requestCount() - 1).body()).contains("\"max_tokens\":1")
			.contains("\"model\":\"model-a\"");
		assertThat(this.context.getBean(Scorecard.class).snapshot().overall().calls()).isEqualTo(1);
	}

	@Test
	void nobodyIsAskedWhatCostsMoneyUnlessThatIsWanted() {
		down(SOON);
		int before = this.primary.requestCount();
		Awaitility.await()
			.during(2, TimeUnit.SECONDS)
			.atMost(10, TimeUnit.SECONDS)
			.until(() -> this.primary.requestCount() == before);
	}

}
