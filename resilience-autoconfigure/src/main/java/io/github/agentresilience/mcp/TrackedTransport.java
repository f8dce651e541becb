package io.github.agentresilience.mcp;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpTransportSessionClosedException;
import io.modelcontextprotocol.spec.McpTransportSessionNotFoundException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Stands before a connection's own transport and follows each request: so the server hears of abandoned ones, the SDK
 * forgets them, progress reaches the attempt, and what is lost is opened anew: the process of a stdio server, the
 * stream of legacy SSE, a session over HTTP.
 */
final class TrackedTransport implements McpClientTransport, PendingRequests.Line {

	private static final String NO_SESSION = "";

	private static final String PROGRESS = "notifications/progress";

	private static final String TOOLS_CHANGED = "notifications/tools/list_changed";

	/** Where one connection carries everything, so many calls given up without a word make it suspect. */
	private static final int SILENT_CALLS_OF_A_SUSPECT = 2;

	/** A server that is only busy answers a ping by then. */
	private static final Duration LAST_CHANCE = Duration.ofSeconds(3);

	private static final Duration FIRST_RESTART_WAIT = Duration.ofMillis(250);

	private static final Duration LONGEST_RESTART_WAIT = Duration.ofSeconds(10);

	private static final Duration STABLE_AFTER = Duration.ofSeconds(30);

	/** The SDK takes microseconds from the one to the other; where it does not get there, nobody waits for it. */
	private static final Duration LONGEST_BETWEEN_SESSIONS = Duration.ofSeconds(5);

	private final @Nullable Supplier<McpClientTransport> fresh;

	private final boolean carriesAll;

	private final PendingRequests pending;

	private final ReentrantLock queueing = new ReentrantLock();

	private volatile McpClientTransport delegate;

	private volatile Mono<Void> connected = Mono.empty();

	private volatile Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> handler = Function.identity();

	private volatile Consumer<Throwable> exceptionHandler = (thrown) -> {
	};

	private volatile Runnable toolsChanged = () -> {
	};

	private volatile @Nullable Object initializing;

	/** What the ids of the SDK's present session begin with, {@code null} where its ids do not tell. */
	private volatile @Nullable String session = NO_SESSION;

	/** Pending from the loss of a session until the SDK asks for the next. */
	private volatile CompletableFuture<@Nullable Void> betweenSessions = CompletableFuture.completedFuture(null);

	private volatile boolean closed;

	/** Requests given up since anything was last heard. */
	private final AtomicInteger unheard = new AtomicInteger();

	private final AtomicInteger initializations = new AtomicInteger();

	private final AtomicInteger pings = new AtomicInteger();

	private boolean used;

	private int restarts;

	private long connectedAt;

	/**
	 * A transport.
	 * @param delegate the connection's own
	 * @param fresh makes another like it, {@code null} where the application made it
	 * @param carriesAll whether one connection carries everything, so that it is lost as a whole and takes its time to
	 * come back
	 * @param wantsProgress whether tools are asked to report their progress
	 */
	TrackedTransport(McpClientTransport delegate, @Nullable Supplier<McpClientTransport> fresh, boolean carriesAll,
			boolean wantsProgress) {
		this.delegate = delegate;
		this.fresh = fresh;
		this.carriesAll = carriesAll;
		this.pending = new PendingRequests(fresh != null && !carriesAll, wantsProgress, this);
	}

	/** Says what is to be done when the server's tools may be others than before: it says so, or it is a new one. */
	void onToolsChanged(Runnable reaction) {
		this.toolsChanged = reaction;
	}

	@Override
	public Mono<Void> connect(Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> inbound) {
		// First of all: what passes for a request of the session that was is then sent where that one is
		this.session = NO_SESSION;
		this.handler = inbound;
		Duration wait = renew();
		McpClientTransport now = this.delegate;
		Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> watched = (messages) -> inbound
			.apply(messages.filter(this::isWaitedFor));
		Mono<Void> connect = now.connect(watched)
			.doOnSuccess((done) -> watch(now))
			.onErrorMap((thrown) -> new McpConnectException(thrown));
		// Shared: the SDK subscribes to learn of failures, each message to wait until there is a connection
		this.connected = ((wait.isZero()) ? connect : Mono.delay(wait).then(connect)).cache();
		return this.connected;
	}

	/** Takes a fresh transport for each connection after the first; a server that dies at once is given time. */
	private synchronized Duration renew() {
		boolean again = this.used && this.fresh != null;
		this.used = true;
		if (!again) {
			this.connectedAt = System.nanoTime();
			return Duration.ZERO;
		}
		boolean paced = this.carriesAll && System.nanoTime() - this.connectedAt <= STABLE_AFTER.toNanos();
		this.restarts = paced ? this.restarts + 1 : 0;
		Duration wait = (this.restarts == 0) ? Duration.ZERO
				: FIRST_RESTART_WAIT.multipliedBy(1L << Math.min(this.restarts - 1, 10));
		McpClientTransport old = this.delegate;
		old.closeGracefully().onErrorComplete().subscribe();
		this.delegate = this.fresh.get();
		this.delegate.setExceptionHandler(this.exceptionHandler);
		this.connectedAt = System.nanoTime();
		return (wait.compareTo(LONGEST_RESTART_WAIT) < 0) ? wait : LONGEST_RESTART_WAIT;
	}

	/** Nobody else notices that the process of a stdio server has ended. */
	private void watch(McpClientTransport now) {
		if (now instanceof StdioClientTransport stdio) {
			Thread watcher = new Thread(() -> {
				try {
					stdio.awaitForExit();
				}
				catch (RuntimeException ex) {
					return;
				}
				if (now == this.delegate) {
					sessionLost();
				}
			}, "resilience-mcp-process");
			watcher.setDaemon(true);
			watcher.start();
		}
	}

	/**
	 * The session is gone, and perhaps the connection with it; the SDK is told, and opens another. What it sends in the
	 * meantime would have no session and be refused, so nobody is to ask it before it has begun.
	 */
	void sessionLost() {
		if (this.closed) {
			return;
		}
		this.betweenSessions = new CompletableFuture<@Nullable Void>().completeOnTimeout(null,
				LONGEST_BETWEEN_SESSIONS.toMillis(), TimeUnit.MILLISECONDS);
		Schedulers.boundedElastic()
			.schedule(() -> this.exceptionHandler
				.accept(new McpTransportSessionNotFoundException("The session is lost")));
	}

	boolean isBetweenSessions() {
		return !this.betweenSessions.isDone();
	}

	void awaitNextSession() {
		this.betweenSessions.join();
	}

	/** How often the SDK has asked for a session. */
	int initializations() {
		return this.initializations.get();
	}

	@Override
	public void setExceptionHandler(Consumer<Throwable> handlerOfSdk) {
		this.exceptionHandler = handlerOfSdk;
		this.delegate.setExceptionHandler(handlerOfSdk);
	}

	@Override
	public Mono<Void> sendMessage(JSONRPCMessage message) {
		return Mono.deferContextual((context) -> {
			Wire wire = new Wire(this.delegate, this.connected);
			if (!(message instanceof JSONRPCRequest request)) {
				return send(message, null, wire);
			}
			if (request.method().equals(McpSchema.METHOD_INITIALIZE)) {
				this.session = sessionOf(request);
				this.initializing = request.id();
				this.initializations.incrementAndGet();
				this.betweenSessions.complete(null);
				return send(message, null, wire);
			}
			McpExchange exchange = McpExchange.of(context);
			String present = this.session;
			if (present != null && !present.equals(sessionOf(request))) {
				return overtaken(exchange);
			}
			return (exchange == null) ? send(message, null, wire)
					: this.pending.send(request, exchange, (sent) -> send(sent, exchange, wire));
		});
	}

	/** The SDK numbers the requests of a session behind a prefix that is the session's own. */
	private static @Nullable String sessionOf(JSONRPCRequest request) {
		String id = String.valueOf(request.id());
		int end = id.lastIndexOf('-');
		return (end > 0) ? id.substring(0, end) : null;
	}

	/** Sent in the session that has come meanwhile, a request would be carried out, and its response known to nobody. */
	private static Mono<Void> overtaken(@Nullable McpExchange exchange) {
		if (exchange != null) {
			exchange.refused(0);
		}
		return Mono.error(new McpTransportSessionNotFoundException("The session is lost"));
	}

	/** The HTTP client finds the exchange by the thread that sends. */
	private Mono<Void> send(JSONRPCMessage message, @Nullable McpExchange exchange, Wire wire) {
		return wire.connected.then(Mono.from((subscriber) -> {
			McpExchange before = McpExchange.enter(exchange);
			try {
				handOver(message, exchange, wire.transport).subscribe(subscriber);
			}
			finally {
				McpExchange.enter(before);
			}
		}));
	}

	/**
	 * The SDK's stdio transport takes a message into its queue at once. It refuses it while it takes another one, and when
	 * its process is gone; then the message has not been sent.
	 */
	private Mono<Void> handOver(JSONRPCMessage message, @Nullable McpExchange exchange, McpClientTransport now) {
		if (!(now instanceof StdioClientTransport)) {
			// One that has been closed meanwhile says so before it sends anything
			return now.sendMessage(message)
				.onErrorResume(McpTransportSessionClosedException.class, (closed) -> overtaken(exchange));
		}
		this.queueing.lock();
		try {
			Mono<Void> queued = now.sendMessage(message);
			return (exchange != null) ? queued.doOnError((refused) -> exchange.refused(0)) : queued;
		}
		finally {
			this.queueing.unlock();
		}
	}

	@Override
	public void toServer(JSONRPCNotification message) {
		sendAside(message);
	}

	private void sendAside(JSONRPCMessage message) {
		Mono.defer(() -> handOver(message, null, this.delegate))
			.onErrorComplete()
			.subscribeOn(Schedulers.boundedElastic())
			.subscribe();
	}

	@Override
	public void toSdk(JSONRPCResponse response) {
		this.handler.apply(Mono.just(response)).onErrorComplete().subscribe();
	}

	/** A line that is no JSON ends the SDK's reading for good, though the server is up; a ping tells that from patience. */
	@Override
	public void givenUp() {
		if (!this.carriesAll || this.unheard.incrementAndGet() != SILENT_CALLS_OF_A_SUSPECT) {
			return;
		}
		Object id = "resilience-ping-" + this.pings.incrementAndGet();
		McpClientTransport suspect = this.delegate;
		this.pending.expectAside(id);
		sendAside(new JSONRPCRequest(McpSchema.METHOD_PING, id, null));
		Schedulers.boundedElastic().schedule(() -> {
			boolean unanswered = this.pending.giveUpAside(id);
			if (unanswered && this.unheard.getAndSet(0) >= SILENT_CALLS_OF_A_SUSPECT && suspect == this.delegate) {
				sessionLost();
			}
		}, LAST_CHANCE.toMillis(), TimeUnit.MILLISECONDS);
	}

	private boolean isWaitedFor(JSONRPCMessage message) {
		this.unheard.set(0);
		if (message instanceof JSONRPCResponse response && response.id() != null) {
			if (response.id().equals(this.initializing)) {
				this.initializing = null;
				this.toolsChanged.run();
			}
			return this.pending.responded(response.id());
		}
		if (message instanceof JSONRPCNotification notification) {
			if (notification.method().equals(PROGRESS) && notification.params() instanceof Map<?, ?> progress) {
				this.pending.progressed(progress);
			}
			else if (notification.method().equals(TOOLS_CHANGED)) {
				this.toolsChanged.run();
			}
		}
		return true;
	}

	@Override
	public Mono<Void> closeGracefully() {
		this.closed = true;
		return this.delegate.closeGracefully();
	}

	@Override
	public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
		return this.delegate.unmarshalFrom(data, type);
	}

	@Override
	public List<String> protocolVersions() {
		return this.delegate.protocolVersions();
	}

	/** Where the messages of one session go. */
	private record Wire(McpClientTransport transport, Mono<Void> connected) {
	}

}
