package io.github.agentresilience.mcp.internal.transport;

import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

import io.modelcontextprotocol.spec.McpTransportSessionNotFoundException;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * What follows when a session is lost. Told of it, the SDK opens the next session by
 * itself and handles no failure of that; where the server is down, Reactor logs such a
 * failure with its whole stack trace as an error. So the SDK is made to forget the
 * session, and a caller that handles failures asks it for the next.
 */
final class SessionRecovery {

	/**
	 * Whether the calling thread makes the SDK forget a session, for which the SDK has to
	 * be told to close.
	 */
	private static final ThreadLocal<@Nullable Boolean> DROPPING = new ThreadLocal<>();

	private final SessionTracker sessions;

	private final Scheduler scheduler;

	private volatile @Nullable Runnable drop;

	private volatile @Nullable Runnable open;

	private volatile Consumer<Throwable> handlerOfSdk = (thrown) -> {
	};

	private volatile boolean closed;

	/**
	 * The recovery of one connection's sessions.
	 * @param scheduler has the threads on which the SDK is told
	 */
	SessionRecovery(SessionTracker sessions, Scheduler scheduler) {
		this.scheduler = scheduler;
		this.sessions = sessions;
	}

	/**
	 * Says how a session is replaced.
	 * @param dropSession makes the SDK forget the session
	 * @param openNext opens the next in the background, and handles a failure of that
	 */
	void replaceBy(Runnable dropSession, Runnable openNext) {
		this.drop = dropSession;
		this.open = openNext;
	}

	/**
	 * Says who handles all other exceptions, and a lost session where no replacement is
	 * set.
	 */
	void otherwise(Consumer<Throwable> handler) {
		this.handlerOfSdk = handler;
	}

	/** Handles what a transport reports. */
	void handle(Throwable thrown) {
		Runnable dropSession = this.drop;
		Runnable openNext = this.open;
		if (thrown instanceof McpTransportSessionNotFoundException && dropSession != null && openNext != null) {
			replace(dropSession, openNext);
		}
		else {
			this.handlerOfSdk.accept(thrown);
		}
	}

	private void replace(Runnable dropSession, Runnable openNext) {
		DROPPING.set(true);
		try {
			dropSession.run();
		}
		catch (RuntimeException ex) {
			// It was about to open a session, and has dropped that
		}
		finally {
			DROPPING.remove();
		}
		this.sessions.dropped();
		openNext.run();
	}

	/** Whether the calling thread makes the SDK forget a session, and nothing else. */
	boolean isDropping() {
		return DROPPING.get() != null;
	}

	/**
	 * A connection is lost, or the session on it; reported more than once, once counts.
	 */
	void lost(int connection) {
		if (!this.closed && this.sessions.lost(connection)) {
			try {
				this.scheduler.schedule(this::report);
			}
			catch (RejectedExecutionException closing) {
				// The application shuts down
				this.sessions.noneFollows();
			}
		}
	}

	private void report() {
		try {
			handle(new McpTransportSessionNotFoundException("The session is lost"));
		}
		catch (RuntimeException ex) {
			// The SDK was about to open a session and has dropped it
			this.sessions.noneFollows();
		}
	}

	/** The client is closed; what is lost from now on is not replaced. */
	void close() {
		this.closed = true;
	}

}
