package io.github.agentresilience.llm;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.time.Clock;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.TargetFailureException;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;

/**
 * Classifies what the clients of chat models throw: openai-java, Spring AI's own, Spring's HTTP clients, and other
 * SDKs whose exceptions tell a status. What it does not know is taken for transient: another attempt or another
 * target may well succeed.
 *
 * <p>
 * An application that knows better defines a bean named {@code llmFailureClassifier}; it can have this one injected
 * and leave to it what it has no opinion on.
 */
public class ChatFailureClassifier implements FailureClassifier {

	/** Causes have been seen to be circular. */
	private static final int DEEPEST_CAUSE = 16;

	/** Known by name, since an application may do without Netty. */
	private static final Set<String> NETTY_TIMEOUTS = Set.of("io.netty.handler.timeout.ReadTimeoutException",
			"io.netty.handler.timeout.WriteTimeoutException");

	private final ProviderErrors providerErrors;

	private final boolean fallbackOnContentFilter;

	/**
	 * A classifier.
	 * @param clock what the date of a Retry-After is compared with
	 * @param fallbackOn refusals that another target is asked about
	 */
	public ChatFailureClassifier(Clock clock, Set<FallbackOn> fallbackOn) {
		this.providerErrors = new ProviderErrors(clock);
		this.fallbackOnContentFilter = fallbackOn.contains(FallbackOn.CONTENT_FILTER);
	}

	@Override
	public Failure classify(Throwable thrown) {
		Throwable error = unwrap(thrown);
		Throwable at = error;
		for (int depth = 0; at != null && depth < DEEPEST_CAUSE; depth++, at = at.getCause()) {
			Failure known = known(at, error);
			if (known != null) {
				return known;
			}
		}
		// The words of an unknown exception may hold anything, the prompt included
		return Failure.ofTransient(0, error.getClass().getSimpleName(), error);
	}

	private static Throwable unwrap(Throwable thrown) {
		Throwable error = Exceptions.unwrap(thrown);
		while ((error instanceof CompletionException || error instanceof ExecutionException)
				&& error.getCause() != null) {
			error = error.getCause();
		}
		return error;
	}

	private @Nullable Failure known(Throwable at, Throwable error) {
		if (at instanceof ContentFilteredException) {
			return contentFilter(0, at);
		}
		ProviderError said = this.providerErrors.read(at);
		if (said != null) {
			return byMeaning(said, at);
		}
		if (at == error && at instanceof UnsupportedOperationException) {
			// A model that can be called only and is asked for a stream: nothing is wrong with it, but it cannot answer
			return Failure.ofTarget(0, false, "not supported by this model", error);
		}
		if (isSilence(at)) {
			return Failure.silent("no answer in time", error);
		}
		if (at instanceof IOException) {
			return Failure.ofTransient(0, describe((IOException) at), error);
		}
		return null;
	}

	private static boolean isSilence(Throwable at) {
		if (at instanceof HttpTimeoutException) {
			// Nobody is there where no connection comes about
			return !(at instanceof HttpConnectTimeoutException);
		}
		return at instanceof TimeoutException || at instanceof InterruptedIOException
				|| NETTY_TIMEOUTS.contains(at.getClass().getName());
	}

	/** The table of failure kinds. */
	private Failure byMeaning(ProviderError error, Throwable cause) {
		int status = error.status();
		String message = describe(error, cause);
		Failure failure = switch (error.meaning()) {
			case CONTENT_FILTER -> contentFilter(status, cause);
			case CONTEXT_LENGTH, QUOTA, BAD_GENERATION -> Failure.ofTarget(status, false, message, cause);
			case UNKNOWN_MODEL -> Failure.ofTarget(status, isDenied(status), message, cause);
			case AS_ITS_STATUS -> byStatus(status, message, cause);
		};
		return failure.withRetryAfter(error.retryAfter());
	}

	private static Failure byStatus(int status, String message, Throwable cause) {
		if (isDenied(status)) {
			return Failure.ofTarget(status, true, message, cause);
		}
		return switch (status) {
			case 400, 422 -> Failure.caller(status, message, cause);
			// 498 is Groq's for a flex tier without capacity
			case 408, 409, 429, 498 -> Failure.ofTransient(status, message, cause);
			default -> (status >= 402 && status < 500) ? Failure.ofTarget(status, false, message, cause)
					: Failure.ofTransient(status, message, cause);
		};
	}

	private static boolean isDenied(int status) {
		return status == 401 || status == 403 || status == 404;
	}

	private static String describe(ProviderError error, Throwable cause) {
		if (cause instanceof TargetFailureException) {
			return String.valueOf(cause.getMessage());
		}
		String meaning = (error.meaning() == ProviderError.Meaning.AS_ITS_STATUS) ? ""
				: error.meaning().name().toLowerCase(Locale.ROOT).replace('_', ' ') + " ";
		String status = (error.status() != 0) ? error.status() + " " : "";
		return status + meaning + cause.getClass().getSimpleName();
	}

	/** Only what comes from the network says nothing but the network's own; a parser may quote the answer. */
	private static String describe(IOException error) {
		String type = error.getClass().getName();
		boolean network = type.startsWith("java") || type.startsWith("okhttp3.") || type.startsWith("okio.");
		return network ? error.getClass().getSimpleName() + ": " + error.getMessage() : error.getClass().getSimpleName();
	}

	private Failure contentFilter(int status, Throwable cause) {
		return this.fallbackOnContentFilter ? Failure.ofTarget(status, false, "content filter", cause)
				: Failure.caller(status, "content filter", cause);
	}

}
