package io.github.agentresilience.fleet.internal.redis;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.agentresilience.fleet.FleetEntry;
import org.jspecify.annotations.Nullable;

/**
 * Reads what comes from Redis, which anybody who can write there may have written.
 */
final class EntryReader {

	/** Of an entry with its key, and so of a message. */
	static final int LONGEST = 16 * 1024;

	private static final Pattern MESSAGE = Pattern.compile("(\\d{1,17}) ([a-z]{1,32}) (\\S{1,512}) (.*)",
			Pattern.DOTALL);

	private static final Pattern ENTRY = Pattern.compile("1 (\\d{1,17}) (\\d{1,17}) ([A-Za-z0-9-]{1,64}) (.*)",
			Pattern.DOTALL);

	private static final Pattern OTHER_FORMAT = Pattern.compile("\\d{1,9} .*", Pattern.DOTALL);

	/**
	 * How far the present time of a message may differ from that of the last answer.
	 * Without a bound one entry of the far future would make all later ones look old.
	 */
	private static final long MOST_DRIFT_MICROS = TimeUnit.MINUTES.toMicros(1);

	private EntryReader() {
	}

	/**
	 * Reads a message.
	 * @param presentMicros the present time by Redis' clock, as far as it is known
	 * @throws IgnoredException when it cannot be understood
	 */
	static FleetEntry message(String text, long presentMicros) throws IgnoredException {
		if (text.length() > LONGEST) {
			throw new IgnoredException("too_long");
		}
		Matcher parts = MESSAGE.matcher(text);
		if (!parts.matches()) {
			throw new IgnoredException("malformed");
		}
		long now = Long.parseLong(parts.group(1));
		if (Math.abs(now - presentMicros) > MOST_DRIFT_MICROS) {
			throw new IgnoredException("time");
		}
		FleetEntry entry = entry(parts.group(2), parts.group(3), parts.group(4), now);
		if (entry == null) {
			throw new IgnoredException("expired");
		}
		return entry;
	}

	/**
	 * Reads an entry.
	 * @param key as it is in Redis
	 * @return {@code null} where it no longer holds
	 * @throws IgnoredException when it cannot be understood
	 */
	static @Nullable FleetEntry entry(String topic, String key, String text, long nowMicros) throws IgnoredException {
		Matcher parts = ENTRY.matcher(text);
		if (!parts.matches()) {
			throw new IgnoredException(OTHER_FORMAT.matcher(text).matches() ? "version" : "malformed");
		}
		long version = Long.parseLong(parts.group(1));
		long until = Long.parseLong(parts.group(2));
		if (version > nowMicros) {
			throw new IgnoredException("time");
		}
		return (until <= nowMicros) ? null : new FleetEntry(topic, decoded(key), parts.group(4), parts.group(3),
				version, Duration.ofNanos(TimeUnit.MICROSECONDS.toNanos(until - nowMicros)));
	}

	private static String decoded(String key) throws IgnoredException {
		try {
			return URLDecoder.decode(key, StandardCharsets.UTF_8);
		}
		catch (IllegalArgumentException ex) {
			throw new IgnoredException("malformed");
		}
	}

	/** Something that cannot be understood. */
	static final class IgnoredException extends Exception {

		private static final long serialVersionUID = 1L;

		private final String reason;

		IgnoredException(String reason) {
			super(reason, null, false, false);
			this.reason = reason;
		}

		String reason() {
			return this.reason;
		}

	}

}
