package io.github.agentresilience.mcp.internal;

import java.time.Duration;
import java.util.concurrent.ExecutorService;

import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.time.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Initialises connections in the background, and again and again while their servers are
 * down, so that neither start-up nor a call has to. Looks again, less and less often, at
 * the tools of a server that could not list them when it came up.
 */
final class Reconnector implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Reconnector.class);

	private static final Duration FIRST_WAIT = Duration.ofMillis(500);

	private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

	private final McpFailureClassifier classifier = new McpFailureClassifier();

	private final Time time;

	private final ExecutorService executor;

	Reconnector(ChainRuntime runtime) {
		this.time = runtime.time();
		this.executor = runtime.workers().of("mcp-reconnect");
	}

	void keepAlive(McpConnection connection) {
		new Kept(connection).check();
	}

	private static Duration longer(Duration wait) {
		Duration next = wait.multipliedBy(2);
		return (next.compareTo(LONGEST_WAIT) < 0) ? next : LONGEST_WAIT;
	}

	@Override
	public void close() {
		this.executor.shutdownNow();
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

		/**
		 * Whatever is thrown, here or by a client that the application has made, there is
		 * a next check.
		 */
		private void check() {
			try {
				look();
			}
			catch (Throwable thrown) {
				checkAfter(thrown);
			}
		}

		private void look() {
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
				if (failure != null) {
					checkAfter(failure);
				}
				else {
					checkAfter(FIRST_WAIT);
				}
			});
		}

		private void checkAfter(Throwable failure) {
			Duration wait = this.untilInitialisation;
			this.untilInitialisation = longer(wait);
			try {
				if (wait.equals(FIRST_WAIT) && !Reconnector.this.executor.isShutdown()) {
					logger.warn("The MCP connection '{}' is down ({}); trying again in the background",
							this.connection.name(), reason(failure));
				}
			}
			finally {
				checkAfter(wait);
			}
		}

		private void listIfNeeded() {
			if (!this.connection.isStale()) {
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
			Reconnector.this.time.schedule(this::check, delay, Reconnector.this.executor);
		}

		private String reason(Throwable thrown) {
			return Reconnector.this.classifier.classify(thrown).message();
		}

	}

}
