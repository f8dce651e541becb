package io.github.agentresilience.llm.internal.fit;

import java.util.List;
import java.util.function.Supplier;

import io.github.agentresilience.chain.internal.limit.TokenEstimate;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.tokenizer.TokenCountEstimator;

/**
 * Counts the tokens of prompts for the targets of one chain.
 */
public final class PromptTokens {

	private final TargetLimits[] targets;

	private final Supplier<TokenCountEstimator> estimator;

	private volatile @Nullable PromptSize size;

	/**
	 * A count for a chain.
	 * @param targets what its targets can take, in their order
	 * @param estimator counts tokens; asked for when the first prompt is counted
	 */
	public PromptTokens(List<TargetLimits> targets, Supplier<TokenCountEstimator> estimator) {
		this.targets = targets.toArray(TargetLimits[]::new);
		this.estimator = estimator;
	}

	/**
	 * Reads the table of tokens, which takes a moment, before the first prompt needs it.
	 */
	public void prepare() {
		size();
	}

	/** What a prompt takes, counted when it is asked for. */
	public OfPrompt of(Prompt prompt) {
		return new OfPrompt(prompt);
	}

	/** Of two threads that come at once, each may make one. */
	private PromptSize size() {
		PromptSize known = this.size;
		if (known == null) {
			known = new PromptSize(this.estimator.get());
			this.size = known;
		}
		return known;
	}

	/**
	 * What one prompt takes. Two attempts may be planned at once; both then count, and
	 * come to the same.
	 */
	public final class OfPrompt implements TokenEstimate {

		private static final int UNKNOWN = -1;

		private final Prompt prompt;

		private volatile int input = UNKNOWN;

		private OfPrompt(Prompt prompt) {
			this.prompt = prompt;
		}

		@Override
		public int input() {
			int known = this.input;
			if (known == UNKNOWN) {
				known = size().tokens(this.prompt);
				this.input = known;
			}
			return known;
		}

		@Override
		public int counted() {
			return this.input;
		}

		/** Whether it need not be counted to be known to have no more than that. */
		boolean isCertainlyAtMost(int tokens) {
			return (this.input != UNKNOWN) ? this.input <= tokens : size().isCertainlyAtMost(this.prompt, tokens);
		}

		@Override
		public int output(int position) {
			return PromptNeeds.answerTokens(this.prompt, PromptTokens.this.targets[position]);
		}

	}

}
