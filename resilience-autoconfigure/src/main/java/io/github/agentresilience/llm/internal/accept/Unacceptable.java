package io.github.agentresilience.llm.internal.accept;

import java.util.HashMap;
import java.util.Map;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.TargetFailureException;
import org.jspecify.annotations.Nullable;

/**
 * Why an answer is not accepted, from the least bad to the worst: what is cut off says
 * more than what refuses, and that says more than nothing.
 */
public enum Unacceptable {

	LENGTH("length", "The answer was cut off at its most tokens"),

	ACCEPTOR("acceptor", "An acceptor does not accept the answer"),

	SCHEMA("schema", "The answer does not match the schema that was asked for"),

	ENTITY("entity", "The answer cannot be converted to what was asked for"),

	TOOL_ARGUMENTS("tool-arguments", "The arguments of a tool call do not match the tool's schema"),

	REFUSAL("refusal", "The model refused to answer"),

	NO_TEXT("no-text", "The answer says nothing; its tokens went into reasoning"),

	/** A failure of its target, which is asked once more. */
	EMPTY(Failure
		.ofTransient(0, "The answer is empty", new TargetFailureException(0, "The answer is empty", (Throwable) null))
		.withReason("empty"));

	private static final Map<String, Unacceptable> BY_REASON = new HashMap<>();

	static {
		for (Unacceptable each : values()) {
			BY_REASON.put(each.failure.reason(), each);
		}
	}

	private final Failure failure;

	private final Failure guess;

	Unacceptable(String reason, String message) {
		this(Failure.unacceptable(reason, message));
	}

	Unacceptable(Failure failure) {
		this.failure = failure;
		this.guess = this.failure.withoutBreaker();
	}

	/** Says so, and nothing of what the answer holds. */
	public Failure failure() {
		return this.failure;
	}

	/**
	 * The same where it is not sure: another target is asked, but nothing speaks against
	 * the health of the one that answered.
	 */
	public Failure guess() {
		return this.guess;
	}

	/** How bad an answer is that is not accepted for that reason. */
	public static int badness(@Nullable String reason) {
		Unacceptable why = BY_REASON.get(reason);
		return (why != null) ? why.ordinal() : values().length;
	}

}
