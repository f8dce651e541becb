package io.github.agentresilience.llm.internal.failure;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.agentresilience.chain.internal.wire.RetryAfter;
import okhttp3.Interceptor;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Writes into the status line of a refusal how long it asks to wait. That line is, beside
 * the body, all that the exceptions of Google's SDK keep of an answer.
 */
public final class RetryAfterInStatus implements Interceptor {

	private static final Pattern WRITTEN = Pattern.compile("\\[retry after (\\d{1,9}) ms]");

	private final Clock clock;

	/**
	 * An interceptor.
	 * @param clock what the date of a Retry-After is compared with
	 */
	public RetryAfterInStatus(Clock clock) {
		this.clock = clock;
	}

	@Override
	public Response intercept(Chain chain) throws IOException {
		Response response = chain.proceed(chain.request());
		Duration wait = response.isSuccessful() ? null : RetryAfter.from(response::header, this.clock);
		return (wait == null) ? response
				: response.newBuilder()
					.message(response.message() + " [retry after " + wait.toMillis() + " ms]")
					.build();
	}

	/** Reads what was written. */
	static @Nullable Duration read(String message) {
		Matcher written = WRITTEN.matcher(message);
		return written.find() ? Duration.ofMillis(Long.parseLong(written.group(1))) : null;
	}

}
