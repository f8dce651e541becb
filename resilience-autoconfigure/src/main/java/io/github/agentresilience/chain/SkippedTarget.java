package io.github.agentresilience.chain;

import java.io.Serializable;
import java.util.Locale;

import org.jspecify.annotations.Nullable;

/**
 * A target that a call passed over without asking. A skip is no failed attempt.
 *
 * @param target the target's name
 * @param reason why it was not asked
 * @param detail what more there is to say of that, free of secrets and prompts, or
 * {@code null}
 */
public record SkippedTarget(String target, Reason reason, @Nullable String detail) implements Serializable {

	/** A target whose reason says it all. */
	public SkippedTarget(String target, Reason reason) {
		this(target, reason, null);
	}

	@Override
	public String toString() {
		return this.target + " (" + this.reason.text + (this.detail != null ? ": " + this.detail : "") + ")";
	}

	/** Why a target was not asked. */
	public enum Reason {

		/** Its breaker refused the call. */
		BREAKER_OPEN("breaker open"),

		/** It cools down after its own Retry-After. */
		RETRY_AFTER("cools down"),

		/** The prompt, with room for the answer, does not fit into its context window. */
		CONTEXT_WINDOW("context window too small"),

		/** The prompt needs what it does not support. */
		UNSUPPORTED("not supported"),

		/** As many requests or tokens as it may be asked in a minute are used up. */
		LIMITED("over its limit"),

		/** As many calls as it may be asked at once are under way. */
		SATURATED("saturated"),

		/** What is left of the turn's budget does not pay for an attempt there. */
		BUDGET("over the turn's budget");

		private final String text;

		private final String id = name().toLowerCase(Locale.ROOT);

		Reason(String text) {
			this.text = text;
		}

		/**
		 * The lower-case name, used in tags and JSON.
		 * @return such as {@code breaker_open}
		 */
		public String id() {
			return this.id;
		}

	}

}
