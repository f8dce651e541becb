package io.github.agentresilience.llm.internal.history;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

import org.jspecify.annotations.Nullable;

/**
 * The form that an endpoint demands of the ids of tool calls. An id of another form
 * becomes one that fits; the same id always becomes the same, so that calls, their
 * results and prompt caches still match.
 *
 * @param length how many characters an id has at most
 * @param exact whether it has exactly so many
 * @param special the characters that it may hold besides letters and digits of ASCII
 */
record ToolCallIds(int length, boolean exact, String special) {

	/**
	 * Whatever an endpoint may ask for, this fits, but for those that want an exact
	 * length.
	 */
	static final ToolCallIds PLAIN = new ToolCallIds(40, false, "_-");

	private static final char[] DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".toCharArray();

	private static final String PREFIX = "call_";

	/**
	 * How many characters of a hash tell ids apart: 62 to the power of 24 is more than 2
	 * to the power of 128.
	 */
	private static final int ENOUGH = 24;

	boolean fits(@Nullable String id) {
		if (id == null) {
			return false;
		}
		int size = id.length();
		if (size == 0 || size > this.length || this.exact && size != this.length) {
			return false;
		}
		for (int i = 0; i < size; i++) {
			char next = id.charAt(i);
			if (!(next >= 'a' && next <= 'z' || next >= 'A' && next <= 'Z' || next >= '0' && next <= '9'
					|| this.special.indexOf(next) >= 0)) {
				return false;
			}
		}
		return true;
	}

	/** The id itself where it fits, else the one that stands for it. */
	String fit(@Nullable String id) {
		return (id != null && fits(id)) ? id : madeOf((id != null) ? id : "");
	}

	/** An id that stands for some text. */
	String madeOf(String text) {
		String prefix = (this.special.indexOf('_') >= 0 && this.length >= PREFIX.length() + ENOUGH) ? PREFIX : "";
		byte[] hash = sha256(text);
		StringBuilder fitting = new StringBuilder(prefix);
		int size = prefix.isEmpty() ? Math.min(this.length, hash.length) : PREFIX.length() + ENOUGH;
		for (int i = 0; fitting.length() < size; i++) {
			fitting.append(DIGITS[(hash[i] & 0xff) % DIGITS.length]);
		}
		return fitting.toString();
	}

	private static byte[] sha256(String text) {
		try {
			return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java platform has SHA-256", ex);
		}
	}

}
