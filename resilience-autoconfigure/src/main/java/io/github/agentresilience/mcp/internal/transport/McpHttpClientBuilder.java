package io.github.agentresilience.mcp.internal.transport;

import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

import org.jspecify.annotations.Nullable;

/**
 * Builds the HTTP client of one connection, and passes every setting on, so that an
 * application's own customizers work as before.
 */
final class McpHttpClientBuilder implements HttpClient.Builder {

	private final HttpClient.Builder delegate;

	private final Background background;

	private final TransportEvents events;

	/** Shared by all transports that the connection has one after the other. */
	private @Nullable HttpClient built;

	private final ReentrantLock building = new ReentrantLock();

	McpHttpClientBuilder(HttpClient.Builder delegate, Background background, TransportEvents events) {
		this.delegate = delegate;
		this.background = background;
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
	public HttpClient.Builder followRedirects(HttpClient.Redirect policy) {
		this.delegate.followRedirects(policy);
		return this;
	}

	@Override
	public HttpClient.Builder version(HttpClient.Version version) {
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
	public HttpClient build() {
		this.building.lock();
		try {
			HttpClient client = this.built;
			if (client == null) {
				client = this.delegate.build();
				this.built = client;
			}
			return new McpHttpClient(client, this.background, this.events);
		}
		finally {
			this.building.unlock();
		}
	}

}
