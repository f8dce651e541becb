package io.github.agentresilience.mcp.internal.transport;

import java.util.List;

import io.github.agentresilience.support.Logged;
import io.github.agentresilience.support.RawMcpServer.Answer;
import io.modelcontextprotocol.client.McpSyncClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Where a server says that its endpoint has moved to.
 */
class McpRedirectTests extends RawMcpFixture {

	@ParameterizedTest
	@ValueSource(ints = { 301, 302, 307, 308 })
	void anEndpointThatMovedOnItsHostIsFollowed(int status) {
		McpSyncClient client = client();
		for (String method : List.of("tools/call", "tools/list", "ping")) {
			this.primary.always(method, moved(status, "/mcp/"));
		}
		assertThat(call(client, "charge")).isEqualTo("one");
		assertThat(client.listTools().tools()).hasSize(4);
		assertThat(this.primary.asked("tools/call")).isEqualTo(2);
		assertThat(this.primary.asked().get(1).request().path()).isEqualTo("/mcp/");
		assertThat(this.primary.asked().get(1).session()).isEqualTo(this.primary.asked().get(0).session());
		assertThat(this.backup.asked("tools/call")).isZero();
	}

	private Answer moved(int status, String to) {
		return (asked, connection) -> {
			if (asked.request().path().equals(to)) {
				return this.primary.well(asked, connection);
			}
			connection.send("HTTP/1.1 " + status + " Moved\r\nLocation: " + to + "\r\nContent-Length: 0\r\n\r\n");
			return true;
		};
	}

	@Test
	void aRedirectToAnotherHostIsNamedInTheLogAndTheNextServerAsked() {
		McpSyncClient client = client();
		this.primary.always("tools/call", moved(307, "http://elsewhere.example/mcp?key=secret"));
		try (Logged logged = new Logged()) {
			for (int i = 0; i < 3; i++) {
				assertThat(call(client, "charge")).isEqualTo("two");
			}
			assertThat(logged.of("io.github.agentresilience.mcp"))
				.filteredOn((line) -> line.contains("http://elsewhere.example/mcp"))
				.hasSize(1)
				.first()
				.asString()
				.contains("'first'")
				.doesNotContain("secret");
		}
	}

	@Test
	void aRedirectToAPageForPeopleIsNoAnswer() {
		McpSyncClient client = client();
		this.primary.always("tools/call", (asked, connection) -> {
			if (asked.request().path().equals("/mcp")) {
				return moved(307, "/login").send(asked, connection);
			}
			connection
				.send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\r\n<html>Log in!</html>");
			return true;
		});
		assertThat(call(client, "charge")).isEqualTo("two");
	}

	@Test
	void aRedirectInCirclesEnds() {
		McpSyncClient client = client();
		this.primary.always("tools/call", (asked, connection) -> {
			connection.send("HTTP/1.1 307 Moved\r\nLocation: /mcp\r\nContent-Length: 0\r\n\r\n");
			return true;
		});
		assertThat(call(client, "charge")).isEqualTo("two");
	}

}
