package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * No target of a chain answered. Carries the history of the call's attempts; its cause is the last attempt's,
 * or an {@link AttemptFailureException} that stands for it. Neither holds a key or the prompt.
 */
public class ChainExhaustedException extends RuntimeException {

	private final Layer layer;

	private final String chain;

	private final List<AttemptReport> attempts;

	private final List<SkippedTarget> skipped;

	private final @Nullable Duration retryIn;

	ChainExhaustedException(Layer layer, String chain, Why why, List<AttemptReport> attempts,
			List<SkippedTarget> skipped, @Nullable Duration retryIn, @Nullable Throwable cause) {
		super(message(layer, chain, why, attempts, skipped, retryIn), cause);
		this.layer = layer;
		this.chain = chain;
		this.attempts = List.copyOf(attempts);
		this.skipped = List.copyOf(skipped);
		this.retryIn = retryIn;
	}

	private static String message(Layer layer, String chain, Why why, List<AttemptReport> attempts,
			List<SkippedTarget> skipped, @Nullable Duration retryIn) {
		StringBuilder text = new StringBuilder();
		text.append("The ").append(layer.id()).append(" chain '").append(chain).append("' ").append(why.text);
		if (!attempts.isEmpty()) {
			text.append("; attempts: ")
				.append(attempts.stream().map(AttemptReport::toString).collect(Collectors.joining(", ")));
		}
		if (!skipped.isEmpty()) {
			text.append("; skipped: ")
				.append(skipped.stream().map(SkippedTarget::toString).collect(Collectors.joining(", ")));
		}
		if (retryIn != null) {
			text.append("; try again in ").append(retryIn.toMillis()).append(" ms");
		}
		return text.toString();
	}

	public Layer layer() {
		return this.layer;
	}

	public String chain() {
		return this.chain;
	}

	/**
	 * The attempts in the order in which they were made.
	 * @return empty where every target was skipped
	 */
	public List<AttemptReport> attempts() {
		return this.attempts;
	}

	public List<SkippedTarget> skipped() {
		return this.skipped;
	}

	/**
	 * When it is worth trying again: the earliest moment at which a target of the chain may be asked.
	 * @return the time from now, or {@code null} where nothing is known
	 */
	public @Nullable Duration retryIn() {
		return this.retryIn;
	}

	enum Why {

		NO_TARGET_LEFT("has no target left"), DEADLINE("ran into its deadline");

		private final String text;

		Why(String text) {
			this.text = text;
		}

	}

}
