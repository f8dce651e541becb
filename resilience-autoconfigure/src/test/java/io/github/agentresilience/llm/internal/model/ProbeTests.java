package io.github.agentresilience.llm.internal.model;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Targets whose breakers are open are asked whether they are back, where that is wanted.
 */
class ProbeTests extends LlmFixture {

	private static final String[] SOON = { "resilience.llm.breaker.open-for=300ms",
			"resilience.llm.breaker.minimum-calls=2" };

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
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> this.primary.requestCount() > 2);
		assertThat(breaker("a").getState()).isNotEqualTo(State.CLOSED);
		this.primary.always(Reply.text("I am the primary"));
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> breaker("a").getState() == State.CLOSED);
		assertThat(this.primary.requests().get(this.primary.requestCount() - 1).body()).contains("\"max_tokens\":1")
			.contains("\"model\":\"model-a\"");
		assertThat(this.context.getBean(Scorecard.class).snapshot().overall().calls()).isEqualTo(1);
	}

	@Test
	void noTargetIsAskedWhatCostsMoneyUnlessThatIsWanted() {
		down(SOON);
		int before = this.primary.requestCount();
		Awaitility.await()
			.during(2, TimeUnit.SECONDS)
			.atMost(30, TimeUnit.SECONDS)
			.until(() -> this.primary.requestCount() == before);
	}

	@Test
	void aBeanThatBlocksHoldsNoPermissionForEver() {
		this.context = TestApplication.start(WebApplicationType.NONE, Blocking.class,
				List.of("resilience.llm.targets.slow.bean=blockingModel", "resilience.llm.chains.default=slow",
						"resilience.llm.probe.enabled=true", "resilience.llm.probe.timeout=200ms",
						"resilience.llm.breaker.open-for=300ms"));
		BlockingModel bean = this.context.getBean(BlockingModel.class);
		breaker("slow").transitionToOpenState();
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> bean.asked.get() >= 2);
		bean.blocks = false;
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> breaker("slow").getState() == State.CLOSED);
	}

	@Configuration(proxyBeanMethods = false)
	static class Blocking extends TestApplication.Application {

		@Bean
		BlockingModel blockingModel() {
			return new BlockingModel();
		}

	}

	static class BlockingModel implements ChatModel {

		private final AtomicInteger asked = new AtomicInteger();

		private volatile boolean blocks = true;

		@Override
		public ChatResponse call(Prompt prompt) {
			this.asked.incrementAndGet();
			while (this.blocks) {
				LockSupport.parkNanos(10_000_000);
			}
			return new ChatResponse(List.of(new Generation(new AssistantMessage("back"))));
		}

	}

}
