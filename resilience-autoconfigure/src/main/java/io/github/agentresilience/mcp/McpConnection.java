package io.github.agentresilience.mcp;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import io.modelcontextprotocol.client.McpSyncClient;
import org.jspecify.annotations.Nullable;

/**
 * One connection that Spring AI configured, and its initialisation.
 *
 * <p>
 * The SDK initialises a client within whichever call comes first, and never again if that call is cancelled in the
 * meantime. So initialisation runs on a thread of its own, once for all who wait for it, and no attempt's timeout
 * touches it.
 */
final class McpConnection {

	private final String name;

	private final McpSyncClient client;

	private final Executor executor;

	private final Consumer<McpConnection> initialized;

	private final ReentrantLock lock = new ReentrantLock();

	private @Nullable CompletableFuture<Boolean> underWay;

	private volatile boolean closed;

	/**
	 * A connection, not initialised yet.
	 * @param name its name in {@code spring.ai.mcp.client.*.connections}
	 * @param client Spring AI's client
	 * @param executor runs initialisations
	 * @param initialized told after each successful one
	 */
	McpConnection(String name, McpSyncClient client, Executor executor, Consumer<McpConnection> initialized) {
		this.name = name;
		this.client = client;
		this.executor = executor;
		this.initialized = initialized;
	}

	String name() {
		return this.name;
	}

	McpSyncClient client() {
		return this.client;
	}

	boolean isInitialized() {
		return this.client.isInitialized();
	}

	boolean isClosed() {
		return this.closed;
	}

	/** The client is being closed, and nobody is to bring it back. */
	void closing() {
		this.closed = true;
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
		if (this.closed || this.client.isInitialized()) {
			return false;
		}
		this.client.initialize();
		return true;
	}

	private void tell(boolean cameUp) {
		if (cameUp) {
			this.initialized.accept(this);
		}
	}

	/**
	 * Waits until the connection is initialised.
	 * @throws Exception what the initialisation failed with
	 */
	void awaitInitialized() throws Exception {
		if (this.client.isInitialized()) {
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
