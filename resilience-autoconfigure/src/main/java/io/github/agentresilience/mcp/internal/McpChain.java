package io.github.agentresilience.mcp.internal;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

import io.github.agentresilience.chain.internal.engine.CallSpec;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.engine.TargetChain;
import io.github.agentresilience.mcp.Replay;
import io.github.agentresilience.mcp.internal.ToolPolicies.ToolPolicy;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A chain of connections and what is known of its tools.
 */
public final class McpChain {

	/**
	 * What a listing may take where other tools can be shown instead, since all the
	 * application's tools wait for it.
	 */
	private static final Duration LONGEST_LISTING = Duration.ofSeconds(5);

	/**
	 * How long a listing waits for servers: at start-up, a healthy one needs about a
	 * second.
	 */
	private static final Duration LONGEST_WAIT_FOR_SERVERS = Duration.ofSeconds(2);

	private final TargetChain<McpRequest, Object> chain;

	private final List<TargetChain<McpRequest, Object>> single;

	private final List<McpConnection> connections;

	private final boolean configured;

	private final ChainTools tools;

	private final CallSpec quickListing;

	private final ToolPolicies policies;

	private final ChainRuntime runtime;

	private volatile boolean waitedForFirst;

	private final Map<String, CallSpec> specs = new ConcurrentHashMap<>();

	/**
	 * A chain.
	 * @param configured whether the application configured it, rather than one connection
	 * that stands in no chain
	 * @param single a chain of one for each of the connections, for what concerns one
	 * server only
	 */
	McpChain(TargetChain<McpRequest, Object> chain, boolean configured, List<TargetChain<McpRequest, Object>> single,
			List<McpConnection> connections, ToolPolicies policies, ChainRuntime runtime) {
		this.chain = chain;
		this.configured = configured;
		this.tools = new ChainTools(connections);
		this.single = single;
		this.connections = connections;
		this.policies = policies;
		this.runtime = runtime;
		boolean longer = chain.targets()
			.stream()
			.anyMatch((target) -> target.timeouts().attempt().compareTo(LONGEST_LISTING) > 0);
		this.quickListing = longer ? new CallSpec(false, null, LONGEST_LISTING, false, false, () -> true)
				: CallSpec.UNSCORED;
	}

	public String name() {
		return this.chain.name();
	}

	public List<McpConnection> connections() {
		return this.connections;
	}

	public Object call(McpRequest request, CallSpec spec) {
		return this.chain.call(request, spec);
	}

	public Flux<Object> stream(McpRequest request, CallSpec spec) {
		return this.chain.stream(request, spec);
	}

	/** The chain that has all of them. */
	public TargetChain<McpRequest, Object> whole() {
		return this.chain;
	}

	/** The chain that has this connection only. */
	public TargetChain<McpRequest, Object> only(McpConnection connection) {
		return this.single.get(this.connections.indexOf(connection));
	}

	/** How a listing of tools is called. */
	public CallSpec listing() {
		return (this.connections.size() > 1 || !this.tools.isEmpty()) ? this.quickListing : CallSpec.UNSCORED;
	}

	/**
	 * Whether the application configured it, rather than one connection that stands in no
	 * chain.
	 */
	public boolean isConfigured() {
		return this.configured;
	}

	public ChainTools tools() {
		return this.tools;
	}

	/** The connection that a client belongs to. */
	public McpConnection of(Object client) {
		return this.connections.stream()
			.filter((connection) -> connection.client() == client)
			.findFirst()
			.orElseThrow();
	}

	/** How a tool is called, as the configuration and the servers say. */
	public CallSpec spec(String tool) {
		CallSpec known = this.specs.get(tool);
		return (known != null) ? known : this.specs.computeIfAbsent(tool, this::newSpec);
	}

	/**
	 * A tool that is given more time than a call as a whole gets that time for the call
	 * too.
	 */
	private CallSpec newSpec(String tool) {
		ToolPolicy policy = this.policies.of(tool);
		Duration timeout = policy.timeout();
		Duration deadline = this.chain.policy().deadline();
		boolean longer = timeout != null && timeout.compareTo(deadline) > 0;
		boolean hedgeable = this.chain.hedges() && isHarmless(tool);
		return new CallSpec(true, longer ? timeout : null, timeout, false, hedgeable, () -> isReplayable(tool),
				() -> isRepeatable(tool));
	}

	/**
	 * The most careful server decides; where none has listed the tool, it is not known
	 * what a replay would do.
	 */
	private boolean isReplayable(String tool) {
		return switch (this.policies.replay(tool)) {
			case ALWAYS -> true;
			case NEVER -> false;
			case ANNOTATED ->
				this.connections.stream().anyMatch((connection) -> lists(connection, tool)) && this.connections.stream()
					.noneMatch((connection) -> ToolHints.forbidReplay(connection.tools(), tool));
		};
	}

	/**
	 * A tool that has run already is called again only where the configuration or each
	 * server that has it says that this does no harm.
	 */
	private boolean isRepeatable(String tool) {
		return switch (this.policies.replay(tool)) {
			case ALWAYS -> true;
			case NEVER -> false;
			case ANNOTATED -> {
				List<McpConnection> having = this.connections.stream()
					.filter((connection) -> lists(connection, tool))
					.toList();
				yield !having.isEmpty()
						&& having.stream().allMatch((connection) -> ToolHints.isHarmless(connection.tools(), tool));
			}
		};
	}

	private static boolean lists(McpConnection connection, String tool) {
		Map<String, Tool> tools = connection.tools();
		return tools != null && tools.containsKey(tool);
	}

	private boolean isHarmless(String tool) {
		return this.policies.replay(tool) == Replay.ALWAYS
				|| this.connections.stream().allMatch((connection) -> ToolHints.isHarmless(connection.tools(), tool));
	}

	/**
	 * The tools of a connection may have changed, and with them their annotations.
	 * @return whether those of the chain have
	 */
	boolean toolsChanged(McpConnection of) {
		this.specs.clear();
		return this.connections.contains(of) && this.tools.changed();
	}

	/** A connection that is up, else the first. */
	public McpConnection up() {
		for (McpConnection connection : this.connections) {
			if (connection.isInitialized()) {
				return connection;
			}
		}
		return this.connections.get(0);
	}

	/** The connection that a call would go to. */
	public McpConnection active() {
		for (int i = 0; i < this.connections.size(); i++) {
			if (this.connections.get(i).isInitialized() && this.chain.isAvailable(i)) {
				return this.connections.get(i);
			}
		}
		return up();
	}

	/**
	 * Done when a connection is up, or none can be for now; the first time, when it is
	 * known of the first as well.
	 */
	public Mono<Void> oneUp() {
		if (canList()) {
			return Mono.empty();
		}
		return Mono.defer(() -> Mono.fromFuture(firstUp(), true))
			.timeout(LONGEST_WAIT_FOR_SERVERS, Mono.empty(), this.runtime.scheduler())
			.onErrorComplete()
			.then();
	}

	private boolean canList() {
		boolean before = this.waitedForFirst;
		this.waitedForFirst = true;
		return before && (up().isInitialized() || !this.tools.isEmpty());
	}

	public void awaitOneUp() {
		if (canList()) {
			return;
		}
		try {
			this.runtime.time().await(firstUp(), LONGEST_WAIT_FOR_SERVERS.toNanos());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (ExecutionException | TimeoutException noneUp) {
			// The listing says so
		}
	}

	/**
	 * The first server is preferred: what it lists is shown, and were another quicker,
	 * that would depend on chance.
	 */
	private CompletableFuture<?> firstUp() {
		List<CompletableFuture<Boolean>> all = this.connections.stream().map(McpConnection::initialize).toList();
		CompletableFuture<Boolean> up = all.get(0);
		for (CompletableFuture<Boolean> next : all) {
			up = up.exceptionallyCompose((down) -> next);
		}
		return up;
	}

}
