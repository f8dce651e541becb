package io.github.agentresilience.mcp;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpTransportSessionNotFoundException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Stands before a connection's own transport and follows each request: so the server hears of abandoned ones, the SDK
 * forgets them, progress reaches the attempt, and a connection that the SDK could open only once (stdio, legacy SSE) is
 * opened anew when it is lost.
 */
final class TrackedTransport implements McpClientTransport {

	private static final String CANCELLED = "notifications/cancelled";

	private static final String PROGRESS = "notifications/progress";

	private static final String TOOLS_CHANGED = "notifications/tools/list_changed";

	private static final String PROGRESS_TOKEN = "progressToken";

	private static final int MOST_ABANDONED = 1_000;

	/** Where one connection carries everything, so many calls in a row without a word mean that it is dead. */
	private static final int SILENT_CALLS_OF_A_DEAD_CONNECTION = 2;

	private static final Duration FIRST_RESTART_WAIT = Duration.ofMillis(250);

	private static final Duration LONGEST_RESTART_WAIT = Duration.ofSeconds(10);

	private static final Duration STABLE_AFTER = Duration.ofSeconds(30);

	private final @Nullable Supplier<McpClientTransport> fresh;

	private final boolean wantsProgress;

	private final Map<Object, McpExchange> waiting = new ConcurrentHashMap<>();

	/** Requests that the application gave a progress token of its own. */
	private final Map<String, McpExchange> byOwnToken = new ConcurrentHashMap<>();

	/** Requests whose answers nobody waits for; an answer that comes late is no news to the SDK. */
	private final Set<Object> abandoned = Collections.newSetFromMap(Collections.synchronizedMap(new LinkedHashMap<>() {
		@Override
		protected boolean removeEldestEntry(Map.Entry<Object, Boolean> eldest) {
			return size() > MOST_ABANDONED;
		}
	}));

	private volatile McpClientTransport delegate;

	private volatile Mono<Void> connected = Mono.empty();

	private volatile Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> handler = Function.identity();

	private volatile Consumer<Throwable> exceptionHandler = (thrown) -> {
	};

	private volatile Runnable toolsChanged = () -> {
	};

	private volatile @Nullable Object initializing;

	private volatile boolean closed;

	/** Requests given up since anything was last heard. */
	private final AtomicInteger unheard = new AtomicInteger();

	private boolean used;

	private int restarts;

	private long connectedAt;

	/**
	 * A transport.
	 * @param delegate the connection's own
	 * @param fresh makes another like it, {@code null} where the same can connect again
	 * @param wantsProgress whether tools are asked to report their progress
	 */
	TrackedTransport(McpClientTransport delegate, @Nullable Supplier<McpClientTransport> fresh, boolean wantsProgress) {
		this.delegate = delegate;
		this.fresh = fresh;
		this.wantsProgress = wantsProgress;
	}

	/** Says what is to be done when the server's tools may be others than before: it says so, or it is a new one. */
	void onToolsChanged(Runnable reaction) {
		this.toolsChanged = reaction;
	}

	@Override
	public Mono<Void> connect(Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> inbound) {
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
		this.restarts = (System.nanoTime() - this.connectedAt > STABLE_AFTER.toNanos()) ? 0 : this.restarts + 1;
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
					lost();
				}
			}, "resilience-mcp-process");
			watcher.setDaemon(true);
			watcher.start();
		}
	}

	/** The connection is gone, and with it the session; the SDK opens another. */
	void lost() {
		if (!this.closed) {
			this.exceptionHandler.accept(new McpTransportSessionNotFoundException("The connection is lost"));
		}
	}

	@Override
	public void setExceptionHandler(Consumer<Throwable> handlerOfSdk) {
		this.exceptionHandler = handlerOfSdk;
		this.delegate.setExceptionHandler(handlerOfSdk);
	}

	@Override
	public Mono<Void> sendMessage(JSONRPCMessage message) {
		return Mono.deferContextual((context) -> {
			McpExchange exchange = McpExchange.of(context);
			JSONRPCMessage sent = message;
			if (message instanceof JSONRPCRequest request) {
				if (request.method().equals(McpSchema.METHOD_INITIALIZE)) {
					this.initializing = request.id();
				}
				else if (exchange != null) {
					sent = track(request, exchange);
				}
			}
			return this.connected.then(send(sent, exchange)).doOnError((thrown) -> forget(message));
		});
	}

	private void forget(JSONRPCMessage message) {
		if (message instanceof JSONRPCRequest request) {
			stopWaiting(request.id());
		}
	}

	private boolean stopWaiting(Object id) {
		McpExchange exchange = this.waiting.remove(id);
		if (exchange != null && exchange.ownToken() != null) {
			this.byOwnToken.remove(exchange.ownToken(), exchange);
		}
		return exchange != null;
	}

	/** The HTTP client finds the exchange by the thread that sends. */
	private Mono<Void> send(JSONRPCMessage message, @Nullable McpExchange exchange) {
		return Mono.from((subscriber) -> {
			McpExchange before = McpExchange.enter(exchange);
			try {
				this.delegate.sendMessage(message).subscribe(subscriber);
			}
			finally {
				McpExchange.enter(before);
			}
		});
	}

	private JSONRPCMessage track(JSONRPCRequest request, McpExchange exchange) {
		Object id = request.id();
		this.waiting.put(id, exchange);
		exchange.requestSent(() -> abandon(id));
		if (!this.wantsProgress || !(request.params() instanceof CallToolRequest call)) {
			return request;
		}
		Map<String, Object> meta = new HashMap<>(call.meta() != null ? call.meta() : Map.of());
		Object token = meta.putIfAbsent(PROGRESS_TOKEN, id);
		if (token != null) {
			exchange.reportsAs(String.valueOf(token));
			this.byOwnToken.put(String.valueOf(token), exchange);
			return request;
		}
		return new JSONRPCRequest(request.method(), id, new CallToolRequest(call.name(), call.arguments(), meta));
	}

	/**
	 * The SDK keeps a request that nobody waits for until its answer comes, which may be never; so it is given one.
	 */
	private void abandon(Object id) {
		if (!stopWaiting(id)) {
			return;
		}
		this.abandoned.add(id);
		if (this.fresh != null && this.unheard.incrementAndGet() >= SILENT_CALLS_OF_A_DEAD_CONNECTION) {
			// A line that is no JSON ends the SDK's reading for good, though the server is up
			this.unheard.set(0);
			Schedulers.boundedElastic().schedule(this::lost);
			return;
		}
		JSONRPCMessage cancelled = new JSONRPCNotification(CANCELLED,
				Map.of("requestId", id, "reason", "The caller no longer waits"));
		Mono.defer(() -> this.delegate.sendMessage(cancelled))
			.onErrorComplete()
			.subscribeOn(Schedulers.boundedElastic())
			.subscribe();
		JSONRPCResponse answer = JSONRPCResponse.error(id,
				new JSONRPCResponse.JSONRPCError(McpSchema.ErrorCodes.INTERNAL_ERROR, "abandoned", null));
		this.handler.apply(Mono.just(answer)).onErrorComplete().subscribe();
	}

	private boolean isWaitedFor(JSONRPCMessage message) {
		this.unheard.set(0);
		if (message instanceof JSONRPCResponse response && response.id() != null) {
			if (response.id().equals(this.initializing)) {
				this.initializing = null;
				this.toolsChanged.run();
			}
			stopWaiting(response.id());
			return !this.abandoned.remove(response.id());
		}
		if (message instanceof JSONRPCNotification notification) {
			if (notification.method().equals(PROGRESS) && notification.params() instanceof Map<?, ?> progress) {
				String token = String.valueOf(progress.get(PROGRESS_TOKEN));
				McpExchange exchange = this.waiting.getOrDefault(token, this.byOwnToken.get(token));
				if (exchange != null) {
					exchange.progressed();
				}
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

}
