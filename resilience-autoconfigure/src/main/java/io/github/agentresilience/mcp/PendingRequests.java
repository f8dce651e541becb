package io.github.agentresilience.mcp;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
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
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * The requests of one connection that wait for their responses, each with the attempt it belongs to.
 */
final class PendingRequests {

	private static final String CANCELLED = "notifications/cancelled";

	private static final String PROGRESS_TOKEN = "progressToken";

	private static final int MOST_ABANDONED = 1_000;

	/** What has come in by the end of an answer is handled by then. */
	private static final Duration RESPONSE_GRACE = Duration.ofMillis(100);

	private final Map<Object, Pending> waiting = new ConcurrentHashMap<>();

	/** Requests that the application gave a progress token of its own. */
	private final Map<String, Pending> byOwnToken = new ConcurrentHashMap<>();

	/** Requests whose answers nobody waits for; an answer that comes late is no news to the SDK. */
	private final Set<Object> abandoned = Collections.newSetFromMap(Collections.synchronizedMap(new LinkedHashMap<>() {
		@Override
		protected boolean removeEldestEntry(Map.Entry<Object, Boolean> eldest) {
			return size() > MOST_ABANDONED;
		}
	}));

	private final boolean wantsProgress;

	private final boolean answeredAlone;

	private final Line line;

	/**
	 * No requests yet.
	 * @param answeredAlone whether each has an HTTP answer to itself
	 * @param wantsProgress whether tools are asked to report their progress
	 * @param line what connects server and SDK
	 */
	PendingRequests(boolean answeredAlone, boolean wantsProgress, Line line) {
		this.answeredAlone = answeredAlone;
		this.wantsProgress = wantsProgress;
		this.line = line;
	}

	/**
	 * Sends a request. The SDK takes no notice of when it has been sent, only of failures; so this ends with the response,
	 * and until then any failure still reaches whoever waits, also one that the SDK's own transport keeps to itself.
	 * @param wire sends a message
	 */
	Mono<Void> send(JSONRPCRequest request, McpExchange exchange, Function<JSONRPCMessage, Mono<Void>> wire) {
		return Mono.create((sink) -> {
			Pending pending = new Pending(request.id(), exchange, sink);
			this.waiting.put(pending.id, pending);
			exchange.requestSent(pending);
			wire.apply(withProgress(request, pending)).subscribe((sent) -> {
			}, pending::fail, () -> {
			}, Context.of(sink.contextView()));
		});
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

	/**
	 * A response has come.
	 * @return whether it is news to the SDK
	 */
	boolean responded(Object id) {
		Pending pending = take(id);
		if (pending != null) {
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

	/** A request of ours is about to be sent, whose response is none of the SDK's business. */
	void expectAside(Object id) {
		this.abandoned.add(id);
	}

	/**
	 * Expects the response to a request of ours no longer.
	 * @return whether it had not come
	 */
	boolean giveUpAside(Object id) {
		return this.abandoned.remove(id);
	}

	/** What connects server and SDK. Nothing here blocks. */
	interface Line {

		void toServer(JSONRPCNotification message);

		void toSdk(JSONRPCResponse response);

		/** A request was given up while the server said nothing to it. */
		void givenUp();

	}

	/** One request that waits. */
	private final class Pending implements McpExchange.Request {

		private final Object id;

		private final McpExchange exchange;

		private final MonoSink<Void> sink;

		private volatile @Nullable String ownToken;

		Pending(Object id, McpExchange exchange, MonoSink<Void> sink) {
			this.id = id;
			this.exchange = exchange;
			this.sink = sink;
		}

		void fail(Throwable cause) {
			if (take(this.id) != null) {
				this.sink.error(cause);
			}
		}

		/** The SDK keeps a request that nobody waits for until its response comes, which may be never; so it is given one. */
		@Override
		public void abandon() {
			if (take(this.id) == null) {
				return;
			}
			PendingRequests requests = PendingRequests.this;
			requests.abandoned.add(this.id);
			requests.line.toServer(new JSONRPCNotification(CANCELLED,
					Map.of("requestId", this.id, "reason", "The caller no longer waits")));
			requests.line.givenUp();
			requests.line.toSdk(JSONRPCResponse.error(this.id,
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
				Schedulers.boundedElastic()
					.schedule(() -> fail(new TargetFailureException(0,
							"The MCP server's answer ended without a response", (Throwable) null)),
							RESPONSE_GRACE.toMillis(), TimeUnit.MILLISECONDS);
			}
		}

	}

}
