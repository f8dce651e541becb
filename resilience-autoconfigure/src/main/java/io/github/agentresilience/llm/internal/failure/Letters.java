package io.github.agentresilience.llm.internal.failure;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Set;

/**
 * The letters and digits of a text in lower case, and of an error also where they stand
 * in it. Escapes of any depth, HTML entities, punctuation and white space are left out. A
 * character of the scripts that need few of them counts as two letters.
 */
final class Letters {

	private static final char FIRST_OF_DENSE_SCRIPTS = '\u2E80';

	/** What an error is known by stays, whatever the prompt speaks of. */
	private static final Set<String> KEPT = Set.of("code", "type", "status", "reason", "param");

	private static final int LONGEST_KEPT = 100;

	private static final int LONGEST_ENTITY = 8;

	char[] chars;

	int length;

	/** Where each letter begins and ends; only of an error. */
	int[] from = new int[0];

	int[] to = new int[0];

	private final boolean located;

	/** Letters that begin another value. */
	private final BitSet breaks = new BitSet();

	private Letters(boolean located, int capacity) {
		this.located = located;
		this.chars = new char[capacity];
		if (located) {
			this.from = new int[capacity];
			this.to = new int[capacity];
		}
	}

	static Letters ofText(String text) {
		Letters letters = new Letters(false, Math.max(16, text.length()));
		letters.add(text, 0, text.length());
		return letters;
	}

	/**
	 * Letters of the values of an error that is JSON, perhaps with words before it; or of
	 * all of it.
	 */
	static Letters ofError(String error) {
		Letters letters = new Letters(true, Math.max(16, error.length()));
		int json = startOfJson(error);
		json = (ErrorText.json(error.substring(json)) != null) ? json : error.length();
		letters.addValue(error, 0, json);
		letters.addValues(error, json);
		return letters;
	}

	private static int startOfJson(String error) {
		for (int at = 0; at < error.length(); at++) {
			char open = error.charAt(at);
			if (open == '{' || open == '[') {
				int next = at + 1;
				while (next < error.length() && Character.isWhitespace(error.charAt(next))) {
					next++;
				}
				if (next < error.length() && (open == '{' ? "\"}" : "{\"[").indexOf(error.charAt(next)) >= 0) {
					return at;
				}
			}
		}
		return error.length();
	}

	private void addValues(String json, int start) {
		String field = "";
		for (int at = start; at < json.length(); at++) {
			if (json.charAt(at) != '"') {
				continue;
			}
			int end = at + 1;
			while (end < json.length() && json.charAt(end) != '"') {
				end += (json.charAt(end) == '\\') ? 2 : 1;
			}
			end = Math.min(end, json.length());
			int next = end + 1;
			while (next < json.length() && Character.isWhitespace(json.charAt(next))) {
				next++;
			}
			if (next < json.length() && json.charAt(next) == ':') {
				field = json.substring(at + 1, end);
			}
			else if (!KEPT.contains(field) || end - at > LONGEST_KEPT) {
				addValue(json, at + 1, end);
			}
			at = end;
		}
	}

	private void addValue(String text, int start, int end) {
		this.breaks.set(this.length);
		add(text, start, end);
	}

	private void add(String text, int start, int end) {
		for (int at = start; at < end; at++) {
			char c = text.charAt(at);
			if (c == '\\') {
				at = escape(text, at, end);
			}
			else if (c == '&') {
				at = entity(text, at, end);
			}
			else if (Character.isLetterOrDigit(c)) {
				add(c, at, at + 1);
			}
		}
	}

	/** Returns where the escape ends, its last character included. */
	private int escape(String text, int start, int end) {
		int at = start;
		while (at < end && text.charAt(at) == '\\') {
			at++;
		}
		if (at == end) {
			return at - 1;
		}
		char escaped = text.charAt(at);
		if (escaped == 'u' && at + 4 < end) {
			int code = hex(text, at + 1);
			if (code >= 0) {
				if (Character.isLetterOrDigit((char) code)) {
					add((char) code, start, at + 5);
				}
				return at + 4;
			}
		}
		return ("nrtbf".indexOf(escaped) >= 0) ? at : at - 1;
	}

	private static int hex(String text, int at) {
		int code = 0;
		for (int i = at; i < at + 4; i++) {
			int digit = Character.digit(text.charAt(i), 16);
			if (digit < 0) {
				return -1;
			}
			code = code * 16 + digit;
		}
		return code;
	}

	private static int entity(String text, int start, int end) {
		int last = Math.min(end, start + LONGEST_ENTITY);
		for (int at = start + 1; at < last; at++) {
			char c = text.charAt(at);
			if (c == ';') {
				return at;
			}
			if (c != '#' && !Character.isLetterOrDigit(c)) {
				break;
			}
		}
		return start;
	}

	private void add(char letter, int start, int end) {
		put(Character.toLowerCase(letter), start, end);
		if (letter >= FIRST_OF_DENSE_SCRIPTS) {
			put(letter, start, end);
		}
	}

	private void put(char letter, int start, int end) {
		if (this.length == this.chars.length) {
			int more = this.length * 2;
			this.chars = Arrays.copyOf(this.chars, more);
			if (this.located) {
				this.from = Arrays.copyOf(this.from, more);
				this.to = Arrays.copyOf(this.to, more);
			}
		}
		this.chars[this.length] = letter;
		if (this.located) {
			this.from[this.length] = start;
			this.to[this.length] = end;
		}
		this.length++;
	}

	boolean isBreak(int at) {
		return this.breaks.get(at);
	}

	/** Where the run of letters that begins there has to end at the latest. */
	int endOfRun(int start, int end) {
		int next = this.breaks.nextSetBit(start + 1);
		return (next >= 0) ? Math.min(next, end) : end;
	}

	boolean beginsWord(int at) {
		return at == 0 || isBreak(at) || this.from[at] > this.to[at - 1]
				|| (this.chars[at] >= FIRST_OF_DENSE_SCRIPTS && this.from[at] != this.from[at - 1]);
	}

	boolean endsWord(int at) {
		return at == this.length || isBreak(at) || this.from[at] > this.to[at - 1]
				|| (this.chars[at - 1] >= FIRST_OF_DENSE_SCRIPTS && this.from[at] != this.from[at - 1]);
	}

	String text(int start, int end) {
		return new String(this.chars, start, end - start);
	}

}
