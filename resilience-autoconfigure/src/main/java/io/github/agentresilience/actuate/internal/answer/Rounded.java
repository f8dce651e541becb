package io.github.agentresilience.actuate.internal.answer;

import org.jspecify.annotations.Nullable;

/**
 * Figures as answers show them: milliseconds to a hundredth, rates to four places,
 * {@code null} where there is nothing to say yet.
 */
final class Rounded {

	private Rounded() {
	}

	static @Nullable Double millis(@Nullable Double value) {
		return (value == null) ? null : Math.round(value * 100) / 100.0;
	}

	/** To a billionth, which is a thousandth of what a token at one per million costs. */
	static double money(double value) {
		return Math.round(value * 1e9) / 1e9;
	}

	static @Nullable Double rate(@Nullable Double value) {
		return (value == null) ? null : Math.round(value * 10_000) / 10_000.0;
	}

}
