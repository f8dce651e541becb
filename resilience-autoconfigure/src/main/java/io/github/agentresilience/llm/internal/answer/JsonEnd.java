package io.github.agentresilience.llm.internal.answer;

/**
 * Finds the end of a JSON object or array that comes in parts, whatever stands in its
 * texts. It does not say whether what lies between is JSON.
 */
final class JsonEnd {

	private int depth;

	private boolean begun;

	private boolean inText;

	private boolean escaped;

	/**
	 * Looks at the next byte or character.
	 * @return whether the object or array ends with it
	 */
	boolean endsWith(int next) {
		if (this.inText) {
			if (this.escaped) {
				this.escaped = false;
			}
			else if (next == '\\') {
				this.escaped = true;
			}
			else if (next == '"') {
				this.inText = false;
			}
			return false;
		}
		switch (next) {
			case '"' -> this.inText = true;
			case '{', '[' -> {
				this.depth++;
				this.begun = true;
			}
			case '}', ']' -> {
				this.depth--;
				return isReached();
			}
			default -> {
			}
		}
		return false;
	}

	void look(CharSequence part) {
		for (int i = 0; i < part.length(); i++) {
			endsWith(part.charAt(i));
		}
	}

	boolean isBegun() {
		return this.begun;
	}

	boolean isReached() {
		return this.begun && this.depth <= 0 && !this.inText;
	}

}
