package io.github.agentresilience.mcp.internal.transport;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import io.github.agentresilience.chain.TargetFailureException;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.util.context.Context;

/**
 * The requests of one connection that wait for their responses, each with the attempt it
 * belongs to.
 */
final class PendingRequests {

	private static final String CANCELLED = "notifications/cancelled";

	private static final String PROGRESS_TOKEN = "progressToken";

	private static final int MOST_ABANDONED = 1_000;

	/** What has come in by the end of an answer is handled by then. */
	private static final Duration RESPONSE_GRACE = Duration.ofMillis(100);

	/** The SDK sends what it has prepared at once. */
	private static final Duration LONGEST_UNSENT = Duration.ofSeconds(1);

	private final Map<Object, Pending> waiting = new ConcurrentHashMap<>();

	/** Requests that the application gave a progress token of its own. */
	private final Map<String, Pending> byOwnToken = new ConcurrentHashMap<>();

	/**
	 * Abandoned requests; an answer that comes late is kept from the SDK.
	 */
	private final Set<Object> abandoned = Collections.newSetFromMap(Collections.synchronizedMap(new LinkedHashMap<>() {
		@Override
		protected boolean removeEldestEntry(Map.Entry<Object, Boolean> eldest) {
			return size() > MOST_ABANDONED;
		}
	}));

	private final boolean wantsProgress;

	private final boolean answeredAlone;

	private final Peers peers;

	private final Background background;

	/**
	 * No requests yet.
	 * @param answeredAlone whether each has an HTTP answer to itself
	 * @param wantsProgress whether tools are asked to report their progress
	 * @param peers the server and the SDK
	 * @param background says when a response should have followed the end of its answer
	 */
	PendingRequests(boolean answeredAlone, boolean wantsProgress, Peers peers, Background background) {
		this.background = background;
		this.answeredAlone = answeredAlone;
		this.wantsProgress = wantsProgress;
		this.peers = peers;
	}

	/**
	 * Sends a request. The SDK takes no notice of when it has been sent, only of
	 * failures; so this ends with the response, and until then any failure still reaches
	 * the caller, also one that the SDK's own transport does not report.
	 * @param sender sends a message
	 */
	Mono<Void> send(JSONRPCRequest request, McpExchange exchange, Function<JSONRPCMessage, Mono<Void>> sender) {
		return Mono.create((sink) -> {
			Pending pending = new Pending(request.id(), exchange, sink);
			this.waiting.put(pending.id, pending);
			exchange.requestSent(pending);
			sender.apply(withProgress(request, pending)).subscribe((sent) -> {
			}, pending::fail, pending::sendingEnded, Context.of(sink.contextView()));
		});
	}

	/**
	 * The transport that requests were sent over has been closed. The SDK drops those
	 * that it still prepares without a word, so whoever waits for their answers is told.
	 * Those that are just being sent are given the time for it.
	 */
	void transportClosed() {
		List<Runnable> unsent = this.waiting.values()
			.stream()
			.map(Pending::whenUnsent)
			.filter(Objects::nonNull)
			.toList();
		if (!unsent.isEmpty()) {
			this.background.later(LONGEST_UNSENT, () -> unsent.forEach(Runnable::run));
		}
	}

	private JSONRPCRequest withProgress(JSONRPCRequest request, Pending pending) {
		if (!this.wantsProgress || !(request.params() instanceof CallToolRequest call)) {
			return request;
		}
		Map<String, Object> meta = new HashMap<>(call.meta() != null ? call.meta() : Map.of());
		Object token = meta.putIfAbsent(PROGRESS_TOKEN, pending.id);
		if (token != null) {
			pending.ownToken = String.valueOf(token);
			this.byOwnToken.put(pending.ownToken, pending);
			return request;
		}
		return new JSONRPCRequest(request.method(), pending.id,
				new CallToolRequest(call.name(), call.arguments(), meta));
	}

	/** Takes a request out, {@code null} where it does not wait any longer. */
	private @Nullable Pending take(Object id) {
		Pending pending = this.waiting.remove(id);
		if (pending != null && pending.ownToken != null) {
			this.byOwnToken.remove(pending.ownToken, pending);
		}
		return pending;
	}

	/** Whether an attempt waits for the response to a request. */
	boolean isWaiting(Object id) {
		return this.waiting.containsKey(id);
	}

	/**
	 * A response has come.
	 * @return whether the SDK is to be given it
	 */
	boolean responded(Object id, JSONRPCResponse response) {
		Pending pending = take(id);
		if (pending != null) {
			pending.exchange.responded(response);
			pending.sink.success();
		}
		return !this.abandoned.remove(id);
	}

	void progressed(Map<?, ?> progress) {
		String token = String.valueOf(progress.get(PROGRESS_TOKEN));
		Pending pending = this.waiting.getOrDefault(token, this.byOwnToken.get(token));
		if (pending != null) {
			pending.exchange.progressed();
		}
	}

	/**
	 * A request of our own is about to be sent, whose response the SDK must not see.
	 */
	void expectOwn(Object id) {
		this.abandoned.add(id);
	}

	/**
	 * Expects the response to a request of our own no longer.
	 * @return whether it had not come
	 */
	boolean giveUpOwn(Object id) {
		return this.abandoned.remove(id);
	}

	/** The server and the SDK. Nothing here blocks. */
	interface Peers {

		void toServer(JSONRPCNotification message);

		void toSdk(JSONRPCResponse response);

		/** A request was abandoned while it had no response. */
		void abandoned();

	}

	/** One request that waits. */
	private final class Pending implements McpExchange.Request {

		private final Object id;

		private final McpExchange exchange;

		private final MonoSink<Void> sink;

		private final CompletableFuture<CompletableFuture<?>> carrier = new CompletableFuture<>();

		private volatile @Nullable String ownToken;

		Pending(Object id, McpExchange exchange, MonoSink<Void> sink) {
			this.id = id;
			this.exchange = exchange;
			this.sink = sink;
		}

		@Override
		public CompletableFuture<CompletableFuture<?>> carrier() {
			return this.carrier;
		}

		/**
		 * The transport has done with the request. Where no HTTP exchange is known to
		 * carry it by now, none will be, and there is no verdict to wait for.
		 */
		void sendingEnded() {
			this.carrier.complete(CompletableFuture.completedFuture(null));
		}

		/**
		 * To be run when nothing more will be sent over the transport that the request
		 * was given to; {@code null} where an HTTP exchange carries it already.
		 */
		@Nullable Runnable whenUnsent() {
			return this.carrier.isDone() ? null : this::sendingEnded;
		}

		void fail(Throwable cause) {
			// Also where the SDK has ended the request before, and its caller waits to
			// learn what became of it
			sendingEnded();
			if (take(this.id) != null) {
				this.sink.error(cause);
			}
		}

		/**
		 * The SDK keeps an abandoned request until its response comes, which may be
		 * never; so it is given one.
		 */
		@Override
		public void abandon() {
			if (take(this.id) == null) {
				return;
			}
			PendingRequests requests = PendingRequests.this;
			requests.abandoned.add(this.id);
			requests.peers.toServer(new JSONRPCNotification(CANCELLED,
					Map.of("requestId", this.id, "reason", "The caller no longer waits")));
			requests.peers.abandoned();
			requests.peers.toSdk(JSONRPCResponse.error(this.id,
					new JSONRPCResponse.JSONRPCError(McpSchema.ErrorCodes.INTERNAL_ERROR, "abandoned", null)));
		}

		@Override
		public boolean isAnsweredAlone() {
			return PendingRequests.this.answeredAlone;
		}

		@Override
		public void forget() {
			if (take(this.id) != null) {
				this.sink.success();
			}
		}

		@Override
		public void answerEnded(@Nullable Throwable failure) {
			if (failure != null) {
				fail(failure);
			}
			else if (PendingRequests.this.waiting.containsKey(this.id)) {
				PendingRequests.this.background.later(RESPONSE_GRACE, () -> fail(new TargetFailureException(0,
						"The MCP server's answer ended without a response", (Throwable) null)));
			}
		}

		@Override
		public void completeAfter(Duration most, CompletableFuture<@Nullable Object> verdict) {
			PendingRequests.this.background.completeAfter(most, verdict);
		}

	}

}
