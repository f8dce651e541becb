package io.github.agentresilience.mcp;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpTransportSessionClosedException;
import io.modelcontextprotocol.spec.McpTransportSessionNotFoundException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Which session a request goes to, where the SDK begins one while a request of another is on its way: too short a moment
 * for a real server.
 */
class TrackedTransportTests {

	private final List<Recording> made = new ArrayList<>();

	private final TrackedTransport transport = tracked(this::record);

	private TrackedTransport tracked(Supplier<McpClientTransport> fresh) {
		return new TrackedTransport(record(), fresh, false, false);
	}

	private Recording record() {
		Recording made = new Recording();
		this.made.add(made);
		return made;
	}

	private void open(String initializeId) {
		this.transport.connect(Function.identity()).block();
		send("initialize", initializeId);
	}

	private void send(String method, String id) {
		this.transport.sendMessage(new JSONRPCRequest(method, id, null)).block();
	}

	@Test
	void aRequestOfASessionThatHasBeenReplacedIsNotSentInTheNext() {
		open("one-0");
		send("tools/list", "one-1");
		open("two-0");
		assertThatThrownBy(() -> send("tools/call", "one-2"))
			.isInstanceOf(McpTransportSessionNotFoundException.class);
		send("tools/list", "two-1");
		assertThat(this.made).extracting((each) -> each.ids)
			.containsExactly(List.of("one-0", "one-1"), List.of("two-0", "two-1"));
	}

	@Test
	void norWhileTheNextIsBeingOpened() {
		open("one-0");
		this.transport.connect(Function.identity()).block();
		assertThatThrownBy(() -> send("tools/call", "one-1"))
			.isInstanceOf(McpTransportSessionNotFoundException.class);
		assertThat(this.made.get(1).ids).isEmpty();
	}

	@Test
	void aTransportThatIsClosedAlreadyHasLostItsSession() {
		open("one-0");
		this.made.get(0).closed = true;
		assertThatThrownBy(() -> send("tools/call", "one-1")).isInstanceOf(McpTransportSessionNotFoundException.class);
	}

	@ParameterizedTest
	@ValueSource(strings = { "7", "-7" })
	void whereIdsDoNotTellEveryRequestIsSent(String next) {
		open("0");
		send("tools/list", next);
		assertThat(this.made.get(0).ids).containsExactly("0", next);
	}

	private static final class Recording implements McpClientTransport {

		private final List<Object> ids = new ArrayList<>();

		private boolean closed;

		@Override
		public Mono<Void> connect(Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> handler) {
			return Mono.empty();
		}

		@Override
		public Mono<Void> sendMessage(JSONRPCMessage message) {
			if (this.closed) {
				return Mono.error(new McpTransportSessionClosedException());
			}
			this.ids.add(((JSONRPCRequest) message).id());
			return Mono.empty();
		}

		@Override
		public Mono<Void> closeGracefully() {
			return Mono.empty();
		}

		@Override
		public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
			throw new IllegalStateException("Nothing is received");
		}

	}

}
