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
	EMPTY("empty", "The answer is empty");

	private static final Map<String, Unacceptable> BY_REASON = new HashMap<>();

	static {
		for (Unacceptable each : values()) {
			BY_REASON.put(each.reason, each);
		}
	}

	private final String reason;

	private final String message;

	Unacceptable(String reason, String message) {
		this.reason = reason;
		this.message = message;
	}

	/** Says so, and nothing of what the answer holds. */
	public Failure failure() {
		return (this == EMPTY)
				? Failure.ofTransient(0, this.message, new TargetFailureException(0, this.message, (Throwable) null))
					.withReason(this.reason)
				: Failure.unacceptable(this.reason, this.message);
	}

	/**
	 * The same where it is not sure: another target is asked, but nothing speaks against
	 * the health of the one that answered.
	 */
	public Failure guess() {
		return failure().withoutBreaker();
	}

	/** How bad an answer is that is not accepted for that reason. */
	public static int badness(@Nullable String reason) {
		Unacceptable why = BY_REASON.get(reason);
		return (why != null) ? why.ordinal() : values().length;
	}

}
