package io.github.agentresilience.chaos;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TwoProviders;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.test.util.ReflectionTestUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Faults that take the place of a stream, or come before it.
 */
@Timeout(60)
class StreamFaultTests extends TwoProviders {

	private Chaos chaos;

	private ChatModel endpoint;

	private ChatModel bean;

	private Counting counting;

	@BeforeEach
	void start() {
		this.context = TestApplication.start(WebApplicationType.NONE, Beans.class,
				List.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(),
						"resilience.llm.targets.a.model=m", "resilience.llm.targets.q.bean=counting",
						"resilience.llm.chains.default=a", "resilience.llm.chains.bean=q",
						"resilience.llm.retry.max-attempts=1", "resilience.llm.breaker.minimum-calls=20",
						"resilience.chaos.enabled=true"));
		this.chaos = this.context.getBean(Chaos.class);
		this.endpoint = this.context.getBean(ChatModel.class);
		this.bean = this.context.getBean("beanChatModel", ChatModel.class);
		this.counting = this.context.getBean(Counting.class);
	}

	private Map<?, ?> attemptsInFlight() {
		Target<?, ?> target = this.context.getBean(ChainRegistry.class)
			.targets(Layer.LLM)
			.stream()
			.filter((each) -> each.name().equals("a"))
			.findFirst()
			.orElseThrow()
			.target();
		Object innermost = ReflectionTestUtils.getField(target, "target");
		Object client = ReflectionTestUtils.getField(innermost, "client");
		Object exchanges = ReflectionTestUtils.getField(client, "exchanges");
		return (Map<?, ?>) ReflectionTestUtils.getField(exchanges, "byId");
	}

	@Test
	void aFaultInTheStreamsPlaceNeitherAsksTheTargetNorLeavesAnAttemptBehind() {
		this.chaos.inject(new BurstFault(6, 503), Layer.LLM, null);
		for (int i = 0; i < 3; i++) {
			assertThatThrownBy(() -> this.endpoint.stream(new Prompt("hi")).blockLast());
			assertThatThrownBy(() -> this.bean.stream(new Prompt("hi")).blockLast());
		}
		assertThat(attemptsInFlight()).isEmpty();
		assertThat(this.counting.asked).hasValue(0);
		assertThat(this.primary.requestCount()).isZero();
		assertThat(this.bean.stream(new Prompt("hi")).blockLast()).isNotNull();
		assertThat(this.counting.asked).hasValue(1);
	}

	@Test
	void noAttemptIsLeftBehindWhereTheSubscriberLeavesWhileAFaultDelaysIt() {
		this.chaos.inject(new BrownoutFault(Duration.ofMinutes(1)), Layer.LLM, "a");
		for (int i = 0; i < 3; i++) {
			this.endpoint.stream(new Prompt("hi")).subscribe().dispose();
		}
		assertThat(attemptsInFlight()).isEmpty();
	}

	@Test
	void norWhereAStreamIsCut() {
		this.primary.always(Reply.text("one two three four five"));
		this.chaos.inject(new StreamCutFault(1, 1), Layer.LLM, "a");
		assertThatThrownBy(() -> this.endpoint.stream(new Prompt("hi")).blockLast());
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> attemptsInFlight().isEmpty());
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Beans {

		@Bean
		Counting counting() {
			return new Counting();
		}

	}

	static class Counting implements ChatModel {

		private final AtomicInteger asked = new AtomicInteger();

		@Override
		public ChatResponse call(Prompt prompt) {
			return new ChatResponse(List.of(new Generation(new AssistantMessage("pong"),
					ChatGenerationMetadata.builder().finishReason("STOP").build())));
		}

		@Override
		public Flux<ChatResponse> stream(Prompt prompt) {
			this.asked.incrementAndGet();
			return Flux.just(call(prompt));
		}

	}

}
