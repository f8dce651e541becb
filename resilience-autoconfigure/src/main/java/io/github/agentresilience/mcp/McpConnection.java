package io.github.agentresilience.mcp;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import io.modelcontextprotocol.spec.McpSchema.Tool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection that Spring AI configured: its initialisation, and the tools that were last seen there.
 *
 * <p>
 * The SDK initialises a client within whichever call comes first, and never again if that call is cancelled in the
 * meantime. So initialisation runs on a thread of its own, once for all who wait for it, and no attempt's timeout
 * touches it.
 */
final class McpConnection {

	private static final Logger logger = LoggerFactory.getLogger(McpConnection.class);

	private static final Duration LONGEST_LISTING = Duration.ofSeconds(5);

	private final String name;

	private final McpClientHandle handle;

	private final @Nullable TrackedTransport transport;

	private final Executor executor;

	private final Consumer<McpConnection> changed;

	private final ReentrantLock lock = new ReentrantLock();

	private @Nullable CompletableFuture<Boolean> underWay;

	private volatile @Nullable Map<String, Tool> tools;

	private volatile boolean looked;

	private volatile boolean closed;

	/**
	 * A connection, not initialised yet.
	 * @param name its name in {@code spring.ai.mcp.client.*.connections}
	 * @param handle Spring AI's client
	 * @param transport the client's transport, {@code null} where the application built the client by itself
	 * @param executor runs initialisations
	 * @param changed told when the connection came up, at first or again, and when its tools may have changed
	 */
	McpConnection(String name, McpClientHandle handle, @Nullable TrackedTransport transport, Executor executor,
			Consumer<McpConnection> changed) {
		this.name = name;
		this.handle = handle;
		this.transport = transport;
		this.executor = executor;
		this.changed = changed;
	}

	String name() {
		return this.name;
	}

	McpClientHandle handle() {
		return this.handle;
	}

	Object client() {
		return this.handle.client();
	}

	boolean isInitialized() {
		return this.handle.isInitialized() && (this.transport == null || !this.transport.isBetweenSessions());
	}

	/** Whether it is initialised, and its tools have been looked at. */
	boolean isReady() {
		return isInitialized() && this.looked;
	}

	boolean isClosed() {
		return this.closed;
	}

	/** The client is being closed, and nobody is to bring it back. */
	void closing() {
		this.closed = true;
	}

	/** The tools by their names, as last seen; {@code null} while they have not been. */
	@Nullable Map<String, Tool> tools() {
		return this.tools;
	}

	void toolsSeen(List<Tool> seen) {
		Map<String, Tool> byName = new LinkedHashMap<>();
		seen.forEach((tool) -> byName.put(tool.name(), tool));
		this.tools = byName;
	}

	/** Looks at the tools again, in the background, and tells whom it concerns. */
	void refreshTools() {
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

	/** A server that cannot list its tools may still run them, so nobody waits long for the list. */
	private void lookAtTools() {
		if (this.closed) {
			return;
		}
		CompletableFuture<List<Tool>> listing = CompletableFuture.supplyAsync(this.handle::tools, this.executor);
		try {
			toolsSeen(listing.get(LONGEST_LISTING.toMillis(), TimeUnit.MILLISECONDS));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (ExecutionException | TimeoutException ex) {
			logger.debug("The tools of the MCP connection '{}' cannot be listed", this.name, ex);
		}
		finally {
			this.looked = true;
		}
	}

	/** Starts an initialisation unless one is under way. */
	CompletableFuture<Boolean> initialize() {
		this.lock.lock();
		try {
			CompletableFuture<Boolean> running = this.underWay;
			if (running == null || running.isDone()) {
				running = CompletableFuture.supplyAsync(this::run, this.executor);
				this.underWay = running;
				// Told apart from those who wait: at start-up they may hold what a listener needs
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
		if (!this.looked) {
			// Whether a tool may be called twice must be known before it is called once
			lookAtTools();
		}
		return cameUp;
	}

	/**
	 * Opens a session. One whose opening was cancelled leaves the SDK waiting for it for ever; where it has waited its full
	 * time without asking the server, it is made to begin anew.
	 */
	private void openSession() {
		TrackedTransport tracked = this.transport;
		if (tracked == null) {
			this.handle.initialize();
			return;
		}
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

	private void tell(boolean cameUp) {
		if (cameUp) {
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
