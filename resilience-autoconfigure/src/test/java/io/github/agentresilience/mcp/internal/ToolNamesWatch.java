package io.github.agentresilience.mcp.internal;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema;

import org.springframework.ai.mcp.SyncMcpToolCallbackProvider;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Calls a tool ten times a second and reads the names of all tools again and again, from
 * the client and as the model is told them.
 */
public final class ToolNamesWatch {

	private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(2);

	private final ExecutorService callers = Executors.newCachedThreadPool();

	private final Set<List<String>> listed = ConcurrentHashMap.newKeySet();

	private final Set<List<String>> told = ConcurrentHashMap.newKeySet();

	private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

	private final AtomicInteger reads = new AtomicInteger();

	private final AtomicInteger answered = new AtomicInteger();

	/**
	 * Begins to watch.
	 * @param call calls a tool
	 * @param readEvery how often names are read
	 */
	public ToolNamesWatch(McpSyncClient client, SyncMcpToolCallbackProvider provider, Supplier<?> call,
			Duration readEvery) {
		this.clock.scheduleAtFixedRate(() -> this.callers.execute(() -> noting(() -> {
			call.get();
			this.answered.incrementAndGet();
		})), 0, 100, TimeUnit.MILLISECONDS);
		this.clock.scheduleWithFixedDelay(() -> noting(() -> {
			this.listed.add(client.listTools().tools().stream().map(McpSchema.Tool::name).toList());
			provider.invalidateCache();
			this.told.add(
					Arrays.stream(provider.getToolCallbacks()).map((tool) -> tool.getToolDefinition().name()).toList());
			this.reads.incrementAndGet();
		}), 0, readEvery.toMillis(), TimeUnit.MILLISECONDS);
	}

	private void noting(Runnable what) {
		try {
			what.run();
		}
		catch (Throwable ex) {
			this.failures.add(ex);
		}
	}

	public int answered() {
		return this.answered.get();
	}

	public int reads() {
		return this.reads.get();
	}

	/** Ends, and says that nothing has ever differed, and no call failed. */
	public List<String> assertNothingDiffered() throws InterruptedException {
		this.clock.shutdown();
		assertThat(this.clock.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
		this.callers.shutdown();
		assertThat(this.callers.awaitTermination(90, TimeUnit.SECONDS)).isTrue();
		assertThat(this.failures).isEmpty();
		assertThat(this.listed).hasSize(1);
		assertThat(this.told).hasSize(1);
		return this.told.iterator().next();
	}

	public void stop() {
		this.clock.shutdownNow();
		this.callers.shutdownNow();
	}

}
