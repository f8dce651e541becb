package io.github.agentresilience.llm.internal.model;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.TokenUsage;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TwoProviders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an attempt used, and what that cost, is known when it ends.
 */
@Timeout(60)
class UsageTests extends TwoProviders {

	private void start(String... properties) {
		this.context = TestApplication.start(WebApplicationType.NONE, Beans.class,
				List.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(),
						"resilience.llm.targets.a.model=m", "resilience.llm.targets.a.price.input-per-million=2.5",
						"resilience.llm.targets.a.price.output-per-million=10",
						"resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
						"resilience.llm.targets.b.model=m", "resilience.llm.retry.initial-backoff=1ms"),
				properties);
	}

	private void ask(boolean stream) {
		ChatModel model = this.context.getBean(ChatModel.class);
		if (stream) {
			model.stream(new Prompt("hi")).blockLast();
		}
		else {
			model.call(new Prompt("hi"));
		}
	}

	private Ended ended() throws InterruptedException {
		Ended next = this.context.getBean(Ends.class).attempts.poll(20, TimeUnit.SECONDS);
		assertThat(next).isNotNull();
		return next;
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whatTheTargetSaysItUsedIsPriced(boolean stream) throws Exception {
		start();
		this.primary.always(Reply.text("Hello you").usage(1_000, 200));
		ask(stream);
		assertThat(ended()).isEqualTo(new Ended("a", Attempt.Outcome.SUCCESS, new TokenUsage(1_000, 200), 0.0045));
		assertThat(this.primary.requests().get(0).body().contains("\"include_usage\":true")).isEqualTo(stream);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whatATargetWithoutAPriceUsedIsCountedButNotPriced(boolean stream) throws Exception {
		start("resilience.llm.chains.default=b");
		ask(stream);
		assertThat(ended()).isEqualTo(new Ended("b", Attempt.Outcome.SUCCESS, new TokenUsage(3, 5), null));
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void nothingIsMadeUpWhereTheAnswerDoesNotSay(boolean stream) throws Exception {
		start();
		this.primary.always(Reply.text("Hello you").withoutUsage());
		ask(stream);
		assertThat(ended()).isEqualTo(new Ended("a", Attempt.Outcome.SUCCESS, null, null));
	}

	@Test
	void anAnswerThatIsNotAcceptedHasBeenPaidFor() throws Exception {
		start("resilience.llm.accept=length");
		this.primary.always(Reply.finished("length", "Hello").usage(1_000, 200));
		ask(false);
		assertThat(ended()).isEqualTo(new Ended("a", Attempt.Outcome.UNACCEPTABLE, new TokenUsage(1_000, 200), 0.0045));
		assertThat(ended()).isEqualTo(new Ended("b", Attempt.Outcome.SUCCESS, new TokenUsage(3, 5), null));
	}

	@Test
	void aTargetThatFailsHasUsedNothingThatIsKnown() throws Exception {
		start("resilience.llm.retry.max-attempts=1");
		this.primary.always(Reply.status(503));
		ask(false);
		assertThat(ended()).isEqualTo(new Ended("a", Attempt.Outcome.FAILURE, null, null));
	}

	record Ended(String target, Attempt.Outcome outcome, TokenUsage usage, Double cost) {
	}

	static class Ends implements ChainListener, CallObserver {

		private final BlockingQueue<Ended> attempts = new LinkedBlockingQueue<>();

		@Override
		public CallObserver callStarted(Call call) {
			return this;
		}

		@Override
		public void attemptEnded(Attempt attempt) {
			this.attempts.add(new Ended(attempt.target(), attempt.outcome(), attempt.usage(), attempt.cost()));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Beans {

		@Bean
		Ends ends() {
			return new Ends();
		}

	}

}
