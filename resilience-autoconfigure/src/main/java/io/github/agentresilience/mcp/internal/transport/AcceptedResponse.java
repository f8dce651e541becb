package io.github.agentresilience.mcp.internal.transport;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Optional;

import javax.net.ssl.SSLSession;

import org.jspecify.annotations.Nullable;

/**
 * What the SDK's legacy SSE transport is told of a message that failed: that the server
 * accepted it. The transport would log every such failure as an error; the attempt that
 * waits for a response has had the failure itself by then.
 */
record AcceptedResponse<T>(HttpRequest request) implements HttpResponse<T> {

	private static final int ACCEPTED = 202;

	@Override
	public int statusCode() {
		return ACCEPTED;
	}

	@Override
	public Optional<HttpResponse<T>> previousResponse() {
		return Optional.empty();
	}

	@Override
	public HttpHeaders headers() {
		return HttpHeaders.of(Map.of(), (name, value) -> true);
	}

	@Override
	public @Nullable T body() {
		return null;
	}

	@Override
	public Optional<SSLSession> sslSession() {
		return Optional.empty();
	}

	@Override
	public URI uri() {
		return this.request.uri();
	}

	@Override
	public HttpClient.Version version() {
		return HttpClient.Version.HTTP_1_1;
	}

}
