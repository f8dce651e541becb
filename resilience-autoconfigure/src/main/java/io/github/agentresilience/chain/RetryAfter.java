package io.github.agentresilience.chain;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Reads how long a target wants to be left alone from the headers of its answer: {@code retry-after-ms},
 * {@code Retry-After} in seconds or as a date (RFC 9110, 10.2.3), else the reset time of a rate limit that is used up
 * ({@code x-ratelimit-remaining-*} and {@code x-ratelimit-reset-*}, as OpenAI and Groq send them).
 */
public final class RetryAfter {

	private static final Pattern GO_DURATION_PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(ms|h|m|s)");

	private RetryAfter() {
	}

	/**
	 * Reads the headers.
	 * @param header the first value of a header by its lower-case name, {@code null} where it is missing
	 * @param clock what a date is compared with
	 * @return how long from now, never negative; {@code null} where the headers say nothing that can be read
	 */
	public static @Nullable Duration from(Function<String, @Nullable String> header, Clock clock) {
		Duration wait = number(header.apply("retry-after-ms"), 1);
		if (wait == null) {
			String retryAfter = header.apply("retry-after");
			wait = number(retryAfter, 1000);
			wait = (wait != null) ? wait : date(retryAfter, clock);
		}
		if (wait == null) {
			wait = longer(reset(header, "requests"), reset(header, "tokens"));
		}
		return (wait != null && wait.isNegative()) ? Duration.ZERO : wait;
	}

	private static @Nullable Duration number(@Nullable String text, double millisPerUnit) {
		if (text == null) {
			return null;
		}
		try {
			double value = Double.parseDouble(text.trim());
			return Double.isFinite(value) ? Duration.ofMillis(Math.round(value * millisPerUnit)) : null;
		}
		catch (NumberFormatException ex) {
			return null;
		}
	}

	private static @Nullable Duration date(@Nullable String text, Clock clock) {
		if (text == null) {
			return null;
		}
		try {
			Instant until = ZonedDateTime.parse(text.trim(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
			return Duration.between(clock.instant(), until);
		}
		catch (DateTimeException ex) {
			return null;
		}
	}

	private static @Nullable Duration reset(Function<String, @Nullable String> header, String what) {
		String remaining = header.apply("x-ratelimit-remaining-" + what);
		String reset = header.apply("x-ratelimit-reset-" + what);
		if (remaining == null || reset == null || !remaining.trim().equals("0")) {
			return null;
		}
		Duration seconds = number(reset, 1000);
		return (seconds != null) ? seconds : goDuration(reset.trim());
	}

	/** Durations such as {@code 1m2.5s}, as Go prints them. */
	private static @Nullable Duration goDuration(String text) {
		Matcher part = GO_DURATION_PART.matcher(text);
		double millis = 0;
		int end = 0;
		while (part.find() && part.start() == end) {
			double value = Double.parseDouble(part.group(1));
			millis += value * switch (part.group(2)) {
				case "h" -> 3_600_000;
				case "m" -> 60_000;
				case "s" -> 1_000;
				default -> 1;
			};
			end = part.end();
		}
		return (end > 0 && end == text.length()) ? Duration.ofMillis(Math.round(millis)) : null;
	}

	private static @Nullable Duration longer(@Nullable Duration one, @Nullable Duration other) {
		if (one == null || other == null) {
			return (one != null) ? one : other;
		}
		return one.compareTo(other) >= 0 ? one : other;
	}

}
