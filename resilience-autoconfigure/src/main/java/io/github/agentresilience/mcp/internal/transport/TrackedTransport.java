package io.github.agentresilience.mcp.internal.transport;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Stands before a connection's own transport and brings the parts together that follow
 * its requests: the server hears of abandoned ones, the SDK forgets them, progress
 * reaches the attempt, and what is lost is opened anew: the process of a stdio server,
 * the stream of legacy SSE, a session over HTTP.
 */
public final class TrackedTransport implements McpClientTransport {

	private final ServerConnection connection;

	private final SessionTracker sessions;

	private final SessionRecovery recovery;

	private final Scheduler scheduler;

	private final PendingRequests pending;

	private final InboundMessages inbound;

	private final @Nullable SilenceWatch silence;

	private volatile SdkHandler sdk = new SdkHandler(Function.identity());

	private volatile ServerConnection.Channel channel;

	private volatile Consumer<Consumer<JSONRPCMessage>> sessionListener = (receiver) -> {
	};

	/**
	 * A transport.
	 * @param own the connection's own
	 * @param factory makes another like it, {@code null} where the application made it
	 * @param shared whether one connection carries the messages of all calls, so that it
	 * is lost as a whole and takes its time to come back
	 * @param wantsProgress whether tools are asked to report their progress
	 * @param background where it waits
	 */
	TrackedTransport(McpClientTransport own, @Nullable Supplier<McpClientTransport> factory, boolean shared,
			boolean wantsProgress, Background background) {
		this.scheduler = background.scheduler();
		this.sessions = new SessionTracker(background.time());
		this.recovery = new SessionRecovery(this.sessions, this.scheduler);
		this.connection = new ServerConnection(own, factory, shared, background);
		this.pending = new PendingRequests(factory != null && !shared, wantsProgress, new Abandonment(), background);
		this.silence = shared ? new SilenceWatch(this.pending, this::sendBestEffort, this.sessions::connection,
				this.recovery::lost, this.scheduler) : null;
		this.inbound = new InboundMessages(this.sessions, this.pending, this.connection::answered,
				(this.silence != null) ? this.silence::heard : () -> {
				});
		this.channel = new ServerConnection.Channel(own, Mono.empty(), new AtomicBoolean(), (message) -> {
		});
	}

	/**
	 * Says what is to be done when the server's tools may be others than before: it says
	 * so, or it is a new one.
	 */
	public void onToolsChanged(Runnable reaction) {
		this.inbound.onToolsChanged(reaction);
	}

	/** Says what is to be done with a response before the SDK reads it. */
	void onResponse(UnaryOperator<JSONRPCResponse> repair) {
		this.inbound.onResponse(repair);
	}

	/**
	 * Says who is told what receives the messages for a session, whenever the SDK begins
	 * one.
	 */
	void onSession(Consumer<Consumer<JSONRPCMessage>> listener) {
		this.sessionListener = listener;
	}

	/**
	 * Says how a session that is lost is replaced.
	 * @param drop makes the SDK forget the session
	 * @param open opens the next in the background, and reports a failure of that
	 */
	public void onSessionLost(Runnable drop, Runnable open) {
		this.recovery.replaceBy(drop, open);
	}

	@Override
	public Mono<Void> connect(Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> handler) {
		// Before the transport is replaced: from now on requests of the session before
		// are refused, and none of them is sent over the new transport
		int number = this.sessions.begin();
		SdkHandler handling = new SdkHandler(handler);
		this.sdk = handling;
		Duration wait = this.connection.renew(this.recovery::handle);
		this.sessions.replaced();
		this.pending.transportClosed();
		Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> filtered = (messages) -> this.inbound.forSdk(messages)
			.flatMap(handling::handle);
		Consumer<JSONRPCMessage> receiver = (
				message) -> filtered.apply(Mono.just(message)).onErrorComplete().subscribe();
		ServerConnection.Channel opened = this.connection.open(filtered, receiver, wait,
				() -> this.recovery.lost(number));
		this.channel = opened;
		this.sessionListener.accept(receiver);
		return opened.connected();
	}

	@Override
	public Mono<Void> sendMessage(JSONRPCMessage message) {
		return Mono.deferContextual((context) -> {
			ServerConnection.Channel present = this.channel;
			if (!(message instanceof JSONRPCRequest request)) {
				return this.connection.send(message, null, present);
			}
			if (request.method().equals(McpSchema.METHOD_INITIALIZE)) {
				return this.sessions.opens(request) ? this.connection.send(message, null, present)
						: ServerConnection.refused(null);
			}
			McpExchange exchange = McpExchange.CURRENT.get(context);
			if (this.sessions.refuses(request)) {
				return ServerConnection.refused(exchange);
			}
			return (exchange == null) ? this.connection.send(message, null, present)
					: this.pending.send(request, exchange, (sent) -> this.connection.send(sent, exchange, present));
		});
	}

	private void sendBestEffort(JSONRPCMessage message) {
		this.connection.sendBestEffort(message, this.channel).subscribeOn(this.scheduler).onErrorComplete().subscribe();
	}

	/**
	 * The stream that carries everything, or the session, is gone. One that could not be
	 * opened is no loss: whoever opens it is told so, and opening it again at once would
	 * end the same way.
	 */
	void connectionLost() {
		if (!this.channel.failed().get()) {
			sessionLost();
		}
	}

	/**
	 * The session is lost, and perhaps the connection with it; the SDK is told, and opens
	 * another. What it sends in the meantime would have no session and be refused, so
	 * calls wait until it has begun the next.
	 */
	public void sessionLost() {
		this.recovery.lost(this.sessions.connection());
	}

	public boolean isBetweenSessions() {
		return this.sessions.isBetweenSessions();
	}

	public void awaitNextSession() {
		this.sessions.awaitNextSession();
	}

	/** How often the SDK has asked for a session. */
	public int initializations() {
		return this.sessions.initializations();
	}

	@Override
	public void setExceptionHandler(Consumer<Throwable> handlerOfSdk) {
		this.recovery.otherwise(handlerOfSdk);
		this.connection.setExceptionHandler(this.recovery::handle);
	}

	@Override
	public Mono<Void> closeGracefully() {
		if (this.recovery.isDropping()) {
			// The session ends, not the connection
			return Mono.empty();
		}
		this.recovery.close();
		return this.connection.transport().closeGracefully();
	}

	@Override
	public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
		return this.connection.transport().unmarshalFrom(data, type);
	}

	@Override
	public List<String> protocolVersions() {
		return this.connection.transport().protocolVersions();
	}

	/** Where a request is reported that was abandoned. */
	private final class Abandonment implements PendingRequests.Peers {

		@Override
		public void toServer(JSONRPCNotification message) {
			sendBestEffort(message);
		}

		@Override
		public void toSdk(JSONRPCResponse response) {
			TrackedTransport.this.sdk.handle(response).onErrorComplete().subscribe();
		}

		@Override
		public void abandoned() {
			SilenceWatch watch = TrackedTransport.this.silence;
			if (watch != null) {
				watch.requestAbandoned();
			}
		}

	}

}
