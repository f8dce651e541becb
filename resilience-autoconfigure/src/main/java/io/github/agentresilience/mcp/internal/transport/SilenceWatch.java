package io.github.agentresilience.mcp.internal.transport;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;

import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import reactor.core.scheduler.Scheduler;

/**
 * Tells a shared connection that is dead from a server that is busy. A process may be up
 * and have closed its output, or a line may end the reading of a transport that is not
 * ours; a ping shows which it is.
 */
final class SilenceWatch {

	/** So many requests abandoned, and nothing heard, make a connection suspect. */
	private static final int SUSPICIOUS_REQUESTS = 2;

	/** A server that is only busy answers a ping by then. */
	private static final Duration LONGEST_PING = Duration.ofSeconds(3);

	private final PendingRequests pending;

	private final Consumer<JSONRPCMessage> sender;

	private final IntSupplier connection;

	private final IntConsumer lost;

	private final Scheduler scheduler;

	/** Requests abandoned since anything was last heard. */
	private final AtomicInteger unheard = new AtomicInteger();

	private final AtomicInteger pings = new AtomicInteger();

	/**
	 * Watches a connection.
	 * @param sender sends a message that may get lost
	 * @param connection the number of the present connection
	 * @param lost is given the number of a connection that is dead
	 * @param scheduler says when a ping should have been answered
	 */
	SilenceWatch(PendingRequests pending, Consumer<JSONRPCMessage> sender, IntSupplier connection, IntConsumer lost,
			Scheduler scheduler) {
		this.scheduler = scheduler;
		this.pending = pending;
		this.sender = sender;
		this.connection = connection;
		this.lost = lost;
	}

	/** The server has sent something. */
	void heard() {
		this.unheard.set(0);
	}

	/** A request was abandoned while it had no response. */
	void requestAbandoned() {
		if (this.unheard.incrementAndGet() != SUSPICIOUS_REQUESTS) {
			return;
		}
		Object id = "resilience-ping-" + this.pings.incrementAndGet();
		int suspect = this.connection.getAsInt();
		this.pending.expectOwn(id);
		this.sender.accept(new JSONRPCRequest(McpSchema.METHOD_PING, id, null));
		this.scheduler.schedule(() -> {
			boolean unanswered = this.pending.giveUpOwn(id);
			if (unanswered && this.unheard.getAndSet(0) >= SUSPICIOUS_REQUESTS) {
				this.lost.accept(suspect);
			}
		}, LONGEST_PING.toMillis(), TimeUnit.MILLISECONDS);
	}

}
