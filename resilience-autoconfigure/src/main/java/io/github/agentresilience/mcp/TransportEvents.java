package io.github.agentresilience.mcp;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

/**
 * What the HTTP client of one connection tells its transport, and what it has to know of it.
 */
final class TransportEvents {

	private final AtomicReference<@Nullable String> lastLost = new AtomicReference<>();

	private final AtomicInteger generation = new AtomicInteger();

	private final boolean legacySse;

	private volatile Runnable connectionLost = () -> {
	};

	/**
	 * Events of one connection.
	 * @param legacySse whether it is the transport of the 2024-11-05 protocol, whose one event stream carries all answers
	 */
	TransportEvents(boolean legacySse) {
		this.legacySse = legacySse;
	}

	void onConnectionLost(Runnable reaction) {
		this.connectionLost = reaction;
	}

	/**
	 * Whether this is the first that is heard of the session's end. The SDK opens a new session each time it hears
	 * so, throwing away the one that another call has just opened; it must hear it once.
	 */
	boolean isFirstLoss(String session) {
		return !session.equals(this.lastLost.getAndSet(session));
	}

	boolean isLegacySse() {
		return this.legacySse;
	}

	/** A new HTTP client stands for the connection from now on. */
	int newGeneration() {
		return this.generation.incrementAndGet();
	}

	/**
	 * The one stream of the connection has ended, or the server does not know it.
	 * @param ofGeneration whose stream; that of a client which has been replaced is no loss
	 */
	void lost(int ofGeneration) {
		if (ofGeneration == this.generation.get()) {
			this.connectionLost.run();
		}
	}

}
