package io.github.agentresilience.chain.internal.wire;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Reads what the headers of an answer say of rate limits: how much is left, of how much,
 * and until when. OpenAI, Azure and Groq ({@code x-ratelimit-remaining-requests}),
 * Anthropic ({@code anthropic-ratelimit-requests-remaining}), OpenRouter
 * ({@code x-ratelimit-remaining}), gateways that follow the IETF's drafts
 * ({@code ratelimit-remaining}, and {@code ratelimit} with {@code ratelimit-policy}).
 */
public final class RateLimitHeaders {

	private static final Pattern PARAMETER = Pattern
		.compile("(?:^|[;,\\s])(limit|remaining|reset|r|t|q)\\s*=\\s*(\\d+)");

	/** What is beyond is no number of requests or tokens. */
	private static final double MOST = 1e15;

	private RateLimitHeaders() {
	}

	/**
	 * Reads the headers.
	 * @param header the first value of a header by its lower-case name, {@code null}
	 * where it is missing
	 * @param clock what a date is compared with
	 * @return one for each limit that can be read, none for those that cannot
	 */
	public static List<Reading> read(Function<String, @Nullable String> header, Clock clock) {
		List<Reading> readings = new ArrayList<>(2);
		for (Source source : Source.values()) {
			Reading reading = source.read(header, clock);
			if (reading != null) {
				readings.add(reading);
			}
		}
		return readings;
	}

	private static @Nullable Long number(@Nullable String text) {
		if (text == null) {
			return null;
		}
		try {
			double value = Double.parseDouble(text.trim());
			return (value < MOST && value > -MOST) ? Math.max(0, (long) Math.floor(value)) : null;
		}
		catch (NumberFormatException ex) {
			return null;
		}
	}

	/** A limit of less than nothing is how some say that there is none. */
	private static boolean isNone(@Nullable String limit) {
		return limit != null && limit.trim().startsWith("-");
	}

	/** Which headers tell of a limit, and of what. */
	public enum Source {

		REQUESTS(Of.REQUESTS, "x-ratelimit-%s-requests", false),

		TOKENS(Of.TOKENS, "x-ratelimit-%s-tokens", false),

		ALL(Of.REQUESTS, "x-ratelimit-%s", true),

		DRAFT(Of.REQUESTS, "ratelimit-%s", true),

		ANTHROPIC_REQUESTS(Of.REQUESTS, "anthropic-ratelimit-requests-%s", false),

		ANTHROPIC_TOKENS(Of.TOKENS, "anthropic-ratelimit-tokens-%s", false),

		ANTHROPIC_INPUT(Of.INPUT, "anthropic-ratelimit-input-tokens-%s", false),

		ANTHROPIC_OUTPUT(Of.OUTPUT, "anthropic-ratelimit-output-tokens-%s", false),

		STRUCTURED(Of.REQUESTS, "ratelimit", true) {

			/**
			 * {@code "default";r=50;t=30}, or {@code limit=100, remaining=50, reset=30}.
			 */
			@Override
			@Nullable Reading read(Function<String, @Nullable String> header, Clock clock) {
				String text = header.apply("ratelimit");
				if (text == null) {
					return null;
				}
				String policy = header.apply("ratelimit-policy");
				Long remaining = parameter(text, "remaining", "r");
				Long reset = parameter(text, "reset", "t");
				Long limit = parameter(text, "limit", "q");
				if (limit == null && policy != null) {
					limit = parameter(policy, "limit", "q");
				}
				return (remaining == null || reset == null) ? null
						: new Reading(this, remaining, limit, Duration.ofSeconds(reset));
			}

		};

		private final Of of;

		private final boolean windowed;

		private final String remaining;

		private final String reset;

		private final String limit;

		Source(Of of, String pattern, boolean windowed) {
			this.of = of;
			this.windowed = windowed;
			this.remaining = String.format(Locale.ROOT, pattern, "remaining");
			this.reset = String.format(Locale.ROOT, pattern, "reset");
			this.limit = String.format(Locale.ROOT, pattern, "limit");
		}

		/** What is limited. */
		public Of of() {
			return this.of;
		}

		/** Whether nothing comes back before the reset. */
		public boolean isWindowed() {
			return this.windowed;
		}

		@Nullable Reading read(Function<String, @Nullable String> header, Clock clock) {
			Long left = number(header.apply(this.remaining));
			Duration until = (left != null) ? RetryAfter.reset(header.apply(this.reset), clock) : null;
			String most = header.apply(this.limit);
			return (left == null || until == null || isNone(most)) ? null
					: new Reading(this, left, number(most), until);
		}

		private static @Nullable Long parameter(String text, String name, String shortName) {
			Matcher parameter = PARAMETER.matcher(text);
			while (parameter.find()) {
				if (parameter.group(1).equals(name) || parameter.group(1).equals(shortName)) {
					return number(parameter.group(2));
				}
			}
			return null;
		}

	}

	/** What is limited. */
	public enum Of {

		REQUESTS, TOKENS, INPUT, OUTPUT

	}

	/**
	 * What an answer says of one limit.
	 *
	 * @param remaining what is left
	 * @param limit what there is when nothing is used, {@code null} where that is not
	 * said
	 * @param reset when that is so again, from now; negative where it was
	 */
	public record Reading(Source source, long remaining, @Nullable Long limit, Duration reset) {
	}

}
