package io.github.agentresilience.chain;

import java.util.Locale;

/**
 * What a failure means for the rest of the call. Every failure is given one kind, once, by the leg's
 * {@link FailureClassifier}.
 */
public enum FailureKind {

	/** May pass: retried on the same target, then the next one is asked. */
	TRANSIENT,

	/**
	 * No answer in time: the next target is asked at once, because asking a silent server again only doubles the
	 * wait. The last target of a chain is asked again all the same.
	 */
	SILENT,

	/** This target cannot serve this call, another may: the next target is asked at once. */
	TARGET,

	/** The request itself is refused: thrown at once, no other target is asked. */
	CALLER,

	/**
	 * An answer that says the tool failed. Whether the server or the request is to blame shows only when another
	 * target has answered, so the verdict waits for that.
	 */
	TOOL,

	/** The caller interrupted or cancelled the call: it stops at once and counts for nobody. */
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
