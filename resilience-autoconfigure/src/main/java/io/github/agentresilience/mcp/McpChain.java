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
import io.modelcontextprotocol.spec.McpSchema.Tool;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A chain of connections and what is known of its tools.
 */
final class McpChain {

	/** What a listing may take where other tools can be shown instead, since all the application's tools wait for it. */
	private static final Duration LONGEST_LISTING = Duration.ofSeconds(5);

	/** How long a listing waits for a first server: at start-up, one that is well needs about a second. */
	private static final Duration PATIENCE = Duration.ofSeconds(2);

	private final TargetChain<McpRequest, Object> chain;

	private final List<TargetChain<McpRequest, Object>> alone;

	private final List<McpConnection> connections;

	private final McpCursors cursors = new McpCursors();

	private final CallSpec quickListing;

	private final ToolPolicies policies;

	private final Map<String, CallSpec> specs = new ConcurrentHashMap<>();

	private volatile @Nullable ListToolsResult toolsLastSeen;

	/**
	 * A chain.
	 * @param alone a chain of one for each of the connections, for what concerns one server only
	 */
	McpChain(TargetChain<McpRequest, Object> chain, List<TargetChain<McpRequest, Object>> alone,
			List<McpConnection> connections, ToolPolicies policies) {
		this.chain = chain;
		this.alone = alone;
		this.connections = connections;
		this.policies = policies;
		boolean longer = chain.targets()
			.stream()
			.anyMatch((target) -> target.timeouts().attempt().compareTo(LONGEST_LISTING) > 0);
		this.quickListing = longer ? new CallSpec(false, null, LONGEST_LISTING, false, false, () -> true)
				: CallSpec.UNSCORED;
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

	/** The chain that has all of them. */
	TargetChain<McpRequest, Object> whole() {
		return this.chain;
	}

	/** The chain that has this connection only. */
	TargetChain<McpRequest, Object> only(McpConnection connection) {
		return this.alone.get(this.connections.indexOf(connection));
	}

	/** What goes for a listing of tools. */
	CallSpec listing() {
		return (this.connections.size() > 1 || remembered() != null) ? this.quickListing : CallSpec.UNSCORED;
	}

	McpCursors cursors() {
		return this.cursors;
	}

	/** The connection that a client belongs to. */
	McpConnection of(Object client) {
		return this.connections.stream()
			.filter((connection) -> connection.client() == client)
			.findFirst()
			.orElseThrow();
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
		boolean hedgeable = this.chain.hedges() && isHarmless(tool);
		return new CallSpec(true, longer ? timeout : null, timeout, false, hedgeable, () -> isReplayable(tool));
	}

	/**
	 * The word of the most careful server holds; where none has been heard of this tool, it is not known what a replay
	 * would do.
	 */
	private boolean isReplayable(String tool) {
		return switch (this.policies.replay(tool)) {
			case ALWAYS -> true;
			case NEVER -> false;
			case ANNOTATED -> this.connections.stream().anyMatch((connection) -> lists(connection, tool))
					&& this.connections.stream().noneMatch((connection) -> Replay.forbids(connection.tools(), tool));
		};
	}

	private static boolean lists(McpConnection connection, String tool) {
		Map<String, Tool> tools = connection.tools();
		return tools != null && tools.containsKey(tool);
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

	/** The tools as last listed, else as the first server that could list any said in the background. */
	@Nullable ListToolsResult remembered() {
		ListToolsResult last = this.toolsLastSeen;
		if (last != null) {
			return last;
		}
		for (McpConnection connection : this.connections) {
			Map<String, Tool> tools = connection.tools();
			if (tools != null && !tools.isEmpty()) {
				return ListToolsResult.builder(List.copyOf(tools.values())).build();
			}
		}
		return null;
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
		if (up().isInitialized() || remembered() != null) {
			return Mono.empty();
		}
		return Mono.defer(() -> Mono.fromFuture(firstUp(), true)).timeout(PATIENCE, Mono.empty()).then();
	}

	void awaitOneUp() {
		if (up().isInitialized() || remembered() != null) {
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
