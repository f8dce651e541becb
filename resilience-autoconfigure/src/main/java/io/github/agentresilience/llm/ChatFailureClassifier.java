package io.github.agentresilience.llm;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

import com.openai.core.http.Headers;
import com.openai.errors.OpenAIIoException;
import com.openai.errors.OpenAIServiceException;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.RetryAfter;
import io.github.agentresilience.chain.TargetFailureException;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;

/**
 * Classifies what openai-java and Spring AI throw. What it does not know is taken for transient: another attempt or
 * another target may well succeed.
 */
public class ChatFailureClassifier implements FailureClassifier {

	private final Clock clock;

	private final boolean fallbackOnContentFilter;

	/**
	 * A classifier.
	 * @param clock what the date of a Retry-After is compared with
	 * @param fallbackOn refusals that another target is asked about
	 */
	public ChatFailureClassifier(Clock clock, Set<FallbackOn> fallbackOn) {
		this.clock = clock;
		this.fallbackOnContentFilter = fallbackOn.contains(FallbackOn.CONTENT_FILTER);
	}

	@Override
	public Failure classify(Throwable thrown) {
		Throwable error = unwrap(thrown);
		if (error instanceof ContentFilteredException filtered) {
			return contentFilter(0, filtered);
		}
		if (error instanceof TargetFailureException failure) {
			return byStatus(failure.status(), "", failure.getMessage(), failure.retryAfter(), failure);
		}
		if (error instanceof OpenAIServiceException refusal) {
			String code = refusal.code().orElse("") + " " + refusal.type().orElse("");
			return byStatus(refusal.statusCode(), code, describe(refusal), retryAfter(refusal.headers()), refusal);
		}
		if (error instanceof OpenAIIoException || error instanceof IOException) {
			return byIo(error);
		}
		if (error instanceof TimeoutException) {
			return Failure.silent("no answer in time", error);
		}
		IOException inner = innerIo(error);
		// The words of an unknown exception may hold anything, the prompt included
		return (inner != null) ? byIo(error) : Failure.ofTransient(0, error.getClass().getSimpleName(), error);
	}

	private static Throwable unwrap(Throwable thrown) {
		Throwable error = Exceptions.unwrap(thrown);
		while ((error instanceof CompletionException || error instanceof ExecutionException)
				&& error.getCause() != null) {
			error = error.getCause();
		}
		return error;
	}

	private static Failure byIo(Throwable error) {
		IOException inner = innerIo(error);
		if (inner instanceof InterruptedIOException) {
			return Failure.silent("no answer in time", error);
		}
		String what = (inner != null) ? inner.getClass().getSimpleName() + ": " + inner.getMessage()
				: error.getClass().getSimpleName();
		return Failure.ofTransient(0, what, error);
	}

	private static @Nullable IOException innerIo(Throwable error) {
		for (Throwable at = error; at != null; at = at.getCause()) {
			if (at instanceof IOException io) {
				return io;
			}
		}
		return null;
	}

	private static String describe(OpenAIServiceException refusal) {
		String code = refusal.code().or(refusal::type).orElse("");
		return (refusal.statusCode() + " " + code + " " + refusal.getClass().getSimpleName()).replaceAll(" +", " ");
	}

	private @Nullable Duration retryAfter(Headers headers) {
		return RetryAfter.from((name) -> headers.values(name).stream().findFirst().orElse(null), this.clock);
	}

	/**
	 * The table of failure kinds.
	 * @param code the provider's own code and type, where it gives any
	 */
	private Failure byStatus(int status, String code, String message, @Nullable Duration retryAfter,
			RuntimeException error) {
		String hint = code.toLowerCase(Locale.ROOT);
		String hints = hint + " " + String.valueOf(error.getMessage()).toLowerCase(Locale.ROOT);
		if (hint.contains("content_filter") || hint.contains("content_policy")) {
			return contentFilter(status, error);
		}
		if (hint.contains("insufficient_quota")) {
			return Failure.ofTarget(status, false, message, error).withRetryAfter(retryAfter);
		}
		return switch (status) {
			case 400, 422 -> (hints.contains("context_length") || hints.contains("maximum context")
					|| hint.contains("model_not_found")) ? Failure.ofTarget(status, false, message, error)
							: Failure.caller(status, message, error);
			case 401, 403, 404 -> Failure.ofTarget(status, true, message, error);
			case 408, 409, 429 -> Failure.ofTransient(status, message, error).withRetryAfter(retryAfter);
			default -> (status >= 402 && status < 500) ? Failure.ofTarget(status, false, message, error)
					: Failure.ofTransient(status, message, error).withRetryAfter(retryAfter);
		};
	}

	private Failure contentFilter(int status, RuntimeException error) {
		return this.fallbackOnContentFilter ? Failure.ofTarget(status, false, "content filter", error)
				: Failure.caller(status, "content filter", error);
	}

}
