package io.github.agentresilience.llm.internal.model;

import java.time.Duration;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.LastResort;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.scorecard.internal.Summary;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LastResortTests extends LlmFixture {

	@BeforeEach
	void everythingIsDown() {
		this.primary.always(Reply.status(503));
		this.fallback.always(Reply.status(503));
	}

	@Test
	void itAnswersACallAndIsMarkedDegraded() {
		ChatResponse answer = model(LastResortApplications.Saying.class).call(new Prompt("hi"));
		assertThat(text(answer)).isEqualTo("Please try again later.");
		assertThat(answer.getMetadata().<Boolean>get(AnswerMetadata.DEGRADED)).isTrue();
		assertThat(answer.getMetadata().<String>get(AnswerMetadata.TARGET)).isEqualTo("last-resort");
		assertThat(answer.getMetadata().<Integer>get(AnswerMetadata.ATTEMPTS)).isEqualTo(4);
		assertDegraded();
	}

	@Test
	void itAnswersAStreamAndIsMarkedDegraded() {
		ChatResponse answer = model(LastResortApplications.Saying.class).stream(new Prompt("hi")).blockLast();
		assertThat(text(answer)).isEqualTo("Please try again later.");
		assertThat(answer.getMetadata().<Boolean>get(AnswerMetadata.DEGRADED)).isTrue();
		assertDegraded();
	}

	private void assertDegraded() {
		Summary summary = this.context.getBean(Scorecard.class).snapshot().layers().get(Layer.LLM).summary();
		assertThat(summary.degraded()).isEqualTo(1);
		assertThat(summary.succeeded()).isEqualTo(1);
		assertThat(summary.fallbacks()).isZero();
		assertThat(summary.openIncident()).isTrue();
	}

	@Test
	void itAnswersForItsChainsOnly() {
		model(LastResortApplications.Saying.class, "resilience.llm.chains.other=b");
		ChatModel other = this.context.getBean("otherChatModel", ChatModel.class);
		assertThatThrownBy(() -> other.call(new Prompt("hi"))).isInstanceOf(ChainExhaustedException.class);
	}

	@Test
	void aTargetThatAnswersIsPreferred() {
		this.fallback.always(Reply.text("I am the fallback"));
		ChatResponse answer = model(LastResortApplications.Saying.class).call(new Prompt("hi"));
		assertThat(text(answer)).isEqualTo("I am the fallback");
		assertThat(answer.getMetadata().<Boolean>get(AnswerMetadata.DEGRADED)).isNull();
	}

	@Test
	void whenItFailsTooTheChainsOwnExceptionIsThrown() {
		ChatModel model = model(LastResortApplications.Failing.class);
		assertThatThrownBy(() -> model.call(new Prompt("hi"))).isInstanceOf(ChainExhaustedException.class)
			.satisfies((thrown) -> assertThat(thrown.getSuppressed()).hasSize(1));
		assertThatThrownBy(() -> streamed(model)).isInstanceOf(ChainExhaustedException.class);
	}

	@Test
	void whenItHangsTheDeadlineHolds() {
		ChatModel model = model(Hanging.class, "resilience.llm.deadline=500ms");
		long start = System.nanoTime();
		assertThatThrownBy(() -> model.call(new Prompt("hi"))).isInstanceOf(ChainExhaustedException.class);
		assertThatThrownBy(() -> streamed(model)).isInstanceOf(ChainExhaustedException.class);
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Hanging {

		@Bean
		LastResort<Prompt, ChatResponse> lastResort() {
			return (prompt, why) -> {
				while (!Thread.currentThread().isInterrupted()) {
					Thread.onSpinWait();
				}
				return null;
			};
		}

	}

}
