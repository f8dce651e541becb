package io.github.agentresilience.llm.internal.failure;

import java.time.Clock;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.agentresilience.chain.internal.wire.RetryAfter;
import org.jspecify.annotations.Nullable;

/**
 * How Google asks for patience: in the details of an error, as
 * {@code "retryDelay": "7s"}, with no header beside it.
 */
final class RetryInfo {

	/** As JSON, or as a client prints the JSON that it has read. */
	private static final Pattern RETRY_DELAY = Pattern
		.compile("retryDelay\"?\\s?[:=]\\s?\"?(\\d{1,9}(?:\\.\\d{1,9})?)s");

	private RetryInfo() {
	}

	/**
	 * Reads an error.
	 * @return how long it asks to wait, a day at most; {@code null} where it does not
	 */
	static @Nullable Duration in(String error) {
		Matcher delay = RETRY_DELAY.matcher(error);
		return delay.find()
				? RetryAfter.from((header) -> header.equals("retry-after") ? delay.group(1) : null, Clock.systemUTC())
				: null;
	}

}
