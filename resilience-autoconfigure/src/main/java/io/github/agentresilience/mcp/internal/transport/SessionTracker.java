package io.github.agentresilience.mcp.internal.transport;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

import io.github.agentresilience.chain.internal.time.Nanos;
import io.github.agentresilience.chain.internal.time.Time;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import org.jspecify.annotations.Nullable;

/**
 * Which of the SDK's sessions a transport serves. The SDK opens a connection for each
 * session and sends an {@code initialize} request over it. A session ends when it is
 * lost: the SDK is told once, ends the requests in flight, and begins the next session.
 * It notes a request as in flight before it sends it. So a request that comes here after
 * the loss is one that the SDK may not have ended, and that would wait for its response
 * until its timeout; it is refused.
 */
final class SessionTracker {

	private static final int MOST_REMEMBERED = 64;

	/**
	 * The SDK takes microseconds from the one to the other; where it never does, calls
	 * stop waiting for it.
	 */
	private static final Duration LONGEST_BETWEEN_SESSIONS = Duration.ofSeconds(5);

	private final Time time;

	private final ReentrantLock lock = new ReentrantLock();

	private final AtomicInteger initializations = new AtomicInteger();

	/**
	 * Which connection the calling thread has opened last. The SDK opens it and sends
	 * {@code initialize} on one thread.
	 */
	private final ThreadLocal<@Nullable Integer> opened = new ThreadLocal<>();

	private volatile int connection;

	/** Whether the SDK has been told that the present connection is lost. */
	private boolean lost;

	/**
	 * Whether the SDK has forgotten the session that was lost, and has not begun another.
	 */
	private boolean dropped;

	/**
	 * What the ids of the SDK's present session begin with, {@code null} where there is
	 * none, or its ids do not tell.
	 */
	private volatile @Nullable String session;

	/** What the ids of its sessions before began with. */
	private final Set<String> past = Collections.newSetFromMap(Collections.synchronizedMap(new LinkedHashMap<>() {
		@Override
		protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
			return size() > MOST_REMEMBERED;
		}
	}));

	/** Pending from the loss of a session until the SDK asks for the next. */
	private volatile CompletableFuture<@Nullable Void> betweenSessions = CompletableFuture.completedFuture(null);

	/** Until when that is waited for. */
	private volatile long nextSessionNanos;

	/** The id of the request that is to open the session, while it has no response. */
	private volatile @Nullable Object opening;

	/**
	 * No session yet.
	 * @param time what it goes by
	 */
	SessionTracker(Time time) {
		this.time = time;
	}

	/**
	 * The SDK begins a session. Requests of the one before are refused from now on.
	 * @return the number of its connection
	 */
	int begin() {
		this.lock.lock();
		try {
			forgetSession();
			this.dropped = false;
			int next = this.connection + 1;
			this.connection = next;
			this.opened.set(next);
			return next;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Within the lock. */
	private void forgetSession() {
		String before = this.session;
		if (before != null) {
			this.past.add(before);
		}
		this.session = null;
	}

	/**
	 * The connection of the session has taken the place of the one before; what is lost
	 * from now on is this one.
	 */
	void replaced() {
		this.lock.lock();
		try {
			this.lost = false;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** The number of the present connection. */
	int connection() {
		return this.connection;
	}

	/**
	 * A connection is lost, or the session on it.
	 * @return whether the SDK has to be told. Until it begins the next session, every
	 * report is about the same loss; told twice, it would throw away the session that it
	 * is opening
	 */
	boolean lost(int ofConnection) {
		this.lock.lock();
		try {
			if (ofConnection != this.connection || (this.lost && (this.dropped || isBetweenSessions()))) {
				return false;
			}
			this.lost = true;
			if (!isBetweenSessions()) {
				this.nextSessionNanos = this.time.nanos() + Nanos.of(LONGEST_BETWEEN_SESSIONS);
				this.betweenSessions = new CompletableFuture<>();
			}
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * The SDK has forgotten its session and waits to be asked for the next. Its requests
	 * are refused until then, and a further report is about the same loss.
	 */
	void dropped() {
		this.lock.lock();
		try {
			if (this.lost) {
				this.dropped = true;
				forgetSession();
			}
		}
		finally {
			this.lock.unlock();
		}
		this.betweenSessions.complete(null);
	}

	/** The SDK does not begin the next session by itself. */
	void noneFollows() {
		this.betweenSessions.complete(null);
	}

	boolean isBetweenSessions() {
		return !this.betweenSessions.isDone() && this.nextSessionNanos - this.time.nanos() > 0;
	}

	/** Waits until the SDK has asked for the next session. */
	void awaitNextSession() {
		try {
			this.time.await(this.betweenSessions, this.nextSessionNanos - this.time.nanos());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (TimeoutException | ExecutionException ex) {
			// The SDK has had its time
		}
	}

	/** How often the SDK has asked for a session. */
	int initializations() {
		return this.initializations.get();
	}

	/**
	 * The SDK sends the request that opens a session.
	 * @return whether it may be sent. Where the connection has been lost or replaced
	 * meanwhile, its response would reach no session, and all calls would wait for it
	 * until its timeout
	 */
	boolean opens(JSONRPCRequest request) {
		this.lock.lock();
		try {
			Integer mine = this.opened.get();
			this.opened.remove();
			if (this.lost || (mine != null && mine != this.connection)) {
				return false;
			}
			String begun = sessionOf(request);
			if (begun != null) {
				// Ids that begin alike in all sessions do not tell them apart
				this.past.remove(begun);
			}
			this.session = begun;
			this.opening = request.id();
			this.initializations.incrementAndGet();
			this.betweenSessions.complete(null);
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * A response has come.
	 * @return whether it is the one that opens the session
	 */
	boolean isOpenedBy(Object responseId) {
		if (!responseId.equals(this.opening)) {
			return false;
		}
		this.opening = null;
		return true;
	}

	/**
	 * Whether a request is of a session that is over, as far as its id tells, or comes
	 * while there is none.
	 */
	boolean refuses(JSONRPCRequest request) {
		if (isBetweenSessions()) {
			return true;
		}
		String own = sessionOf(request);
		return own != null && this.past.contains(own);
	}

	/**
	 * This SDK numbers the requests of a session behind a prefix that is the session's
	 * own; others may not.
	 */
	private static @Nullable String sessionOf(JSONRPCRequest request) {
		String id = String.valueOf(request.id());
		int end = id.lastIndexOf('-');
		for (int at = end + 1; at < id.length(); at++) {
			if (id.charAt(at) < '0' || id.charAt(at) > '9') {
				return null;
			}
		}
		return (end > 0 && end + 1 < id.length()) ? id.substring(0, end) : null;
	}

}
