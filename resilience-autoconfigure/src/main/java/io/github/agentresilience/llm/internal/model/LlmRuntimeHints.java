package io.github.agentresilience.llm.internal.model;

import java.util.List;

import io.github.agentresilience.llm.internal.failure.ProviderErrors;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/**
 * What a native image has to hold so that exceptions of other clients and SDKs can be
 * read: the types that are looked for by name, and the methods by which SDKs that are
 * known tell status and headers. And so that tokens can be counted: the table of Spring
 * AI's estimator.
 */
public final class LlmRuntimeHints implements RuntimeHintsRegistrar {

	private static final List<String> SDK_EXCEPTIONS = List.of("com.anthropic.errors.AnthropicServiceException",
			"com.anthropic.core.http.Headers", "com.google.genai.errors.ApiException",
			"software.amazon.awssdk.core.exception.SdkServiceException");

	private static final String TOKENS = "com/knuddels/jtokkit/cl100k_base.tiktoken";

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		ProviderErrors.TYPES.forEach((type) -> hints.reflection().registerTypeIfPresent(classLoader, type));
		SDK_EXCEPTIONS.forEach((type) -> hints.reflection()
			.registerTypeIfPresent(classLoader, type, MemberCategory.INVOKE_PUBLIC_METHODS));
		hints.resources().registerPattern(TOKENS);
	}

}
