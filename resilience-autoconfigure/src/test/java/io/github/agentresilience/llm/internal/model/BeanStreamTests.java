package io.github.agentresilience.llm.internal.model;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.Test;
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
 * Streams of targets that are beans of the application, and do with a thread what they
 * like.
 */
class BeanStreamTests extends LlmFixture {

	private ChatModel chain(String chain, String... more) {
		String[] properties = new String[more.length + 3];
		System.arraycopy(more, 0, properties, 0, more.length);
		properties[more.length] = "resilience.llm.targets.bean.bean=stubbornModel";
		properties[more.length + 1] = "resilience.llm.chains.default=" + chain;
		// The bean's own time is short; what answers in the end may be slow for the first
		// time
		properties[more.length + 2] = "resilience.llm.targets.bean.first-token-timeout=300ms";
		return model(WithStubbornModel.class, properties);
	}

	@Test
	void aBeanThatBlocksHoldsNeitherTheSubscriberNorTheFallbackUp() {
		ChatModel model = chain("bean,b");
		long start = System.nanoTime();
		Flux<ChatResponse> answer = model.stream(new Prompt("hi"));
		answer.subscribe().dispose();
		assertThat(streamed(model)).isEqualTo("I am the fallback");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
	}

	@Test
	void aBeanThatIsFallenBackOnBlocksNoThreadOfReactor() {
		this.primary.always(Reply.status(503));
		ChatModel model = chain("a,bean,b", "resilience.llm.retry.max-attempts=1");
		assertThat(streamed(model)).isEqualTo("I am the fallback");
		assertThat(this.context.getBean(StubbornModel.class).threads).hasSize(1)
			.allMatch((thread) -> thread.startsWith("resilience-attempt-"));
	}

	@Test
	void aBeanThatBlocksIsHedged() {
		ChatModel model = chain("bean,b", "resilience.llm.hedge.enabled=true", "resilience.llm.hedge.after=100ms");
		long start = System.nanoTime();
		assertThat(streamed(model)).isEqualTo("I am the fallback");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
	}

	@Test
	void aBeanThatAnswersIsHeardWholeAndOnce() {
		ChatModel model = chain("bean,b");
		StubbornModel bean = this.context.getBean(StubbornModel.class);
		bean.release.countDown();
		assertThat(streamed(model)).isEqualTo("I am the bean");
		assertThat(bean.threads).hasSize(1);
		assertThat(this.fallback.requestCount()).isZero();
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class WithStubbornModel {

		@Bean
		StubbornModel stubbornModel() {
			return new StubbornModel();
		}

	}

	/** Blocks for half a minute, whoever interrupts it. */
	static final class StubbornModel implements ChatModel, AutoCloseable {

		private final CountDownLatch release = new CountDownLatch(1);

		private final List<String> threads = new CopyOnWriteArrayList<>();

		@Override
		public ChatResponse call(Prompt prompt) {
			return new ChatResponse(List.of(new Generation(new AssistantMessage("I am the bean"))));
		}

		@Override
		public Flux<ChatResponse> stream(Prompt prompt) {
			this.threads.add(Thread.currentThread().getName());
			long until = System.nanoTime() + Duration.ofSeconds(30).toNanos();
			for (long left = 1; left > 0; left = until - System.nanoTime()) {
				try {
					if (this.release.await(left, TimeUnit.NANOSECONDS)) {
						break;
					}
				}
				catch (InterruptedException ex) {
					// Just that
				}
			}
			return Flux.just(call(prompt));
		}

		@Override
		public void close() {
			this.release.countDown();
		}

	}

}
