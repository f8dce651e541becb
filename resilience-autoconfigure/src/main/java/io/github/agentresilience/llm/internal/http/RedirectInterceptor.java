package io.github.agentresilience.llm.internal.http;

import java.io.IOException;
import java.net.ProtocolException;
import java.util.concurrent.atomic.AtomicBoolean;

import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the requests of one target to where it redirects them, and lets the HTTP client
 * repeat one only as {@link StaleConnections} permits. Both happen within the attempt, at
 * no other cost than its time.
 */
final class RedirectInterceptor implements Interceptor {

	private static final Logger logger = LoggerFactory.getLogger(RedirectInterceptor.class);

	private final String target;

	private final AtomicBoolean warned = new AtomicBoolean();

	RedirectInterceptor(String target) {
		this.target = target;
	}

	@Override
	public Response intercept(Chain chain) throws IOException {
		Request current = chain.request();
		for (int redirects = 0; redirects <= Redirects.MOST; redirects++) {
			Response response = chain.proceed(StaleConnections.guarded(current));
			Request next = Redirects.next(response, current);
			if (next == null) {
				return response;
			}
			response.close();
			if (!Redirects.isSamePlace(next.url(), current.url())) {
				warn(next.url());
			}
			current = next;
		}
		throw new ProtocolException("Redirected more than " + Redirects.MOST + " times");
	}

	private void warn(HttpUrl url) {
		if (this.warned.compareAndSet(false, true)) {
			// Its path and query may hold secrets
			logger.warn(
					"The LLM target '{}' redirects to {}://{}:{}, where its key and headers are not sent. If it has moved "
							+ "there, change resilience.llm.targets.{}.base-url.",
					this.target, url.scheme(), url.host(), url.port(), this.target);
		}
	}

}
