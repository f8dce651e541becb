package io.github.agentresilience.mcp;

import java.io.IOException;
import java.net.Authenticator;
import java.net.ConnectException;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

import org.jspecify.annotations.Nullable;

/**
 * An HTTP client for MCP transports that keeps what the SDK loses: the status and Retry-After of a refusal, the fact
 * that a body is no JSON, and the way to cancel an exchange.
 */
final class McpHttpClient extends HttpClient {

	/** Far longer than an initialisation may take. */
	private static final Duration LONGEST_UNTRACKED = Duration.ofMinutes(2);

	private final HttpClient delegate;

	private final Clock clock;

	private final TransportEvents events;

	private final int generation;

	private McpHttpClient(HttpClient delegate, Clock clock, TransportEvents events) {
		this.delegate = delegate;
		this.clock = clock;
		this.events = events;
		this.generation = events.newGeneration();
	}

	static HttpClient.Builder builder(Clock clock, TransportEvents events) {
		return new Builder(HttpClient.newBuilder(), clock, events);
	}

	@Override
	public <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler)
			throws IOException, InterruptedException {
		return this.delegate.send(request, looking(request, handler));
	}

	@Override
	public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
		return tracked(request, this.delegate.sendAsync(request, looking(request, handler)));
	}

	@Override
	public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, HttpResponse.BodyHandler<T> handler,
			HttpResponse.@Nullable PushPromiseHandler<T> pushPromises) {
		return tracked(request, this.delegate.sendAsync(request, looking(request, handler), pushPromises));
	}

	private <T> HttpResponse.BodyHandler<T> looking(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
		return new McpBodyHandler<>(handler, request, McpExchange.current(), this.clock, this.events,
				() -> this.events.connectionLost(this.generation));
	}

	private <T> CompletableFuture<HttpResponse<T>> tracked(HttpRequest request,
			CompletableFuture<HttpResponse<T>> response) {
		McpExchange exchange = McpExchange.current();
		if (exchange == null) {
			return request.method().equals("POST") ? bounded(response) : response;
		}
		McpExchange.Request sent = exchange.sent(response);
		return response.whenComplete((answer, thrown) -> {
			Throwable cause = (thrown instanceof CompletionException) ? thrown.getCause() : thrown;
			if (cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException) {
				// A connection that was not made carried no request
				exchange.refused(0);
			}
			// The SDK may send what was refused for its credentials once more, with others
			boolean again = answer != null && McpBodyHandler.isUnauthorized(answer.statusCode());
			if (sent != null && !again && !this.events.isLegacySse()) {
				sent.answerEnded(cause);
			}
		});
	}

	/** The SDK gives up an initialisation without a word to the connection that still waits for its answer. */
	private static <T> CompletableFuture<T> bounded(CompletableFuture<T> response) {
		CompletableFuture.delayedExecutor(LONGEST_UNTRACKED.toSeconds(), TimeUnit.SECONDS)
			.execute(() -> response.cancel(true));
		return response;
	}

	@Override
	public Optional<CookieHandler> cookieHandler() {
		return this.delegate.cookieHandler();
	}

	@Override
	public Optional<Duration> connectTimeout() {
		return this.delegate.connectTimeout();
	}

	@Override
	public Redirect followRedirects() {
		return this.delegate.followRedirects();
	}

	@Override
	public Optional<ProxySelector> proxy() {
		return this.delegate.proxy();
	}

	@Override
	public SSLContext sslContext() {
		return this.delegate.sslContext();
	}

	@Override
	public SSLParameters sslParameters() {
		return this.delegate.sslParameters();
	}

	@Override
	public Optional<Authenticator> authenticator() {
		return this.delegate.authenticator();
	}

	@Override
	public Version version() {
		return this.delegate.version();
	}

	@Override
	public Optional<Executor> executor() {
		return this.delegate.executor();
	}

	/** Passes every setting on, so that an application's own customizers work as before. */
	private static final class Builder implements HttpClient.Builder {

		private final HttpClient.Builder delegate;

		private final Clock clock;

		private final TransportEvents events;

		/** Shared by all transports that the connection has one after the other. */
		private @Nullable HttpClient built;

		Builder(HttpClient.Builder delegate, Clock clock, TransportEvents events) {
			this.delegate = delegate;
			this.clock = clock;
			this.events = events;
		}

		@Override
		public HttpClient.Builder cookieHandler(CookieHandler cookieHandler) {
			this.delegate.cookieHandler(cookieHandler);
			return this;
		}

		@Override
		public HttpClient.Builder connectTimeout(Duration duration) {
			this.delegate.connectTimeout(duration);
			return this;
		}

		@Override
		public HttpClient.Builder sslContext(SSLContext sslContext) {
			this.delegate.sslContext(sslContext);
			return this;
		}

		@Override
		public HttpClient.Builder sslParameters(SSLParameters sslParameters) {
			this.delegate.sslParameters(sslParameters);
			return this;
		}

		@Override
		public HttpClient.Builder executor(Executor executor) {
			this.delegate.executor(executor);
			return this;
		}

		@Override
		public HttpClient.Builder followRedirects(Redirect policy) {
			this.delegate.followRedirects(policy);
			return this;
		}

		@Override
		public HttpClient.Builder version(Version version) {
			this.delegate.version(version);
			return this;
		}

		@Override
		public HttpClient.Builder priority(int priority) {
			this.delegate.priority(priority);
			return this;
		}

		@Override
		public HttpClient.Builder proxy(ProxySelector proxySelector) {
			this.delegate.proxy(proxySelector);
			return this;
		}

		@Override
		public HttpClient.Builder authenticator(Authenticator authenticator) {
			this.delegate.authenticator(authenticator);
			return this;
		}

		@Override
		public synchronized HttpClient build() {
			if (this.built == null) {
				this.built = this.delegate.build();
			}
			return new McpHttpClient(this.built, this.clock, this.events);
		}

	}

}
