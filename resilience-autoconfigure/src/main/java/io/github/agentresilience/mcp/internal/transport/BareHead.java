package io.github.agentresilience.mcp.internal.transport;

import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;

/**
 * The head of an answer that has no body.
 *
 * @param head the server's
 * @param statusCode the status in its place
 */
record BareHead(HttpResponse.ResponseInfo head, int statusCode) implements HttpResponse.ResponseInfo {

	@Override
	public HttpHeaders headers() {
		return HttpHeaders.of(this.head.headers().map(),
				(name, value) -> !name.equalsIgnoreCase("content-type") && !name.equalsIgnoreCase("content-length"));
	}

	@Override
	public HttpClient.Version version() {
		return this.head.version();
	}

}
