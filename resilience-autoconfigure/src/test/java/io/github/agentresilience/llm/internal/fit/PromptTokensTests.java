package io.github.agentresilience.llm.internal.fit;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.MediaContent;
import org.springframework.ai.tokenizer.TokenCountEstimator;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a call takes is counted when somebody asks, and once.
 */
class PromptTokensTests {

	private final AtomicInteger counted = new AtomicInteger();

	private final AtomicInteger made = new AtomicInteger();

	private final TokenCountEstimator estimator = new TokenCountEstimator() {

		@Override
		public int estimate(String text) {
			PromptTokensTests.this.counted.incrementAndGet();
			return text.length();
		}

		@Override
		public int estimate(MediaContent content) {
			throw new UnsupportedOperationException();
		}

		@Override
		public int estimate(Iterable<MediaContent> messages) {
			throw new UnsupportedOperationException();
		}

	};

	private final PromptTokens tokens = new PromptTokens(List.of(new TargetLimits("a", null, null, false, null, null),
			new TargetLimits("b", null, null, false, 300, null), new TargetLimits("c", null, null, false, null, 700)),
			() -> {
				this.made.incrementAndGet();
				return this.estimator;
			});

	@Test
	void aPromptIsCountedOnceAndNotBeforeItIsAsked() {
		PromptTokens.OfPrompt prompt = this.tokens.of(new Prompt("x".repeat(92)));
		assertThat(this.made).hasValue(0);
		assertThat(prompt.input()).isEqualTo(110);
		assertThat(prompt.input()).isEqualTo(110);
		assertThat(this.counted).hasValue(1);
		assertThat(this.tokens.of(new Prompt("x".repeat(2))).input()).isEqualTo(11);
		assertThat(this.made).hasValue(1);
	}

	@Test
	void anAnswerIsAsLongAsTheTargetInsistsElseAsThePromptSaysElseAsTheTargetUsuallyIsAsked() {
		PromptTokens.OfPrompt silent = this.tokens.of(new Prompt("hi"));
		assertThat(List.of(silent.output(0), silent.output(1), silent.output(2))).containsExactly(0, 300, 700);
		PromptTokens.OfPrompt saying = this.tokens.of(new Prompt("hi", ChatOptions.builder().maxTokens(50).build()));
		assertThat(List.of(saying.output(0), saying.output(1), saying.output(2))).containsExactly(50, 300, 50);
	}

}
