package io.github.agentresilience.llm.internal.failure;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ReflectionUtils;

/**
 * Reads the exceptions of providers' own SDKs, which we do not know but which have one
 * habit in common: a public method that tells the HTTP status, and often one that tells
 * the headers.
 */
final class SdkExceptions {

	private static final ClassValue<Accessors> ACCESSORS = new ClassValue<>() {
		@Override
		protected Accessors computeValue(Class<?> type) {
			return Accessors.of(type);
		}
	};

	private SdkExceptions() {
	}

	static @Nullable ProviderError read(Throwable error,
			Function<Function<String, @Nullable String>, @Nullable Duration> retryAfter) {
		Accessors accessors = ACCESSORS.get(error.getClass());
		int status = accessors.status(error);
		String message = String.valueOf(error.getMessage());
		if (status >= 200 && status < 400) {
			// An error event in a stream whose status was good
			status = ProviderError.statusIn(message);
		}
		if (status < 400 || status > 599) {
			return null;
		}
		Duration inMessage = ProviderErrors.first(RetryAfterInStatus.read(message), RetryInfo.in(message));
		return ProviderError.ofText(status, message,
				ProviderErrors.first(retryAfter.apply((name) -> accessors.header(error, name)), inMessage));
	}

	/**
	 * What a type of exception has to tell.
	 *
	 * @param status {@code int statusCode()} or {@code int code()}
	 * @param headers a method whose result has {@code List<String> values(String)}
	 * @param values that method
	 */
	private record Accessors(@Nullable Method status, @Nullable Method headers, @Nullable Method values) {

		static Accessors of(Class<?> type) {
			Method status = find(type, int.class, "statusCode");
			status = (status != null) ? status : find(type, int.class, "code");
			Method headers = find(type, Object.class, "headers");
			Method values = (headers != null) ? find(headers.getReturnType(), List.class, "values", String.class)
					: null;
			return new Accessors(status, headers, values);
		}

		private static @Nullable Method find(Class<?> type, Class<?> result, String name, Class<?>... parameters) {
			Method method = ReflectionUtils.findMethod(type, name, parameters);
			if (method == null || !Modifier.isPublic(method.getModifiers())
					|| !result.isAssignableFrom(method.getReturnType())) {
				return null;
			}
			try {
				method.setAccessible(true);
				return method;
			}
			catch (RuntimeException closedModule) {
				return null;
			}
		}

		int status(Throwable error) {
			return (this.status != null && ReflectionUtils.invokeMethod(this.status, error) instanceof Integer code)
					? code : 0;
		}

		@Nullable String header(Throwable error, String name) {
			if (this.headers == null || this.values == null) {
				return null;
			}
			Object all = ReflectionUtils.invokeMethod(this.headers, error);
			return (all != null && ReflectionUtils.invokeMethod(this.values, all, name) instanceof List<?> values
					&& !values.isEmpty()) ? String.valueOf(values.get(0)) : null;
		}

	}

}
