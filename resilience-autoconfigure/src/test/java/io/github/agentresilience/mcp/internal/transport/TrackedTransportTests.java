package io.github.agentresilience.mcp.internal.transport;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.engine.ContextCarrier;
import io.github.agentresilience.chain.internal.time.Workers;
import io.github.agentresilience.support.ManualTime;
import io.github.agentresilience.support.Monitors;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpTransportSessionClosedException;
import io.modelcontextprotocol.spec.McpTransportSessionNotFoundException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Which session a request goes to, where the SDK begins one while a request of another is
 * on its way: too short a moment for a real server.
 */
class TrackedTransportTests {

	private final ChainRuntime runtime = ChainRuntime.create();

	private final Background background = Background.of(this.runtime);

	@AfterEach
	void closeRuntime() {
		this.runtime.close();
	}

	private final List<Recording> made = new ArrayList<>();

	private final TrackedTransport transport = tracked(this::record);

	private TrackedTransport tracked(Supplier<McpClientTransport> fresh) {
		return new TrackedTransport(record(), fresh, false, false, this.background);
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
		assertThatThrownBy(() -> send("tools/call", "one-2")).isInstanceOf(McpTransportSessionNotFoundException.class);
		send("tools/list", "two-1");
		assertThat(this.made).extracting((each) -> each.ids)
			.containsExactly(List.of("one-0", "one-1"), List.of("two-0", "two-1"));
	}

	@Test
	void norWhileTheNextIsBeingOpened() {
		open("one-0");
		this.transport.connect(Function.identity()).block();
		assertThatThrownBy(() -> send("tools/call", "one-1")).isInstanceOf(McpTransportSessionNotFoundException.class);
		assertThat(this.made.get(1).ids).isEmpty();
	}

	@Test
	void aTransportThatIsClosedAlreadyHasLostItsSession() {
		open("one-0");
		this.made.get(0).closed = true;
		assertThatThrownBy(() -> send("tools/call", "one-1")).isInstanceOf(McpTransportSessionNotFoundException.class);
	}

	/**
	 * The SDK ends what it knows to be in flight when it hears of the loss, and would not
	 * end this.
	 */
	@Test
	void aRequestThatComesAfterALossIsRefusedThoughTheNextSessionHasNotBegun() {
		open("one-0");
		this.transport.sessionLost();
		assertThatThrownBy(() -> send("tools/call", "one-1")).isInstanceOf(McpTransportSessionNotFoundException.class);
		open("two-0");
		send("tools/call", "two-1");
		assertThat(this.made).extracting((each) -> each.ids)
			.containsExactly(List.of("one-0"), List.of("two-0", "two-1"));
	}

	@Test
	void manyReportsOfOneLossAreToldOnceAndWhoWaitsIsReleasedByTheNextSession() throws Exception {
		AtomicInteger told = new AtomicInteger();
		this.transport.setExceptionHandler((thrown) -> told.incrementAndGet());
		open("one-0");
		this.transport.sessionLost();
		CompletableFuture<Void> waiting = CompletableFuture.runAsync(this.transport::awaitNextSession);
		this.transport.sessionLost();
		this.transport.sessionLost();
		Awaitility.await().until(() -> told.get() == 1);
		assertThat(this.transport.isBetweenSessions()).isTrue();
		long start = System.nanoTime();
		open("two-0");
		waiting.get(4, TimeUnit.SECONDS);
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
		assertThat(this.transport.isBetweenSessions()).isFalse();
		assertThat(told).hasValue(1);
		this.transport.sessionLost();
		Awaitility.await().until(() -> told.get() == 2);
	}

	@Test
	void whoWaitsIsReleasedThoughTheNextSessionIsLostBeforeItHasBegun() throws Exception {
		AtomicInteger told = new AtomicInteger();
		this.transport.setExceptionHandler((thrown) -> told.incrementAndGet());
		open("one-0");
		this.transport.sessionLost();
		CompletableFuture<Void> waiting = CompletableFuture.runAsync(this.transport::awaitNextSession);
		this.transport.connect(Function.identity()).block();
		this.transport.sessionLost();
		Awaitility.await().until(() -> told.get() == 2);
		// Sent over the connection that has just been lost, it would be waited for until
		// its timeout
		assertThatThrownBy(() -> send("initialize", "two-0")).isInstanceOf(McpTransportSessionNotFoundException.class);
		assertThat(waiting).isNotDone();
		open("three-0");
		waiting.get(4, TimeUnit.SECONDS);
		assertThat(this.made.get(1).ids).isEmpty();
	}

	@Test
	void theSessionThatIsBegunLastIsTheOneThatIsOpened() throws Exception {
		open("one-0");
		this.transport.connect(Function.identity()).block();
		CompletableFuture.runAsync(() -> open("three-0")).get(20, TimeUnit.SECONDS);
		assertThatThrownBy(() -> send("initialize", "two-0")).isInstanceOf(McpTransportSessionNotFoundException.class);
		send("tools/call", "three-1");
		assertThat(this.made.get(2).ids).containsExactly("three-0", "three-1");
	}

	@Test
	void anSdkThatCannotBeToldKeepsNoCallerWaiting() throws Exception {
		this.transport.setExceptionHandler((thrown) -> {
			throw new NullPointerException("there is no session to close");
		});
		open("one-0");
		this.transport.sessionLost();
		CompletableFuture.runAsync(this.transport::awaitNextSession).get(4, TimeUnit.SECONDS);
	}

	@Test
	void anSdkThatNeverBeginsTheNextSessionKeepsNoCallerWaiting() throws Exception {
		ManualTime time = ManualTime.standing();
		try (ChainRuntime ofTime = new ChainRuntime(time, new Workers(), ContextCarrier.NONE)) {
			TrackedTransport forgotten = new TrackedTransport(record(), null, false, false, Background.of(ofTime));
			forgotten.setExceptionHandler((thrown) -> {
			});
			forgotten.connect(Function.identity()).block();
			forgotten.sessionLost();
			CompletableFuture<Void> waiting = CompletableFuture.runAsync(forgotten::awaitNextSession);
			time.awaitWaiting(1);
			time.advance(Duration.ofSeconds(4));
			assertThat(forgotten.isBetweenSessions()).isTrue();
			assertThat(waiting).isNotDone();
			time.advance(Duration.ofSeconds(1));
			waiting.get(4, TimeUnit.SECONDS);
			assertThat(forgotten.isBetweenSessions()).isFalse();
		}
	}

	/**
	 * A legacy SSE server may open its stream and name an endpoint that the SDK refuses,
	 * which then closes the stream.
	 */
	@Test
	void aStreamThatEndsBecauseItsConnectionCouldNotBeOpenedIsNoLoss() {
		this.transport.setExceptionHandler((thrown) -> {
		});
		this.made.get(0).failsToOpen = true;
		assertThatThrownBy(() -> this.transport.connect(Function.identity()).block())
			.hasRootCauseInstanceOf(IllegalArgumentException.class);
		this.transport.connectionLost();
		assertThat(this.transport.isBetweenSessions()).isFalse();
		open("two-0");
		this.transport.connectionLost();
		assertThat(this.transport.isBetweenSessions()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "7", "-7", "tools-3", "one-1", "one", "3fe7a0c4-52f1-4c0b-9d3e-0f6d2c9a7b15",
			"3fe7a0c4-52f1-4c0b-9d3e-000000000015", "01JD9Z6W3N8T", "a:b:9", "init-" })
	void whereIdsDoNotTellEveryRequestIsSent(String next) {
		for (String first : List.of("0", "550e8400-e29b-41d4-a716-446655440000", "init-0", "req:1", next)) {
			open(first);
			send("tools/list", next);
			assertThat(this.made.get(this.made.size() - 1).ids).containsExactly(first, next);
		}
	}

	@Test
	void idsThatGoOnFromSessionToSessionAreSent() {
		open("req-0");
		send("tools/list", "req-1");
		open("req-2");
		send("tools/list", "req-3");
		assertThat(this.made.get(1).ids).containsExactly("req-2", "req-3");
	}

	/** Making a transport and closing one may block. */
	@Test
	void aTransportIsReplacedInNoMonitor() {
		List<String> monitors = new ArrayList<>();
		TrackedTransport watched = new TrackedTransport(new Recording() {
			@Override
			public Mono<Void> closeGracefully() {
				return Mono.fromRunnable(() -> monitors.addAll(Monitors.ofLibrary()));
			}
		}, () -> {
			monitors.addAll(Monitors.ofLibrary());
			return record();
		}, false, false, this.background);
		watched.connect(Function.identity()).block();
		watched.connect(Function.identity()).block();
		assertThat(this.made).hasSize(2);
		assertThat(monitors).isEmpty();
	}

	private static class Recording implements McpClientTransport {

		private final List<Object> ids = new ArrayList<>();

		private boolean closed;

		private boolean failsToOpen;

		@Override
		public Mono<Void> connect(Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> handler) {
			return this.failsToOpen ? Mono.error(new IllegalArgumentException("no endpoint")) : Mono.empty();
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
