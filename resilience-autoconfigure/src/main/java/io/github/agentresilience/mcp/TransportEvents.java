package io.github.agentresilience.mcp;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What the HTTP client of one connection tells its transport, and what it has to know of it.
 */
final class TransportEvents {

	private static final int MOST_REMEMBERED = 64;

	private static final int NONE = 0;

	private final Set<String> lostSessions = Collections.newSetFromMap(Collections.synchronizedMap(new LinkedHashMap<>() {
		@Override
		protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
			return size() > MOST_REMEMBERED;
		}
	}));

	private final AtomicInteger generation = new AtomicInteger(NONE);

	private final AtomicInteger lostGeneration = new AtomicInteger(NONE);

	private final boolean legacySse;

	private volatile Runnable lost = () -> {
	};

	/**
	 * Events of one connection.
	 * @param legacySse whether it is the transport of the 2024-11-05 protocol, whose one event stream carries all answers
	 */
	TransportEvents(boolean legacySse) {
		this.legacySse = legacySse;
	}

	/** Says what is to be done when the session, or the connection with it, is gone. */
	void onLost(Runnable reaction) {
		this.lost = reaction;
	}

	/** The server does not know this session; many calls may find that out, and the first one tells. */
	void sessionLost(String session) {
		if (this.lostSessions.add(session)) {
			this.lost.run();
		}
	}

	/** Whether a session has been lost before, so that the server is one that wants every request to have one. */
	boolean hasLostSession() {
		return !this.lostSessions.isEmpty();
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
	void connectionLost(int ofGeneration) {
		if (ofGeneration == this.generation.get() && this.lostGeneration.getAndSet(ofGeneration) != ofGeneration) {
			this.lost.run();
		}
	}

}
