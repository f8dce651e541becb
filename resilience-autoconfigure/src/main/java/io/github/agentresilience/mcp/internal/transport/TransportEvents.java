package io.github.agentresilience.mcp.internal.transport;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import org.jspecify.annotations.Nullable;

/**
 * What the HTTP client of one connection tells its transport, and what it has to know of
 * it.
 */
final class TransportEvents {

	private static final int NONE = 0;

	private final ReentrantLock telling = new ReentrantLock();

	private final AtomicInteger generation = new AtomicInteger(NONE);

	private final AtomicInteger lostGeneration = new AtomicInteger(NONE);

	private final boolean legacySse;

	private final AtomicInteger openStreams = new AtomicInteger();

	private final McpRedirects redirects;

	/** Whether a session with a name has been lost. */
	private volatile boolean lostSession;

	private volatile Runnable lost = () -> {
	};

	private volatile @Nullable Consumer<JSONRPCMessage> inbound;

	/**
	 * Events of one connection.
	 * @param connection its name
	 * @param legacySse whether it is the transport of the 2024-11-05 protocol, whose one
	 * event stream carries all answers
	 */
	TransportEvents(String connection, boolean legacySse) {
		this.redirects = new McpRedirects(connection);
		this.legacySse = legacySse;
	}

	McpRedirects redirects() {
		return this.redirects;
	}

	/** Says who takes messages for the SDK's present session. */
	void onMessage(Consumer<JSONRPCMessage> taker) {
		this.inbound = taker;
	}

	/**
	 * Takes messages for the SDK's present session, {@code null} where the SDK's own
	 * transport reads them.
	 */
	@Nullable Consumer<JSONRPCMessage> inbound() {
		return this.inbound;
	}

	/**
	 * The server has opened a stream of its own.
	 * @return to be run when it ends, once or more often
	 */
	Runnable streamOpened() {
		this.openStreams.incrementAndGet();
		AtomicBoolean open = new AtomicBoolean(true);
		return () -> {
			if (open.getAndSet(false)) {
				this.openStreams.decrementAndGet();
			}
		};
	}

	/** Whether a response may come on another stream than its request's. */
	boolean hasStream() {
		return this.openStreams.get() > 0;
	}

	/** Says what is to be done when the session, or the connection with it, is gone. */
	void onLost(Runnable reaction) {
		this.lost = reaction;
	}

	/**
	 * The server does not know the session of a client.
	 * @param session its name, {@code null} where it has none
	 */
	void sessionLost(int ofGeneration, @Nullable String session) {
		if (session != null) {
			this.lostSession = true;
		}
		lost(ofGeneration);
	}

	/**
	 * Whether a session has been lost before, so that the server is one that wants every
	 * request to have one.
	 */
	boolean hasLostSession() {
		return this.lostSession;
	}

	boolean isLegacySse() {
		return this.legacySse;
	}

	/** A new HTTP client stands for the connection from now on. */
	int newGeneration() {
		return this.generation.incrementAndGet();
	}

	/**
	 * The one stream of the connection has ended, or the server does not know it or its
	 * session. Many calls may find that out, and the first one tells. The others return
	 * when it has: a call that went on before would ask again in the session that is
	 * lost. Each session has a client of its own; names do not tell sessions apart, since
	 * a server that was restarted may give them out again.
	 * @param ofGeneration whose; that of a client which has been replaced is no loss
	 */
	void lost(int ofGeneration) {
		this.telling.lock();
		try {
			if (ofGeneration == this.generation.get() && this.lostGeneration.getAndSet(ofGeneration) != ofGeneration) {
				this.lost.run();
			}
		}
		finally {
			this.telling.unlock();
		}
	}

}
