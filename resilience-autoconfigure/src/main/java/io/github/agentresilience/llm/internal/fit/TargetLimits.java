package io.github.agentresilience.llm.internal.fit;

import java.util.Set;

import io.github.agentresilience.llm.Capability;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.prompt.ChatOptions;

/**
 * What a target can take.
 *
 * @param target its name
 * @param contextWindow tokens of prompt and answer together, {@code null} for no limit
 * that is known
 * @param supports all that it supports, {@code null} where that is not known
 * @param answerTokens the length of answer that it insists on, in tokens, {@code null}
 * for the prompt's
 * @param countsTokens whether its tokens are limited in other ways
 * @param usualAnswerTokens the length of answer that it is asked for where neither says
 * one, {@code null} where that is not known
 */
public record TargetLimits(String target, @Nullable Integer contextWindow, @Nullable Set<Capability> supports,
		boolean countsTokens, @Nullable Integer answerTokens, @Nullable Integer usualAnswerTokens) {

	/** How long an answer may become by some options, {@code null} where none say. */
	public static @Nullable Integer answerTokens(ChatOptions options) {
		return PromptNeeds.answerTokens(options);
	}

	/** Whether the tokens of each prompt for it are counted. */
	public boolean needsCount() {
		return this.contextWindow != null || this.countsTokens;
	}

	boolean hasAny() {
		return this.contextWindow != null || this.supports != null;
	}

}
