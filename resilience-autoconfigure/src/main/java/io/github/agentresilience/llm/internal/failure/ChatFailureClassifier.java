package io.github.agentresilience.llm.internal.failure;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.time.Clock;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.chain.internal.wire.FailureWords;
import io.github.agentresilience.llm.FallbackOn;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;

import org.springframework.ai.chat.prompt.Prompt;

/**
 * Classifies what the clients of chat models throw: openai-java, Spring AI's own,
 * Spring's HTTP clients, and other SDKs whose exceptions tell a status. What it does not
 * know is taken for transient: another attempt or another target may well succeed.
 *
 * <p>
 * An application that knows better defines a bean named {@code llmFailureClassifier}; it
 * can have this one injected and leave to it what it has no opinion on.
 */
public class ChatFailureClassifier implements FailureClassifier {

	/** Causes have been seen to be circular. */
	private static final int DEEPEST_CAUSE = 16;

	/** Known by name, since an application may do without Netty. */
	private static final Set<String> NETTY_TIMEOUTS = Set.of("io.netty.handler.timeout.ReadTimeoutException",
			"io.netty.handler.timeout.WriteTimeoutException");

	private static final String SPRING_AI = "org.springframework.ai.";

	private static final String CHUNK_MERGER = "org.springframework.ai.openai.OpenAiChatModel$ChunkMerger";

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
		if (error instanceof RuntimeException && isOfRequest(error)) {
			return Failure.unclearRefusal(0,
					"no request can be made of the prompt (" + error.getClass().getSimpleName() + ")", error);
		}
		return Failure.ofTransient(0, FailureWords.of(error), error);
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
		if (at instanceof BadGenerationException) {
			return Failure.ofTarget(0, false, String.valueOf(at.getMessage()), at)
				.withReason(ErrorMeaning.BAD_GENERATION.reason());
		}
		if (at instanceof IllegalStateException && isOfChunkMerger(at)) {
			return Failure.ofTarget(0, false, "A tool call is incomplete", at)
				.withReason(ErrorMeaning.BAD_GENERATION.reason());
		}
		ProviderError said = this.providerErrors.read(at);
		if (said != null) {
			Prompt quoted = QuotedPrompts.of(error);
			return byMeaning((quoted != null) ? said.without(quoted) : said, at);
		}
		if (at == error && at instanceof UnsupportedOperationException) {
			// A model that can be called only and is asked for a stream: nothing is wrong
			// with it, but it cannot answer
			return Failure.ofTarget(0, false, "not supported by this model", error)
				.withReason(ErrorMeaning.CAPABILITY.reason());
		}
		if (isSilence(at)) {
			return Failure.silent("no answer in time", error);
		}
		if (at instanceof IOException) {
			boolean ours = at instanceof EmptyAnswerException || at instanceof BrokenAnswerException;
			String words = ours ? String.valueOf(at.getMessage()) : FailureWords.of(at);
			return Failure.ofTransient(0, words, error);
		}
		return null;
	}

	/**
	 * Since 2.0.1 Spring AI puts the parts of a streamed tool call together itself, and
	 * throws where its id or name is missing at the end.
	 */
	private static boolean isOfChunkMerger(Throwable at) {
		StackTraceElement[] trace = at.getStackTrace();
		return trace.length > 0 && trace[0].getClassName().startsWith(CHUNK_MERGER);
	}

	/**
	 * Thrown while one of Spring AI's models made its request: nothing was sent, and
	 * another model may understand the prompt.
	 */
	private static boolean isOfRequest(Throwable error) {
		for (StackTraceElement at : error.getStackTrace()) {
			if (at.getClassName().startsWith(SPRING_AI) && at.getClassName().endsWith("ChatModel")
					&& at.getMethodName().contains("Request")) {
				return true;
			}
		}
		return false;
	}

	private static boolean isSilence(Throwable at) {
		if (at instanceof HttpTimeoutException) {
			// Without a connection it is the target that is down
			return !(at instanceof HttpConnectTimeoutException);
		}
		return at instanceof TimeoutException || at instanceof InterruptedIOException
				|| NETTY_TIMEOUTS.contains(at.getClass().getName());
	}

	/** The table of failure kinds. */
	private Failure byMeaning(ProviderError error, Throwable cause) {
		int status = error.status();
		ErrorMeaning meaning = error.meaning();
		String message = describe(status, meaning, cause);
		Failure failure = switch (meaning) {
			case CONTENT_FILTER -> contentFilter(status, cause);
			case RATE_LIMIT -> Failure.ofTransient(status, message, cause);
			case INVALID_REQUEST -> Failure.caller(status, message, cause);
			case AS_ITS_STATUS -> byStatus(status, message, cause);
			default -> Failure.ofTarget(status,
					meaning.countsForBreaker() || (meaning.countsByStatus() && isDenied(status)), message, cause);
		};
		return failure.withRetryAfter(error.retryAfter())
			.withReason(meaning.reason() != null ? meaning.reason() : failure.reason());
	}

	private static Failure byStatus(int status, String message, Throwable cause) {
		if (isDenied(status)) {
			return Failure.ofTarget(status, true, message, cause);
		}
		return switch (status) {
			case 400, 422 -> Failure.unclearRefusal(status, message, cause);
			// 498 is Groq's for a flex tier without capacity
			case 408, 409, 429, 498 -> Failure.ofTransient(status, message, cause);
			case 402 -> Failure.ofTarget(status, false, message, cause).withReason(ErrorMeaning.QUOTA.reason());
			case 413 ->
				Failure.ofTarget(status, false, message, cause).withReason(ErrorMeaning.CONTEXT_LENGTH.reason());
			default -> (status > 402 && status < 500) ? Failure.ofTarget(status, false, message, cause)
					: Failure.ofTransient(status, message, cause);
		};
	}

	private static boolean isDenied(int status) {
		return status == 401 || status == 403 || status == 404;
	}

	private static String describe(int status, ErrorMeaning meaning, Throwable cause) {
		if (cause instanceof TargetFailureException) {
			return String.valueOf(cause.getMessage());
		}
		String reason = (meaning.reason() != null) ? meaning.reason() + " " : "";
		return ((status != 0) ? status + " " : "") + reason + cause.getClass().getSimpleName();
	}

	private Failure contentFilter(int status, Throwable cause) {
		Failure failure = this.fallbackOnContentFilter ? Failure.ofTarget(status, false, "content filter", cause)
				: Failure.caller(status, "content filter", cause);
		return failure.withReason(ErrorMeaning.CONTENT_FILTER.reason());
	}

}
