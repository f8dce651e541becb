package io.github.agentresilience.mcp.internal.transport;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;

import javax.net.ssl.SSLSession;

/**
 * An answer with another head than the server's. Some versions of the SDK's transport
 * look at the head that a body handler is given, others at that of the response.
 *
 * @param <T> the body
 */
record ShownResponse<T>(HttpResponse<T> answer, HttpResponse.ResponseInfo head) implements HttpResponse<T> {

	@Override
	public int statusCode() {
		return this.head.statusCode();
	}

	@Override
	public HttpHeaders headers() {
		return this.head.headers();
	}

	@Override
	public HttpRequest request() {
		return this.answer.request();
	}

	@Override
	public Optional<HttpResponse<T>> previousResponse() {
		return this.answer.previousResponse();
	}

	@Override
	public T body() {
		return this.answer.body();
	}

	@Override
	public Optional<SSLSession> sslSession() {
		return this.answer.sslSession();
	}

	@Override
	public URI uri() {
		return this.answer.uri();
	}

	@Override
	public HttpClient.Version version() {
		return this.answer.version();
	}

}
