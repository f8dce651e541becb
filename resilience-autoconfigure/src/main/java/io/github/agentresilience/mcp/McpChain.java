package io.github.agentresilience.mcp;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.github.agentresilience.chain.CallSpec;
import io.github.agentresilience.chain.TargetChain;
import io.github.agentresilience.mcp.ToolPolicies.ToolPolicy;
import io.modelcontextprotocol.spec.McpSchema.ListToolsResult;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A chain of connections and what is known of its tools.
 */
final class McpChain {

	/** How long a listing waits for a first server: at start-up, one that is well needs about a second. */
	private static final Duration PATIENCE = Duration.ofSeconds(2);

	private final TargetChain<McpRequest, Object> chain;

	private final List<McpConnection> connections;

	private final ToolPolicies policies;

	private final Map<String, CallSpec> specs = new ConcurrentHashMap<>();

	private volatile @Nullable ListToolsResult toolsLastSeen;

	McpChain(TargetChain<McpRequest, Object> chain, List<McpConnection> connections, ToolPolicies policies) {
		this.chain = chain;
		this.connections = connections;
		this.policies = policies;
	}

	String name() {
		return this.chain.name();
	}

	List<McpConnection> connections() {
		return this.connections;
	}

	Object call(McpRequest request, CallSpec spec) {
		return this.chain.call(request, spec);
	}

	Flux<Object> stream(McpRequest request, CallSpec spec) {
		return this.chain.stream(request, spec);
	}

	/** What the configuration and the servers say of calls of a tool. */
	CallSpec spec(String tool) {
		CallSpec known = this.specs.get(tool);
		return (known != null) ? known : this.specs.computeIfAbsent(tool, this::newSpec);
	}

	/** A tool that is given more time than a call as a whole gets that time for the call too. */
	private CallSpec newSpec(String tool) {
		ToolPolicy policy = this.policies.of(tool);
		Duration timeout = policy.timeout();
		Duration deadline = this.chain.policy().deadline();
		boolean longer = timeout != null && timeout.compareTo(deadline) > 0;
		boolean hedgeable = this.chain.policy().hedge().enabled() && isHarmless(tool);
		return new CallSpec(true, longer ? timeout : null, timeout, false, hedgeable, () -> isReplayable(tool));
	}

	/** The word of the most careful server holds; where none has been heard, it is not known what a replay would do. */
	private boolean isReplayable(String tool) {
		return switch (this.policies.replay(tool)) {
			case ALWAYS -> true;
			case NEVER -> false;
			case ANNOTATED -> this.connections.stream().anyMatch((connection) -> connection.tools() != null)
					&& this.connections.stream().noneMatch((connection) -> Replay.forbids(connection.tools(), tool));
		};
	}

	private boolean isHarmless(String tool) {
		return this.policies.replay(tool) == Replay.ALWAYS || this.connections.stream()
			.allMatch((connection) -> Replay.isHarmless(connection.tools(), tool));
	}

	/** The annotations may have changed. */
	void toolsChanged() {
		this.specs.clear();
	}

	void remember(ListToolsResult tools) {
		this.toolsLastSeen = tools;
	}

	@Nullable ListToolsResult remembered() {
		return this.toolsLastSeen;
	}

	/** A connection that is up, else the first. */
	McpConnection up() {
		for (McpConnection connection : this.connections) {
			if (connection.isInitialized()) {
				return connection;
			}
		}
		return this.connections.get(0);
	}

	/** The connection that a call would go to. */
	McpConnection active() {
		for (int i = 0; i < this.connections.size(); i++) {
			if (this.connections.get(i).isInitialized() && this.chain.isAvailable(i)) {
				return this.connections.get(i);
			}
		}
		return up();
	}

	/** Done when a connection is up, or none can be for now. */
	Mono<Void> oneUp() {
		if (up().isInitialized() || this.toolsLastSeen != null) {
			return Mono.empty();
		}
		return Mono.defer(() -> Mono.fromFuture(firstUp(), true)).timeout(PATIENCE, Mono.empty()).then();
	}

	void awaitOneUp() {
		if (up().isInitialized() || this.toolsLastSeen != null) {
			return;
		}
		try {
			firstUp().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (ExecutionException | TimeoutException nobodyUp) {
			// The listing says so
		}
	}

	private CompletableFuture<?> firstUp() {
		CompletableFuture<Object> first = new CompletableFuture<>();
		List<CompletableFuture<Boolean>> all = this.connections.stream().map(McpConnection::initialize).toList();
		all.forEach((each) -> each.thenAccept(first::complete));
		CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).whenComplete((done, thrown) -> first.complete(false));
		return first;
	}

}
