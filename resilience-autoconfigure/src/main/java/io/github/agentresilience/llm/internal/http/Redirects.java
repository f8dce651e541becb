package io.github.agentresilience.llm.internal.http;

import java.util.Locale;
import java.util.Set;

import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Where a redirect leads. Methods are kept and changed as the HTTP client does it.
 * Another host, port or scheme gets the request without keys: only the headers that say
 * what it is go there.
 */
final class Redirects {

	/** As many as the HTTP client follows by itself. */
	static final int MOST = 20;

	private static final Set<String> WITHOUT_SECRETS = Set.of("accept", "accept-encoding", "accept-language",
			"content-type", "content-language", "user-agent");

	private Redirects() {
	}

	/**
	 * The request that a response asks for.
	 * @param response the response
	 * @param request what it is the response to
	 * @return {@code null} where it asks for none, or for one that is not to be made:
	 * unencrypted after an encrypted one, or with a body that cannot be sent again
	 */
	static @Nullable Request next(Response response, Request request) {
		String location = isRedirect(response.code()) ? response.header("Location") : null;
		HttpUrl url = (location != null) ? request.url().resolve(location) : null;
		if (url == null || (request.isHttps() && !url.isHttps())) {
			return null;
		}
		Request.Builder next = request.newBuilder().url(url);
		if (!keepsMethod(response.code())) {
			next.method("GET", null).removeHeader("Content-Type").removeHeader("Content-Length");
		}
		else if (request.body() != null && request.body().isOneShot()) {
			return null;
		}
		if (!isSamePlace(url, request.url())) {
			request.headers()
				.names()
				.stream()
				.filter((header) -> !WITHOUT_SECRETS.contains(header.toLowerCase(Locale.ROOT)))
				.forEach(next::removeHeader);
		}
		return next.build();
	}

	/** Whether what is meant for the one may be told to the other. */
	static boolean isSamePlace(HttpUrl one, HttpUrl other) {
		return one.scheme().equals(other.scheme()) && one.host().equals(other.host()) && one.port() == other.port();
	}

	private static boolean isRedirect(int status) {
		return keepsMethod(status) || (status >= 300 && status <= 303);
	}

	private static boolean keepsMethod(int status) {
		return status == 307 || status == 308;
	}

}
