package io.github.agentresilience.llm.internal.model;

import java.time.Duration;

import io.github.agentresilience.support.Reply;
import org.junit.jupiter.api.Test;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The budget of a whole layer bounds what its calls retry.
 */
class RetryBudgetTests extends LlmFixture {

	private static final int CALLS = 40;

	private long retries(String budget) {
		this.primary.always(Reply.status(503));
		ChatModel model = model("resilience.llm.retry.budget=" + budget, "resilience.llm.retry.initial-backoff=1ms",
				"resilience.llm.breaker.window=1000", "resilience.llm.breaker.minimum-calls=1000");
		for (int i = 0; i < CALLS; i++) {
			assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		}
		return this.primary.requestCount() - CALLS;
	}

	@Test
	void withoutABudgetThereIsAFloorEachSecond() {
		long start = System.nanoTime();
		long retries = retries("0");
		long seconds = Duration.ofNanos(System.nanoTime() - start).toSeconds() + 2;
		assertThat(retries).isBetween(1L, 3 * seconds);
	}

	@Test
	void aBudgetOfOneLetsEveryCallRetry() {
		assertThat(retries("1")).isEqualTo(CALLS);
	}

}
