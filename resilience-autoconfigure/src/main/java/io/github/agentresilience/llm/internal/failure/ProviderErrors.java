package io.github.agentresilience.llm.internal.failure;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.fasterxml.jackson.databind.JsonNode;
import com.openai.core.http.Headers;
import com.openai.errors.OpenAIServiceException;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.chain.internal.wire.RetryAfter;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.retry.NonTransientAiException;
import org.springframework.ai.retry.TransientAiException;
import org.springframework.util.ClassUtils;
import org.springframework.web.client.RestClientResponseException;
import org.springframework.web.reactive.function.client.WebClientResponseException;

/**
 * Reads provider errors out of what the clients of chat models throw. Those that an
 * application may do without are looked for by name first.
 */
public final class ProviderErrors {

	public static final List<String> TYPES = List.of("org.springframework.ai.retry.TransientAiException",
			"org.springframework.web.client.RestClientResponseException",
			"org.springframework.web.reactive.function.client.WebClientResponseException");

	private static final boolean SPRING_AI_RETRY = present(TYPES.get(0));

	private static final boolean REST_CLIENT = present(TYPES.get(1));

	private static final boolean WEB_CLIENT = present(TYPES.get(2));

	/**
	 * How Spring AI's own error handlers begin a message: {@code HTTP 429 - ...},
	 * formerly {@code 429 - ...}.
	 */
	private static final Pattern STATUS_FIRST = Pattern.compile("^(?:HTTP )?([45]\\d\\d) - ");

	private final Clock clock;

	ProviderErrors(Clock clock) {
		this.clock = clock;
	}

	private static boolean present(String type) {
		return ClassUtils.isPresent(type, ProviderErrors.class.getClassLoader());
	}

	/**
	 * Reads an error.
	 * @return {@code null} where this is nothing that a provider said
	 */
	@Nullable ProviderError read(Throwable error) {
		if (error instanceof OpenAIServiceException refusal) {
			return openAi(refusal);
		}
		if (error instanceof TargetFailureException failure) {
			return new ProviderError(failure.status(), "", failure.retryAfter());
		}
		if (SPRING_AI_RETRY && (error instanceof TransientAiException || error instanceof NonTransientAiException)) {
			return springAi(error);
		}
		if (REST_CLIENT && error instanceof RestClientResponseException refusal) {
			return http(refusal.getStatusCode().value(), refusal.getResponseBodyAsString(),
					(name) -> refusal.getResponseHeaders() != null ? refusal.getResponseHeaders().getFirst(name)
							: null);
		}
		if (WEB_CLIENT && error instanceof WebClientResponseException refusal) {
			return http(refusal.getStatusCode().value(), refusal.getResponseBodyAsString(),
					refusal.getHeaders()::getFirst);
		}
		return SdkExceptions.read(error, this::retryAfter);
	}

	private ProviderError http(int status, String body, Function<String, @Nullable String> header) {
		return ProviderError.ofText(status, body, first(retryAfter(header), RetryInfo.in(body)));
	}

	/**
	 * The body is read as it came: the accessors for code and type throw where a provider
	 * left them out or made the code a number, as Azure, LiteLLM and OpenRouter do.
	 */
	private ProviderError openAi(OpenAIServiceException refusal) {
		Headers headers = refusal.headers();
		JsonNode body = refusal.body().isMissing() ? null : refusal.body().convert(JsonNode.class);
		int status = refusal.statusCode();
		if (status < 400) {
			status = (body != null) ? ProviderError.statusOf(body) : 0;
		}
		String words = (body != null) ? body.toString() : String.valueOf(refusal.getMessage());
		return new ProviderError(status, words, first(
				retryAfter((name) -> headers.values(name).stream().findFirst().orElse(null)), RetryInfo.in(words)));
	}

	private ProviderError springAi(Throwable error) {
		String message = String.valueOf(error.getMessage());
		Matcher status = STATUS_FIRST.matcher(message);
		Duration retryAfter = first(RetryAfterErrorHandler.read(error), RetryInfo.in(message));
		if (status.find()) {
			return ProviderError.ofText(Integer.parseInt(status.group(1)), message.substring(status.end()), retryAfter);
		}
		// Without a status, Spring AI's verdict is all there is: 500 may be tried again,
		// 405 may not
		return ProviderError.ofText(error instanceof TransientAiException ? 500 : 405, message, retryAfter);
	}

	static @Nullable Duration first(@Nullable Duration one, @Nullable Duration other) {
		return (one != null) ? one : other;
	}

	private @Nullable Duration retryAfter(Function<String, @Nullable String> header) {
		return RetryAfter.from(header, this.clock);
	}

}
