package io.github.agentresilience.autoconfigure.internal.retries;

import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.util.ReflectionUtils;

/**
 * What a native image has to hold so that the retries of other models can be turned off:
 * what they get instead, and the fields of clients that are read for it. Models that are
 * only warned of are not looked into there.
 */
public final class NestedRetriesHints implements RuntimeHintsRegistrar {

	private static final List<String> READ = List.of("com.google.genai.Client", "com.google.genai.ApiClient",
			"org.springframework.web.client.DefaultRestClientBuilder",
			"org.springframework.http.client.HttpComponentsClientHttpRequestFactory",
			"org.apache.hc.client5.http.impl.classic.InternalHttpClient",
			"org.apache.hc.client5.http.impl.classic.ExecChainElement",
			"org.apache.hc.client5.http.impl.classic.HttpRequestRetryExec",
			"org.apache.hc.client5.http.impl.DefaultHttpRequestRetryStrategy");

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		READ.forEach((type) -> hints.reflection()
			.registerTypeIfPresent(classLoader, type, MemberCategory.ACCESS_DECLARED_FIELDS));
		hints.reflection()
			.registerType(NoRetryTemplate.class, MemberCategory.INVOKE_DECLARED_CONSTRUCTORS)
			.registerMethod(Objects.requireNonNull(ReflectionUtils.findMethod(NoRetryTemplate.class, "template")),
					ExecutableMode.INVOKE)
			// By name, since the types that they stand for may be missing
			.registerTypeIfPresent(classLoader,
					"io.github.agentresilience.autoconfigure.internal.retries.OnceOnlyRestClients",
					MemberCategory.INVOKE_DECLARED_CONSTRUCTORS)
			.registerTypeIfPresent(classLoader,
					"io.github.agentresilience.autoconfigure.internal.retries.GoogleGenAiClients",
					MemberCategory.INVOKE_DECLARED_METHODS);
	}

}
