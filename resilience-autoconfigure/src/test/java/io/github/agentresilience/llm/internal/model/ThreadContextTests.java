package io.github.agentresilience.llm.internal.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.LastResort;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import io.micrometer.context.ContextRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The caller's thread context is there on whichever thread a target or a last resort is
 * asked.
 */
class ThreadContextTests extends LlmFixture {

	private static final String KEY_OF_LOCAL = "thread-context-tests";

	private static final ThreadLocal<String> LOCAL = new ThreadLocal<>();

	private static final String CALLER = "the caller's";

	@BeforeEach
	void callerHasContext() {
		ContextRegistry.getInstance().registerThreadLocalAccessor(KEY_OF_LOCAL, LOCAL);
		LOCAL.set(CALLER);
		MDC.put("request", CALLER);
	}

	@AfterEach
	void callerLeaves() {
		ContextRegistry.getInstance().removeThreadLocalAccessor(KEY_OF_LOCAL);
		LOCAL.remove();
		MDC.clear();
	}

	private Map<String, Seen> seenBy(String chain, boolean streaming, String... more) {
		String[] properties = new String[more.length + 3];
		System.arraycopy(more, 0, properties, 0, more.length);
		properties[more.length] = "resilience.llm.targets.seeing.bean=seeingModel";
		properties[more.length + 1] = "resilience.llm.targets.broken.bean=brokenModel";
		properties[more.length + 2] = "resilience.llm.chains.default=" + chain;
		ChatModel model = model(Seeing.class, properties);
		ObservationRegistry observations = this.context.getBean(ObservationRegistry.class);
		Observation.createNotStarted("caller", observations).observe(() -> {
			String answer = streaming ? streamed(model) : text(model.call(new Prompt("hi")));
			assertThat(answer).isEqualTo("I have seen");
		});
		assertThat(MDC.getCopyOfContextMap()).containsExactlyEntriesOf(Map.of("request", CALLER));
		return this.context.getBean(Seeing.class).seen;
	}

	private static void assertSawTheCallers(Seen seen) {
		assertThat(seen.local).isEqualTo(CALLER);
		assertThat(seen.mdc).isEqualTo(CALLER);
		assertThat(seen.observation).isEqualTo("caller");
		assertThat(seen.thread).isNotEqualTo(Thread.currentThread().getName());
	}

	@Test
	void inACallOfABean() {
		assertSawTheCallers(seenBy("seeing", false).get("model"));
	}

	@Test
	void inAStreamOfABean() {
		assertSawTheCallers(seenBy("seeing", true).get("model"));
	}

	@Test
	void inAFallbackOfAStream() {
		this.primary.always(Reply.status(503));
		assertSawTheCallers(seenBy("a,seeing", true).get("model"));
	}

	@Test
	void inARetryOfAStream() {
		assertSawTheCallers(seenBy("broken,seeing", true, "resilience.llm.retry.max-attempts=3").get("broken-3"));
	}

	@Test
	void inAHedge() {
		this.primary.always(Reply.text("too late").delay(Duration.ofSeconds(10)));
		assertSawTheCallers(
				seenBy("a,seeing", false, "resilience.llm.hedge.enabled=true", "resilience.llm.hedge.after=100ms")
					.get("model"));
	}

	@Test
	void inAHedgeOfAStream() {
		this.primary.always(Reply.text("too late").delay(Duration.ofSeconds(10)));
		assertSawTheCallers(
				seenBy("a,seeing", true, "resilience.llm.hedge.enabled=true", "resilience.llm.hedge.after=100ms")
					.get("model"));
	}

	@Test
	void inALastResort() {
		assertSawTheCallers(seenBy("broken", false).get("last resort"));
	}

	@Test
	void inALastResortOfAStream() {
		assertSawTheCallers(seenBy("broken", true).get("last resort"));
	}

	/** What code of the application finds on its thread. */
	private record Seen(String thread, String local, String mdc, String observation) {
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Seeing {

		private final Map<String, Seen> seen = new ConcurrentHashMap<>();

		private final ObservationRegistry observations;

		Seeing(ObservationRegistry observations) {
			this.observations = observations;
		}

		private void look(String who) {
			Observation current = this.observations.getCurrentObservation();
			while (current != null && current.getContext().getParentObservation() instanceof Observation parent) {
				current = parent;
			}
			this.seen.put(who, new Seen(Thread.currentThread().getName(), String.valueOf(LOCAL.get()),
					String.valueOf(MDC.get("request")), (current != null) ? current.getContext().getName() : "none"));
		}

		private static ChatResponse answer() {
			return new ChatResponse(List.of(new Generation(new AssistantMessage("I have seen"))));
		}

		@Bean
		ChatModel seeingModel() {
			return new BeanModel() {
				@Override
				public ChatResponse call(Prompt prompt) {
					look("model");
					return answer();
				}
			};
		}

		@Bean
		ChatModel brokenModel() {
			return new BeanModel() {
				private int asked;

				@Override
				public ChatResponse call(Prompt prompt) {
					this.asked++;
					look("broken-" + this.asked);
					throw new IllegalStateException("down");
				}
			};
		}

		@Bean
		LastResort<Prompt, ChatResponse> lastResort() {
			return (Prompt prompt, ChainExhaustedException exhausted) -> {
				look("last resort");
				return answer();
			};
		}

	}

	/** Streams on the thread on which it is asked. */
	private interface BeanModel extends ChatModel {

		@Override
		default Flux<ChatResponse> stream(Prompt prompt) {
			return Flux.just(call(prompt));
		}

	}

}
