package io.github.agentresilience.mcp.internal;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import io.github.agentresilience.mcp.internal.transport.SessionLostException;
import io.github.agentresilience.mcp.internal.transport.TrackedTransport;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import org.jspecify.annotations.Nullable;

/**
 * One connection that Spring AI configured: its initialisation, and the tools that were
 * last seen there.
 *
 * <p>
 * The SDK initialises a client within whichever call comes first, and never again if that
 * call is cancelled in the meantime. So initialisation runs on a thread of its own, once
 * for all who wait for it, and no attempt's timeout touches it.
 */
public final class McpConnection {

	private final String name;

	private final McpClientHandle handle;

	private final @Nullable TrackedTransport transport;

	private final Executor executor;

	private final Consumer<McpConnection> changed;

	private final SeenTools tools;

	private final ReentrantLock lock = new ReentrantLock();

	private @Nullable CompletableFuture<Boolean> underWay;

	private volatile McpSchema.@Nullable InitializeResult initialization;

	private volatile boolean closed;

	/**
	 * A connection, not initialised yet.
	 * @param name its name in {@code spring.ai.mcp.client.*.connections}
	 * @param handle Spring AI's client
	 * @param transport the client's transport, {@code null} where the application built
	 * the client by itself
	 * @param executor runs initialisations
	 * @param changed told when the connection came up, at first or again, and when its
	 * tools may have changed
	 */
	McpConnection(String name, McpClientHandle handle, @Nullable TrackedTransport transport, Executor executor,
			Consumer<McpConnection> changed) {
		this.name = name;
		this.handle = handle;
		this.transport = transport;
		this.executor = executor;
		this.changed = changed;
		this.tools = new SeenTools(name, handle::tools, executor);
		if (transport != null) {
			transport.onSessionLost(handle::close, this::reopen);
		}
	}

	private void reopen() {
		if (this.closed) {
			return;
		}
		try {
			initialize();
		}
		catch (RejectedExecutionException closing) {
			// The application shuts down
		}
	}

	/**
	 * Gives the session up, as if the server no longer knew it.
	 * @return what a request fails with that was sent in it
	 */
	SessionLostException loseSession() {
		if (this.transport != null) {
			this.transport.sessionLost();
		}
		return new SessionLostException();
	}

	public String name() {
		return this.name;
	}

	public McpClientHandle handle() {
		return this.handle;
	}

	/**
	 * Reads a result as the SDK does, {@code null} where the application built the client
	 * by itself.
	 */
	<T> @Nullable T read(Object result, TypeRef<T> type) {
		return (this.transport != null) ? this.transport.unmarshalFrom(result, type) : null;
	}

	public Object client() {
		return this.handle.client();
	}

	public boolean isInitialized() {
		return this.handle.isInitialized() && (this.transport == null || !this.transport.isBetweenSessions());
	}

	/** Whether it is initialised, and its tools have been looked at. */
	boolean isReady() {
		return isInitialized() && this.tools.haveBeenLookedAt();
	}

	boolean isClosed() {
		return this.closed;
	}

	/** The client is being closed, and is not to be connected again. */
	public void closing() {
		this.closed = true;
	}

	/** The tools by their names, as last seen; {@code null} while they have not been. */
	public @Nullable Map<String, Tool> tools() {
		return this.tools.byName();
	}

	public void toolsSeen(List<Tool> seen) {
		this.tools.seen(seen);
	}

	/**
	 * Whether the tools are to be looked at again, because the server may have others
	 * than those last seen.
	 */
	boolean isStale() {
		return this.tools.isStale();
	}

	/**
	 * What the server said when it was initialised last, {@code null} where it never was.
	 */
	public McpSchema.@Nullable InitializeResult initialization() {
		McpSchema.InitializeResult now = this.handle.initialization();
		if (now != null) {
			this.initialization = now;
		}
		return this.initialization;
	}

	/** Lists the tools again in the background, and reports the change. */
	void refreshTools() {
		this.tools.mayHaveChanged();
		try {
			this.executor.execute(() -> {
				lookAtTools();
				this.changed.accept(this);
			});
		}
		catch (RejectedExecutionException closing) {
			// The application shuts down
		}
	}

	private void lookAtTools() {
		if (!this.closed) {
			this.tools.look();
		}
	}

	/** Starts an initialisation unless one is under way. */
	public CompletableFuture<Boolean> initialize() {
		this.lock.lock();
		try {
			CompletableFuture<Boolean> running = this.underWay;
			if (running == null || running.isDone()) {
				running = CompletableFuture.supplyAsync(this::run, this.executor);
				this.underWay = running;
				// On another thread than the waiting ones: at start-up they may hold what
				// a listener needs
				running.thenAcceptAsync(this::tell, this.executor);
			}
			return running;
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean run() {
		if (this.closed) {
			return false;
		}
		boolean cameUp = !isInitialized();
		if (cameUp) {
			openSession();
		}
		// Kept: the SDK forgets it with the session
		initialization();
		if (!this.tools.haveBeenLookedAt()) {
			// Whether a tool may be called twice must be known before it is called once
			lookAtTools();
		}
		return cameUp;
	}

	/**
	 * Opens a session. After a cancelled opening the SDK waits for that session without
	 * end; where it has waited its full time without asking the server, it is made to
	 * start again.
	 */
	private void openSession() {
		TrackedTransport tracked = this.transport;
		if (tracked == null) {
			this.handle.initialize();
			return;
		}
		try {
			openSession(tracked);
		}
		catch (RuntimeException ex) {
			if (!McpFailureClassifier.isSessionLost(ex) && !SdkErrors.isBetweenSessions(ex)) {
				throw ex;
			}
			// It was lost while it was being opened, and the SDK opens another
			openSession(tracked);
		}
	}

	private void openSession(TrackedTransport tracked) {
		tracked.awaitNextSession();
		int before = tracked.initializations();
		try {
			this.handle.initialize();
		}
		catch (RuntimeException ex) {
			if (tracked.initializations() == before && isTimeout(ex)) {
				tracked.sessionLost();
			}
			throw ex;
		}
	}

	private static boolean isTimeout(Throwable thrown) {
		for (Throwable at = thrown; at != null; at = at.getCause()) {
			if (at instanceof TimeoutException) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Where the transport is followed, it says by itself that the server is a new one.
	 */
	private void tell(boolean cameUp) {
		if (cameUp && this.transport == null) {
			refreshTools();
		}
		else if (cameUp) {
			this.changed.accept(this);
		}
	}

	/**
	 * Waits until the connection is initialised.
	 * @throws Exception what the initialisation failed with
	 */
	void awaitInitialized() throws Exception {
		if (isReady()) {
			return;
		}
		try {
			initialize().get();
		}
		catch (ExecutionException ex) {
			throw (ex.getCause() instanceof Exception cause) ? cause : ex;
		}
	}

}
