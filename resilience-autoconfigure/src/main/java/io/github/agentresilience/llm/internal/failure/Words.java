package io.github.agentresilience.llm.internal.failure;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What one thing is called.
 *
 * @param codes parts of codes that do not occur in prose, looked for everywhere
 * @param numbers codes that are looked for among codes only
 * @param phrases what is said in prose
 */
record Words(List<String> codes, Set<String> numbers, Pattern phrases) {

	Words(List<String> codes, Set<String> numbers, String... phrases) {
		this(codes, numbers, Pattern.compile(String.join("|", phrases)));
	}

	boolean in(ErrorText error) {
		return codeIn(error) || this.phrases.matcher(error.words()).find();
	}

	boolean codeIn(ErrorText error) {
		for (String code : this.codes) {
			if (error.words().contains(code)) {
				return true;
			}
		}
		for (String number : this.numbers) {
			if (error.hasCode(number)) {
				return true;
			}
		}
		return false;
	}

}
