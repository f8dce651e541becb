package io.github.agentresilience.chain.internal.wire;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.agentresilience.chain.internal.policy.Defaults;
import org.jspecify.annotations.Nullable;

/**
 * Reads how long a target asks to cool down from the headers of its answer:
 * {@code retry-after-ms} (Azure: {@code x-ms-retry-after-ms}), {@code Retry-After} in
 * seconds or as a date (RFC 9110, 10.2.3 and 5.6.7), else the reset time of a rate limit
 * that is used up, as OpenAI, Groq ({@code x-ratelimit-remaining-*} and
 * {@code x-ratelimit-reset-*}), Anthropic ({@code anthropic-ratelimit-*}), OpenRouter
 * ({@code x-ratelimit-reset}) and the gateways that follow the IETF draft
 * ({@code ratelimit-reset}) send it.
 */
public final class RetryAfter {

	private static final Pattern GO_DURATION_PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(ms|h|m|s)");

	/**
	 * RFC 9110, 5.6.7: the form to send, and the two obsolete ones that a recipient must
	 * understand.
	 */
	private static final List<DateTimeFormatter> HTTP_DATES = List.of(DateTimeFormatter.RFC_1123_DATE_TIME,
			new DateTimeFormatterBuilder().appendPattern("EEEE, dd-MMM-")
				.appendValueReduced(ChronoField.YEAR, 2, 2, 2000)
				.appendPattern(" HH:mm:ss 'GMT'")
				.toFormatter(Locale.US),
			DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.US));

	/** Seconds: September 2001. */
	private static final long EPOCH_SECONDS_FROM = 1_000_000_000L;

	/** Seconds: the year 5138; as milliseconds, 1973. */
	private static final long EPOCH_MILLIS_FROM = 100_000_000_000L;

	private RetryAfter() {
	}

	/**
	 * Reads the headers.
	 * @param header the first value of a header by its lower-case name, {@code null}
	 * where it is missing
	 * @param clock what a date is compared with
	 * @return how long from now, never negative and never longer than a day; {@code null}
	 * where the headers say nothing that can be read
	 */
	public static @Nullable Duration from(Function<String, @Nullable String> header, Clock clock) {
		Duration wait = first(() -> number(header.apply("retry-after-ms"), 1),
				() -> number(header.apply("x-ms-retry-after-ms"), 1), () -> number(header.apply("retry-after"), 1000),
				() -> date(header.apply("retry-after"), clock), () -> usedUp(header, clock));
		if (wait == null || wait.isNegative()) {
			return (wait == null) ? null : Duration.ZERO;
		}
		return (wait.compareTo(Defaults.LONGEST_RETRY_AFTER) > 0) ? Defaults.LONGEST_RETRY_AFTER : wait;
	}

	@SafeVarargs
	private static @Nullable Duration first(Supplier<@Nullable Duration>... forms) {
		for (Supplier<@Nullable Duration> form : forms) {
			Duration wait = form.get();
			if (wait != null) {
				return wait;
			}
		}
		return null;
	}

	/** The longest reset time among the limits that are used up. */
	private static @Nullable Duration usedUp(Function<String, @Nullable String> header, Clock clock) {
		Duration longest = null;
		for (RateLimitHeaders.Reading limit : RateLimitHeaders.read(header, clock)) {
			if (limit.remaining() == 0) {
				longest = longer(longest, limit.reset());
			}
		}
		return longest;
	}

	/** When a rate limit is reset, from now, in any of the forms that are in use. */
	static @Nullable Duration reset(@Nullable String text, Clock clock) {
		if (text == null) {
			return null;
		}
		Duration plain = number(text, 1000);
		if (plain != null) {
			return sinceEpoch(plain, clock);
		}
		return first(() -> goDuration(text.trim()), () -> instant(text, clock));
	}

	/**
	 * No limit is reset in thirty years: a number that large is a point in time, in
	 * seconds or milliseconds.
	 */
	private static Duration sinceEpoch(Duration plain, Clock clock) {
		long number = plain.toSeconds();
		if (number < EPOCH_SECONDS_FROM) {
			return plain;
		}
		Instant at = (number < EPOCH_MILLIS_FROM) ? Instant.ofEpochSecond(number) : Instant.ofEpochMilli(number);
		return Duration.between(clock.instant(), at);
	}

	private static @Nullable Duration instant(String text, Clock clock) {
		try {
			return Duration.between(clock.instant(), OffsetDateTime.parse(text.trim()).toInstant());
		}
		catch (DateTimeException ex) {
			return null;
		}
	}

	private static @Nullable Duration number(@Nullable String text, double millisPerUnit) {
		if (text == null) {
			return null;
		}
		try {
			double value = Double.parseDouble(text.trim());
			// What is beyond any clock is no number of seconds
			return Math.abs(value) < 1e14 ? Duration.ofMillis(Math.round(value * millisPerUnit)) : null;
		}
		catch (NumberFormatException ex) {
			return null;
		}
	}

	private static @Nullable Duration date(@Nullable String text, Clock clock) {
		if (text == null) {
			return null;
		}
		for (DateTimeFormatter form : HTTP_DATES) {
			try {
				Instant until = ZonedDateTime.parse(text.trim(), form.withZone(ZoneOffset.UTC)).toInstant();
				return Duration.between(clock.instant(), until);
			}
			catch (DateTimeException ex) {
				// Another form may fit
			}
		}
		return null;
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
