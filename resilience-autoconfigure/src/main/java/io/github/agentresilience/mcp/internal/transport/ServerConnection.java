package io.github.agentresilience.mcp.internal.transport;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpTransportSessionClosedException;
import io.modelcontextprotocol.spec.McpTransportSessionNotFoundException;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * The wire to one server: the SDK's own transport, replaced by a fresh one for each
 * session where one can be made, and how messages are handed to it.
 */
final class ServerConnection {

	/** A process that is asked to end does so by then, or not at all. */
	private static final Duration LONGEST_END = Duration.ofSeconds(10);

	private final @Nullable Supplier<McpClientTransport> factory;

	private final boolean shared;

	private final RestartPace pace;

	private final Background background;

	private final ReentrantLock queueing = new ReentrantLock();

	/**
	 * No monitor: making and closing a transport may block, which in a monitor pins the
	 * carrier of a virtual thread.
	 */
	private final ReentrantLock renewing = new ReentrantLock();

	private volatile McpClientTransport transport;

	private boolean used;

	/**
	 * A connection that has not been opened.
	 * @param own its first transport
	 * @param factory makes another like it, {@code null} where none can be made
	 * @param shared whether it carries the messages of all calls
	 * @param background where it waits
	 */
	ServerConnection(McpClientTransport own, @Nullable Supplier<McpClientTransport> factory, boolean shared,
			Background background) {
		this.background = background;
		this.pace = new RestartPace(background.time()::nanos);
		this.transport = own;
		this.factory = factory;
		this.shared = shared;
	}

	McpClientTransport transport() {
		return this.transport;
	}

	void setExceptionHandler(Consumer<Throwable> handler) {
		this.transport.setExceptionHandler(handler);
	}

	/** The server has answered a request. */
	void answered() {
		this.pace.answered();
	}

	/**
	 * Takes a fresh transport for each session after the first.
	 * @param exceptionHandler what a fresh transport reports its exceptions to
	 * @return how long to wait before it is opened: a server that dies at once is given
	 * time
	 */
	Duration renew(Consumer<Throwable> exceptionHandler) {
		this.renewing.lock();
		try {
			Supplier<McpClientTransport> fresh = this.used ? this.factory : null;
			this.used = true;
			Duration wait = this.shared ? this.pace.next() : Duration.ZERO;
			if (fresh == null) {
				return Duration.ZERO;
			}
			discard(this.transport);
			this.transport = fresh.get();
			this.transport.setExceptionHandler(exceptionHandler);
			return wait;
		}
		finally {
			this.renewing.unlock();
		}
	}

	/**
	 * Closes a transport that another takes the place of. A process that hangs may not
	 * heed that it is asked to end, and each restart would leave one behind.
	 */
	private void discard(McpClientTransport replaced) {
		Mono<Void> closing = replaced.closeGracefully().onErrorComplete();
		if (replaced instanceof StdioTransport stdio) {
			Disposable kill = this.background.later(LONGEST_END, stdio::kill);
			closing = closing.doFinally((signal) -> kill.dispose());
		}
		closing.subscribe();
	}

	/**
	 * Opens the present transport, when the answer's {@link Channel#connected()} is
	 * subscribed to.
	 * @param handler takes what the transport reads
	 * @param receiver takes what the HTTP client reads in the transport's place
	 * @param lost run when the process of a stdio server has ended
	 */
	Channel open(Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> handler, Consumer<JSONRPCMessage> receiver,
			Duration wait, Runnable lost) {
		McpClientTransport present = this.transport;
		AtomicBoolean failed = new AtomicBoolean();
		Mono<Void> connect = present.connect(handler)
			.doOnSuccess((done) -> watchProcess(present, lost))
			.doOnError((thrown) -> {
				this.pace.refused();
				failed.set(true);
			})
			.onErrorMap((thrown) -> new McpConnectException(thrown));
		// Shared: the SDK subscribes to learn of failures, each message to wait until
		// there is a connection
		Mono<Void> connected = (wait.isZero() ? connect : Mono.delay(wait, this.background.scheduler()).then(connect))
			.cache();
		return new Channel(present, connected, failed, receiver);
	}

	/** The SDK does not notice that the process of a stdio server has ended. */
	private void watchProcess(McpClientTransport present, Runnable lost) {
		if (present instanceof StdioClientTransport stdio) {
			this.background.processes().execute(() -> {
				try {
					stdio.awaitForExit();
				}
				catch (RuntimeException ex) {
					return;
				}
				lost.run();
			});
		}
	}

	/** Sends a message as soon as the channel is open. */
	Mono<Void> send(JSONRPCMessage message, @Nullable McpExchange exchange, Channel channel) {
		OutgoingMessage outgoing = OutgoingMessage.of(message, exchange, channel.receiver());
		Mono<Void> sending = channel.connected()
			.then(Mono.from((subscriber) -> outgoing
				.send(() -> handOver(message, exchange, channel.transport()).subscribe(subscriber))));
		return outgoing.sent().isDone() ? sending : sending.doOnSuccess((done) -> outgoing.sent().complete(null));
	}

	/** Sends a message that may get lost without harm. */
	Mono<Void> sendBestEffort(JSONRPCMessage message, Channel channel) {
		OutgoingMessage outgoing = OutgoingMessage.bestEffort(message, channel.receiver());
		return Mono
			.from((subscriber) -> outgoing.send(() -> handOver(message, null, this.transport).subscribe(subscriber)));
	}

	/**
	 * The SDK's stdio transport takes a message into its queue at once. It refuses it
	 * while it takes another one, and when its process is gone; then the message has not
	 * been sent.
	 */
	private Mono<Void> handOver(JSONRPCMessage message, @Nullable McpExchange exchange, McpClientTransport present) {
		if (!(present instanceof StdioClientTransport)) {
			// One that has been closed meanwhile says so before it sends anything
			return present.sendMessage(message)
				.onErrorResume(McpTransportSessionClosedException.class, (closed) -> refused(exchange));
		}
		this.queueing.lock();
		try {
			Mono<Void> queued = present.sendMessage(message);
			return (exchange != null) ? queued.doOnError((refused) -> exchange.refused(0)) : queued;
		}
		finally {
			this.queueing.unlock();
		}
	}

	/**
	 * Refuses a request of a session that is over. Even if it were carried out, its
	 * response would reach no session.
	 */
	static Mono<Void> refused(@Nullable McpExchange exchange) {
		if (exchange != null) {
			exchange.refused(0);
		}
		return Mono.error(new McpTransportSessionNotFoundException("The session is lost"));
	}

	/**
	 * Where the messages of one session go.
	 *
	 * @param transport the SDK's
	 * @param connected ends when the transport is open; opens it when first subscribed to
	 * @param failed whether it could not be opened
	 * @param receiver takes what comes back for the session
	 */
	record Channel(McpClientTransport transport, Mono<Void> connected, AtomicBoolean failed,
			Consumer<JSONRPCMessage> receiver) {
	}

}
