package io.github.agentresilience.chain;

import java.util.Locale;

/**
 * What a failure means for the rest of the call. Every failure is given one kind, once,
 * by the layer's {@link FailureClassifier}.
 */
public enum FailureKind {

	/** May pass: retried on the same target, then the next one is asked. */
	TRANSIENT,

	/**
	 * No answer in time: the next target is asked at once, because asking a silent server
	 * again only doubles the wait. The last target of a chain is asked again all the
	 * same.
	 */
	SILENT,

	/**
	 * This target cannot serve this call, another may: the next target is asked at once.
	 */
	TARGET,

	/** The request itself is refused: thrown at once, no other target is asked. */
	CALLER,

	/**
	 * An answer that says the tool failed. Whether the server or the request is at fault
	 * shows only when another target has answered, so the verdict waits for that.
	 */
	TOOL,

	/**
	 * A good answer that the chain does not accept: the next target is asked at once.
	 * Where none does better, the best of such answers goes to the caller. The breaker
	 * hears of it where another target did better.
	 */
	UNACCEPTABLE,

	/**
	 * The caller interrupted or cancelled the call: it stops at once and no breaker
	 * counts it.
	 */
	CANCELLED;

	private final String id = name().toLowerCase(Locale.ROOT);

	/**
	 * The lower-case name, used in tags and JSON.
	 * @return such as {@code transient}
	 */
	public String id() {
		return this.id;
	}

}
