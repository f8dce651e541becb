package io.github.agentresilience.mcp.internal.transport;

import java.lang.ref.WeakReference;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.support.RawMcpServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What belongs to no attempt.
 */
@Timeout(60)
class McpHttpClientTests {

	private static final String PING = "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":\"x-1\"}";

	private final RawMcpServer server = new RawMcpServer("one");

	private final ChainRuntime runtime = ChainRuntime.create();

	private final HttpClient client = new McpHttpClientBuilder(HttpClient.newBuilder(), Background.of(this.runtime),
			new TransportEvents("c", false))
		.build();

	@AfterEach
	void close() {
		this.server.close();
		this.runtime.close();
	}

	private HttpRequest post(String path) {
		return HttpRequest.newBuilder(URI.create(this.server.url() + path))
			.POST(HttpRequest.BodyPublishers.ofString(PING))
			.build();
	}

	@Test
	void nothingIsKeptOfResponsesThatBelongToNoAttempt() throws Exception {
		List<WeakReference<HttpResponse<String>>> responses = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			HttpResponse<String> response = this.client.sendAsync(post("/mcp"), HttpResponse.BodyHandlers.ofString())
				.get();
			assertThat(response.statusCode()).isEqualTo(200);
			responses.add(new WeakReference<>(response));
		}
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> {
			System.gc();
			return responses.stream().filter((each) -> each.get() != null).count() <= 1;
		});
	}

	@Test
	void aBlockingRequestIsFollowedAndReadLikeAnyOther() throws Exception {
		this.server.always("ping", (asked, connection) -> {
			if (asked.request().path().equals("/mcp")) {
				connection.send("HTTP/1.1 308 Moved\r\nLocation: /mcp/\r\nContent-Length: 0\r\n\r\n");
				return true;
			}
			return this.server.well(asked, connection);
		});
		assertThat(this.client.send(post("/mcp"), HttpResponse.BodyHandlers.ofString()).body()).contains("x-1");
		this.server.always("ping", RawMcpServer.Answer.of(503, ""));
		assertThatThrownBy(() -> this.client.send(post("/mcp"), HttpResponse.BodyHandlers.ofString()))
			.hasMessageContaining("503");
	}

}
