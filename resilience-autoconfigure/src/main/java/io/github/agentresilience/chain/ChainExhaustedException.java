package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * No target of a chain answered. Carries the history of the call's attempts; its cause is
 * the last attempt's, or an {@link AttemptFailureException} that stands for it. Neither
 * holds a key or the prompt.
 */
public class ChainExhaustedException extends RuntimeException {

	private final Layer layer;

	private final String chain;

	private final List<AttemptReport> attempts;

	private final List<SkippedTarget> skipped;

	private final @Nullable Duration retryIn;

	/**
	 * An exception. Public so that a test of a {@link LastResort} can make one.
	 * @param attempts the failed attempts, in order
	 * @param skipped the targets that were passed over
	 * @param retryIn when it is worth trying again, {@code null} where nothing is known
	 * @param cause why the last attempt failed, {@code null} where there was none
	 */
	public ChainExhaustedException(Layer layer, String chain, Why why, List<AttemptReport> attempts,
			List<SkippedTarget> skipped, @Nullable Duration retryIn, @Nullable Throwable cause) {
		super(message(layer, chain, why, attempts, skipped, retryIn), cause);
		this.layer = layer;
		this.chain = chain;
		this.attempts = List.copyOf(attempts);
		this.skipped = List.copyOf(skipped);
		this.retryIn = retryIn;
	}

	private ChainExhaustedException(ChainExhaustedException original) {
		super(original.getMessage(), original.getCause());
		this.layer = original.layer;
		this.chain = original.chain;
		this.attempts = original.attempts;
		this.skipped = original.skipped;
		this.retryIn = original.retryIn;
		setStackTrace(original.getStackTrace());
	}

	/** What a last resort threw stays behind: it may hold what cannot be serialised. */
	private Object writeReplace() {
		return new ChainExhaustedException(this);
	}

	private static String message(Layer layer, String chain, Why why, List<AttemptReport> attempts,
			List<SkippedTarget> skipped, @Nullable Duration retryIn) {
		StringBuilder text = new StringBuilder();
		text.append(why.before)
			.append(layer.id())
			.append(" chain '")
			.append(chain)
			.append("' ")
			.append(attempts.isEmpty() && why == Why.EVERY_TARGET_FAILED ? "was skipped" : why.after);
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

	/** The layer of the chain. */
	public Layer layer() {
		return this.layer;
	}

	/** The name of the chain. */
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

	/** The targets that were passed over without being asked. */
	public List<SkippedTarget> skipped() {
		return this.skipped;
	}

	/**
	 * When it is worth trying again: the earliest moment at which a target of the chain
	 * may be asked.
	 * @return the time from now, or {@code null} where nothing is known
	 */
	public @Nullable Duration retryIn() {
		return this.retryIn;
	}

	/** Why no target answered. */
	public enum Why {

		/** Each of them failed or was skipped. */
		EVERY_TARGET_FAILED("Every target of the ", "failed"),

		/** The time for the whole call was over. */
		DEADLINE("The ", "ran into its deadline");

		private final String before;

		private final String after;

		Why(String before, String after) {
			this.before = before;
			this.after = after;
		}

	}

}
