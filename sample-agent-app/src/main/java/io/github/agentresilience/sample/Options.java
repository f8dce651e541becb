package io.github.agentresilience.sample;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the sample was started with.
 */
final class Options {

	private final List<String> given;

	Options(String... given) {
		this.given = List.of(given);
	}

	boolean has(String flag) {
		return this.given.contains(flag);
	}

	/**
	 * Options for Spring Boot.
	 * @param flags what only the sample knows
	 * @param defaults each of the form {@code --name=value}, for what is not given
	 */
	String[] without(List<String> flags, String... defaults) {
		List<String> options = new ArrayList<>(this.given);
		options.removeAll(flags);
		Arrays.stream(defaults).filter((each) -> !isGiven(name(each))).forEach(options::add);
		return options.toArray(String[]::new);
	}

	private boolean isGiven(String name) {
		return this.given.stream().anyMatch((each) -> name(each).equals(name));
	}

	private static String name(String option) {
		int value = option.indexOf('=');
		return (value >= 0) ? option.substring(0, value) : option;
	}

}
