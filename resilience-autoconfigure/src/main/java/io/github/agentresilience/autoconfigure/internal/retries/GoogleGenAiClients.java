package io.github.agentresilience.autoconfigure.internal.retries;

import java.lang.reflect.Field;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

import com.google.auth.oauth2.GoogleCredentials;
import com.google.genai.Client;
import com.google.genai.types.ClientOptions;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.HttpRetryOptions;
import io.github.agentresilience.llm.internal.failure.RetryAfterInStatus;
import okhttp3.OkHttpClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.BeanFactory;

/**
 * Builds clients of Google's Gen AI SDK that do not retry. The SDK makes four retries of
 * its own, which nothing turns off once a client is built, and Spring AI has no property
 * for it: so a chat model that is a target gets a client of its own, which is in
 * everything else the one that the application has.
 */
public final class GoogleGenAiClients {

	private static final Logger logger = LoggerFactory.getLogger(GoogleGenAiClients.class);

	/**
	 * After the last attempt too the SDK sleeps for up to two seconds, unless no status
	 * is one to retry.
	 */
	private static final HttpRetryOptions ONCE = HttpRetryOptions.builder()
		.attempts(1)
		.httpStatusCodes(List.of())
		.build();

	private GoogleGenAiClients() {
	}

	/**
	 * Builds a client like another one.
	 * @param original what the application has; returned as it is where it was told how
	 * often to retry, in which case it is warned of like every model that retries, and
	 * where it cannot be read, which health reports
	 * @param model the name of the chat model that gets the client
	 * @param beans knows who reports
	 */
	static Client withoutRetries(Client original, String model, BeanFactory beans) {
		try {
			Object api = get(original, "apiClient");
			HttpOptions options = (HttpOptions) get(api, "httpOptions");
			return isToldToRetry(options) ? original : copy(original, api, options);
		}
		catch (ReflectiveOperationException | RuntimeException | LinkageError ex) {
			logger.debug("The client of Google's Gen AI SDK cannot be kept from retrying", ex);
			NestedRetries.stillOn(model, RetryingParts.Kind.GOOGLE_SDK, beans);
			return original;
		}
	}

	private static boolean isToldToRetry(HttpOptions options) {
		HttpRetryOptions told = options.retryOptions().orElse(ONCE);
		return told.attempts().isEmpty() || told.attempts().get() > 1;
	}

	private static Client copy(Client original, Object api, HttpOptions options) throws ReflectiveOperationException {
		Client.Builder builder = Client.builder().vertexAI(original.vertexAI());
		HttpOptions.Builder http = HttpOptions.builder().retryOptions(ONCE);
		Optional<?> customBaseUrl = (Optional<?>) get(api, "customBaseUrl");
		customBaseUrl.ifPresent((url) -> http.baseUrl((String) url));
		optional(api, "apiKey", String.class).ifPresent(builder::apiKey);
		optional(api, "project", String.class).ifPresent(builder::project);
		optional(api, "location", String.class).ifPresent(builder::location);
		optional(api, "credentials", GoogleCredentials.class).ifPresent(builder::credentials);
		ClientOptions.Builder client = optional(api, "clientOptions", ClientOptions.class).map(ClientOptions::toBuilder)
			.orElseGet(ClientOptions::builder);
		Client copy = builder.httpOptions(http.build())
			.clientOptions(client.customHttpClient(httpClient((OkHttpClient) get(api, "httpClient"))).build())
			.build();
		Object copied = get(copy, "apiClient");
		// Not what the builder makes of them, which merges headers that have been merged
		// already
		field(copied, "httpOptions").set(copied, options.toBuilder().retryOptions(ONCE).build());
		return copy;
	}

	/** With the connections, proxy and timeouts of the original. */
	private static OkHttpClient httpClient(OkHttpClient original) {
		OkHttpClient.Builder http = original.newBuilder();
		http.interceptors().removeIf((each) -> each.getClass().getName().equals(RetryingParts.GOOGLE_INTERCEPTOR));
		return http.addInterceptor(new RetryAfterInStatus(Clock.systemUTC())).build();
	}

	private static <T> Optional<T> optional(Object of, String field, Class<T> type)
			throws ReflectiveOperationException {
		return ((Optional<?>) get(of, field)).map(type::cast);
	}

	private static Object get(Object of, String field) throws ReflectiveOperationException {
		return field(of, field).get(of);
	}

	private static Field field(Object of, String name) throws NoSuchFieldException {
		for (Class<?> type = of.getClass(); type != null; type = type.getSuperclass()) {
			for (Field field : type.getDeclaredFields()) {
				if (field.getName().equals(name)) {
					field.setAccessible(true);
					return field;
				}
			}
		}
		throw new NoSuchFieldException(name);
	}

}
