package io.github.agentresilience.mcp.internal;

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
import java.util.function.Supplier;

import io.modelcontextprotocol.spec.McpSchema.Tool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tools of one connection as they were last seen, and whether the server may have
 * others by now.
 */
final class SeenTools {

	private static final Logger logger = LoggerFactory.getLogger(SeenTools.class);

	private static final Duration LONGEST_LISTING = Duration.ofSeconds(5);

	private final String connection;

	private final Supplier<List<Tool>> listing;

	private final Executor executor;

	private volatile @Nullable Map<String, Tool> byName;

	private volatile boolean stale = true;

	private volatile boolean looked;

	/**
	 * Tools that have not been seen yet.
	 * @param connection the name of the connection
	 * @param listing asks the server
	 * @param executor runs that
	 */
	SeenTools(String connection, Supplier<List<Tool>> listing, Executor executor) {
		this.connection = connection;
		this.listing = listing;
		this.executor = executor;
	}

	/** The tools by their names, {@code null} while they have not been seen. */
	@Nullable Map<String, Tool> byName() {
		return this.byName;
	}

	void seen(List<Tool> tools) {
		Map<String, Tool> names = new LinkedHashMap<>();
		tools.forEach((tool) -> names.putIfAbsent(tool.name(), tool));
		this.byName = names;
		this.stale = false;
	}

	/** Whether the server may have other tools than those: it is new, or it said so. */
	boolean isStale() {
		return this.stale;
	}

	void mayHaveChanged() {
		this.stale = true;
	}

	/** Whether they have been looked at, whatever came of it. */
	boolean haveBeenLookedAt() {
		return this.looked;
	}

	/**
	 * Looks at them. A server that cannot list its tools may still run them, so the list
	 * is not waited for long.
	 */
	void look() {
		try {
			CompletableFuture<List<Tool>> listed = CompletableFuture.supplyAsync(this.listing, this.executor);
			seen(listed.get(LONGEST_LISTING.toMillis(), TimeUnit.MILLISECONDS));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (ExecutionException | TimeoutException ex) {
			logger.debug("The tools of the MCP connection '{}' cannot be listed", this.connection, ex);
		}
		catch (RejectedExecutionException closing) {
			// The application shuts down
		}
		finally {
			this.looked = true;
		}
	}

}
