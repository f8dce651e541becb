package io.github.agentresilience.llm.internal.fit;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

import io.github.agentresilience.chain.SkippedTarget;
import io.github.agentresilience.chain.internal.route.Suitability;
import io.github.agentresilience.llm.Capability;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.prompt.Prompt;

/**
 * Finds out which targets of one chain can serve a prompt.
 */
public final class PromptFit {

	private final TargetLimits[] limits;

	private PromptFit(List<TargetLimits> limits) {
		this.limits = limits.toArray(TargetLimits[]::new);
	}

	/**
	 * What is known of a chain.
	 * @param limits those of its targets, in their order
	 * @return {@code null} where no target has a limit, so that calls pay nothing
	 */
	public static @Nullable PromptFit of(List<TargetLimits> limits) {
		return limits.stream().anyMatch(TargetLimits::hasAny) ? new PromptFit(limits) : null;
	}

	/**
	 * Which targets can serve a prompt.
	 * @param tokens counts those of the prompt, where a context window asks for that
	 */
	public Suitability of(Prompt prompt, PromptTokens.OfPrompt tokens) {
		return new OfPrompt(prompt, tokens);
	}

	/** Looks at a prompt when it is needed. */
	private final class OfPrompt implements Suitability {

		private final PromptTokens.OfPrompt tokens;

		private final Set<Capability> needs;

		OfPrompt(Prompt prompt, PromptTokens.OfPrompt tokens) {
			this.tokens = tokens;
			this.needs = PromptNeeds.of(prompt);
		}

		@Override
		public @Nullable SkippedTarget obstacle(int position) {
			TargetLimits target = PromptFit.this.limits[position];
			Set<Capability> supports = target.supports();
			if (supports != null && !supports.containsAll(this.needs)) {
				return new SkippedTarget(target.target(), SkippedTarget.Reason.UNSUPPORTED,
						this.needs.stream()
							.filter((need) -> !supports.contains(need))
							.map((need) -> need.name().toLowerCase(Locale.ROOT))
							.collect(Collectors.joining(", ")));
			}
			Integer window = target.contextWindow();
			if (window == null) {
				return null;
			}
			int answer = this.tokens.output(position);
			int room = Math.max(0, window - answer);
			if (this.tokens.isCertainlyAtMost(room) || this.tokens.input() <= room) {
				return null;
			}
			return new SkippedTarget(target.target(), SkippedTarget.Reason.CONTEXT_WINDOW,
					"about " + this.tokens.input() + " tokens"
							+ (answer > 0 ? " and " + answer + " for the answer" : "") + ", not " + window);
		}

	}

}
