package io.github.agentresilience.llm.internal.failure;

import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;

import io.github.agentresilience.chain.internal.wire.RetryAfter;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.web.client.ResponseErrorHandler;

/**
 * Keeps the Retry-After of a refusal, which Spring AI's own error handler drops: its
 * exceptions hold a status and a body, and no headers.
 */
public final class RetryAfterErrorHandler implements ResponseErrorHandler {

	private final ResponseErrorHandler handler;

	private final Clock clock;

	/**
	 * A handler that does what another one does.
	 * @param clock what the date of a Retry-After is compared with
	 */
	public RetryAfterErrorHandler(ResponseErrorHandler handler, Clock clock) {
		this.handler = handler;
		this.clock = clock;
	}

	@Override
	public boolean hasError(ClientHttpResponse response) throws IOException {
		return this.handler.hasError(response);
	}

	@Override
	public void handleError(URI url, HttpMethod method, ClientHttpResponse response) throws IOException {
		Duration wait = RetryAfter.from((name) -> response.getHeaders().getFirst(name), this.clock);
		try {
			this.handler.handleError(url, method, response);
		}
		catch (RuntimeException ex) {
			if (wait != null) {
				ex.addSuppressed(new AskedToWait(wait));
			}
			throw ex;
		}
	}

	/** Reads what was kept with an exception. */
	static @Nullable Duration read(Throwable error) {
		for (Throwable suppressed : error.getSuppressed()) {
			if (suppressed instanceof AskedToWait asked) {
				return asked.wait;
			}
		}
		return null;
	}

	/** Hangs on the exception that says what happened. */
	private static final class AskedToWait extends Exception {

		private final Duration wait;

		AskedToWait(Duration wait) {
			super("The provider asked to wait for " + wait.toMillis() + " ms", null, false, false);
			this.wait = wait;
		}

	}

}
