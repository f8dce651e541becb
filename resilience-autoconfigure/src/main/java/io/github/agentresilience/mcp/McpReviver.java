package io.github.agentresilience.mcp;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Initialises connections in the background, and again and again while their servers are down, so that neither
 * start-up nor a call has to.
 */
final class McpReviver implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(McpReviver.class);

	private static final Duration FIRST_WAIT = Duration.ofMillis(500);

	private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

	private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor((task) -> {
		Thread thread = new Thread(task, "resilience-mcp-reviver");
		thread.setDaemon(true);
		return thread;
	});

	void keepAlive(McpConnection connection) {
		check(connection, FIRST_WAIT);
	}

	private void check(McpConnection connection, Duration wait) {
		if (connection.isClosed()) {
			return;
		}
		if (connection.isInitialized()) {
			if (connection.isReady() && connection.tools() == null && wait.compareTo(LONGEST_WAIT) < 0) {
				connection.refreshTools();
				later(connection, wait.multipliedBy(2), wait.multipliedBy(2));
				return;
			}
			later(connection, FIRST_WAIT, FIRST_WAIT);
			return;
		}
		connection.initialize().whenComplete((done, failure) -> {
			if (failure == null) {
				later(connection, FIRST_WAIT, FIRST_WAIT);
				return;
			}
			if (wait.equals(FIRST_WAIT)) {
				logger.warn("The MCP connection '{}' is down; trying again in the background", connection.name());
			}
			Duration next = wait.multipliedBy(2);
			later(connection, wait, next.compareTo(LONGEST_WAIT) < 0 ? next : LONGEST_WAIT);
		});
	}

	private void later(McpConnection connection, Duration delay, Duration nextWait) {
		if (!this.scheduler.isShutdown()) {
			this.scheduler.schedule(() -> check(connection, nextWait), delay.toMillis(), TimeUnit.MILLISECONDS);
		}
	}

	@Override
	public void close() {
		this.scheduler.shutdownNow();
	}

}
