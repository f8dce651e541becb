package io.github.agentresilience.mcp;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.Failure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Initialises connections in the background, and again and again while their servers are down, so that neither
 * start-up nor a call has to. Looks again, less and less often, at the tools of a server that could not list them.
 */
final class McpReviver implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(McpReviver.class);

	private static final Duration FIRST_WAIT = Duration.ofMillis(500);

	private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

	private final McpFailureClassifier classifier = new McpFailureClassifier();

	private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor((task) -> {
		Thread thread = new Thread(task, "resilience-mcp-reviver");
		thread.setDaemon(true);
		return thread;
	});

	void keepAlive(McpConnection connection) {
		new Kept(connection).check();
	}

	private static Duration longer(Duration wait) {
		Duration next = wait.multipliedBy(2);
		return (next.compareTo(LONGEST_WAIT) < 0) ? next : LONGEST_WAIT;
	}

	@Override
	public void close() {
		this.scheduler.shutdownNow();
	}

	/** One connection; its checks come one after the other. */
	private final class Kept {

		private final McpConnection connection;

		private Duration untilInitialisation = FIRST_WAIT;

		private Duration untilListing = FIRST_WAIT;

		private Duration sinceListing = FIRST_WAIT;

		Kept(McpConnection connection) {
			this.connection = connection;
		}

		private void check() {
			if (this.connection.isClosed()) {
				return;
			}
			if (this.connection.isInitialized()) {
				this.untilInitialisation = FIRST_WAIT;
				listIfNeeded();
				checkAfter(FIRST_WAIT);
				return;
			}
			this.connection.initialize().whenComplete((done, failure) -> {
				if (failure == null) {
					checkAfter(FIRST_WAIT);
					return;
				}
				if (this.untilInitialisation.equals(FIRST_WAIT)) {
					logger.warn("The MCP connection '{}' is down ({}); trying again in the background",
							this.connection.name(), reason(failure));
				}
				Duration wait = this.untilInitialisation;
				this.untilInitialisation = longer(wait);
				checkAfter(wait);
			});
		}

		private void listIfNeeded() {
			if (this.connection.tools() != null) {
				this.untilListing = FIRST_WAIT;
				this.sinceListing = FIRST_WAIT;
			}
			else if (this.connection.isReady() && this.sinceListing.compareTo(this.untilListing) >= 0) {
				this.connection.refreshTools();
				this.untilListing = longer(this.untilListing);
				this.sinceListing = FIRST_WAIT;
			}
			else {
				this.sinceListing = this.sinceListing.plus(FIRST_WAIT);
			}
		}

		private void checkAfter(Duration delay) {
			if (!McpReviver.this.scheduler.isShutdown()) {
				McpReviver.this.scheduler.schedule(this::check, delay.toMillis(), TimeUnit.MILLISECONDS);
			}
		}

		/** Kind, status and type only: the words of what was thrown may hold the server's address, and that a key. */
		private String reason(Throwable thrown) {
			Failure failure = McpReviver.this.classifier.classify(thrown);
			Throwable root = thrown;
			while (root.getCause() != null) {
				root = root.getCause();
			}
			return failure.kind().id() + (failure.status() != 0 ? " " + failure.status() : "") + ", "
					+ root.getClass().getSimpleName();
		}

	}

}
