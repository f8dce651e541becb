package io.github.agentresilience.llm.internal.model;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.github.agentresilience.support.Logged;
import io.github.agentresilience.support.TestApplication;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Streams of beans that fail after they were given up, as those do that block a thread
 * which is interrupted then.
 */
class LateErrorTests extends LlmFixture {

	@Test
	void anErrorThatComesAfterTheAttemptWasGivenUpIsNoErrorToTheLog() {
		ChatModel model = model(LateModel.class, "resilience.llm.targets.late.bean=late",
				"resilience.llm.chains.default=late,b", "resilience.llm.targets.late.first-token-timeout=200ms",
				"resilience.llm.breaker.minimum-calls=20");
		Late late = this.context.getBean(Late.class);
		try (Logged logged = new Logged()) {
			for (How how : How.values()) {
				late.how = how;
				late.ended = new CountDownLatch(1);
				assertThat(streamed(model)).isEqualTo("I am the fallback");
				Awaitility.await().until(() -> late.ended.getCount() == 0);
			}
			Awaitility.await().during(300, TimeUnit.MILLISECONDS).until(() -> logged.stackTraces().isEmpty());
			assertThat(logged.errors()).isEmpty();
		}
	}

	private enum How {

		/** As Anthropic's model does. */
		ITERATING, SUBSCRIBING, CALLING, WHEN_CANCELLED

	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class LateModel {

		@Bean
		Late late() {
			return new Late();
		}

	}

	static final class Late implements ChatModel {

		private volatile CountDownLatch ended = new CountDownLatch(1);

		private volatile How how = How.CALLING;

		@Override
		public ChatResponse call(Prompt prompt) {
			throw interrupted();
		}

		private RuntimeException interrupted() {
			try {
				new CountDownLatch(1).await(20, TimeUnit.SECONDS);
			}
			catch (InterruptedException ex) {
				this.ended.countDown();
			}
			return new IllegalStateException("interrupted");
		}

		@Override
		public Flux<ChatResponse> stream(Prompt prompt) {
			return switch (this.how) {
				case ITERATING -> Mono.fromFuture(() -> CompletableFuture.completedFuture("connected"))
					.flatMapMany((connected) -> Flux.fromStream(Stream.generate(() -> call(prompt)))
						.subscribeOn(Schedulers.boundedElastic()));
				case SUBSCRIBING ->
					Flux.<ChatResponse>error(this::interrupted).subscribeOn(Schedulers.boundedElastic());
				case CALLING -> Flux.error(interrupted());
				case WHEN_CANCELLED -> Flux.from((subscriber) -> subscriber.onSubscribe(new Subscription() {

					@Override
					public void request(long n) {
						// Nothing comes
					}

					@Override
					public void cancel() {
						Late.this.ended.countDown();
						subscriber.onError(new IllegalStateException("cancelled"));
					}

				}));
			};
		}

	}

}
