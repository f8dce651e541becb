package io.github.agentresilience.llm.internal.failure;

import org.jspecify.annotations.Nullable;

/**
 * What an error means beyond its status.
 */
public enum ErrorMeaning {

	/** The provider will not answer this prompt. */
	CONTENT_FILTER("content-filter"),

	/** The prompt, or the answer that is asked for, is too long for this model. */
	CONTEXT_LENGTH("context-length"),

	/**
	 * The history has something that only the target knows which made it, or lacks what
	 * this one adds.
	 */
	HISTORY("history"),

	/** The account is used up, which no retry fixes. */
	QUOTA("quota"),

	/** The account is closed, restricted or not yet open. */
	ACCOUNT("account"),

	/** The provider does not serve where the request comes from. */
	REGION("region"),

	/** The key is none, or not a good one. */
	CREDENTIALS("credentials"),

	/** The endpoint does not have the model, or not for this key, or no longer. */
	UNKNOWN_MODEL("unknown-model"),

	/**
	 * The model or its server lacks something that the request makes use of: tools,
	 * images, a parameter.
	 */
	CAPABILITY("capability"),

	/**
	 * The model wrote nonsense where a tool call or JSON was due; the request was right.
	 */
	BAD_GENERATION("bad-generation"),

	RATE_LIMIT("rate-limit"),

	/** The request is wrong, whoever is asked. */
	INVALID_REQUEST("invalid-request"),

	AS_ITS_STATUS(null);

	private final @Nullable String reason;

	ErrorMeaning(@Nullable String reason) {
		this.reason = reason;
	}

	/** The name under which reports show it. */
	@Nullable String reason() {
		return this.reason;
	}

	/**
	 * Whether it speaks against the target's health, where it came with a status that
	 * does not tell.
	 */
	boolean countsForBreaker() {
		return this == CREDENTIALS;
	}

	/** Whether it speaks against the target's health, where the status does. */
	boolean countsByStatus() {
		return this == CREDENTIALS || this == UNKNOWN_MODEL || this == ACCOUNT || this == REGION;
	}

}
