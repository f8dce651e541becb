package io.github.agentresilience.mcp.internal.client;

import java.lang.reflect.Method;
import java.util.Map;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.internal.engine.CallSpec;
import io.github.agentresilience.chain.internal.engine.TargetChain;
import io.github.agentresilience.mcp.internal.McpChain;
import io.github.agentresilience.mcp.internal.McpConnection;
import io.github.agentresilience.mcp.internal.McpList;
import io.github.agentresilience.mcp.internal.McpRequest;
import io.modelcontextprotocol.spec.McpSchema.ListToolsResult;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The lists that a chain's client gives out: of tools, resources, resource templates and
 * prompts, page by page or whole.
 */
final class ChainLists {

	private static final Logger logger = LoggerFactory.getLogger(ChainLists.class);

	private final McpChain chain;

	private final boolean async;

	private final McpCursors cursors = new McpCursors();

	ChainLists(McpChain chain, boolean async) {
		this.chain = chain;
		this.async = async;
	}

	/**
	 * A page comes from the server that gave its cursor, and from no other; a whole list
	 * from any that can list.
	 */
	Object list(McpList list, Method method, @Nullable Object[] arguments) {
		boolean whole = arguments.length == 0;
		McpRequest.Action action = whole ? (client) -> whole(list, method, client)
				: (client) -> page(list, method, client, arguments);
		McpRequest request = new McpRequest(method.getName(), null, Map.of(), list == McpList.TOOLS, action);
		McpConnection giver = whole ? null : this.cursors.giver(list, arguments[0]);
		TargetChain<McpRequest, Object> asked = (giver != null) ? this.chain.only(giver) : this.chain.whole();
		if (list == McpList.TOOLS) {
			boolean first = whole || arguments[0] == null;
			return this.async ? listToolsLater(asked, request, first) : listTools(asked, request, first);
		}
		return this.async ? asked.stream(request, CallSpec.UNSCORED).singleOrEmpty()
				: asked.call(request, CallSpec.UNSCORED);
	}

	private Object page(McpList list, Method method, Object client, @Nullable Object[] arguments) {
		Object page = MethodCalls.answer(client, method, arguments);
		McpConnection giver = this.chain.of(client);
		if (page instanceof Mono<?> later) {
			return later.doOnNext((come) -> this.cursors.gave(giver, list, come));
		}
		this.cursors.gave(giver, list, page);
		return page;
	}

	@SuppressWarnings("unchecked")
	private Object whole(McpList list, Method method, Object client) throws NoSuchMethodException {
		Method page = method.getDeclaringClass().getMethod(method.getName(), String.class);
		if (this.async) {
			return list.wholeLater((cursor) -> (Mono<Object>) MethodCalls.answer(client, page, cursor))
				.map((all) -> ofChain(list, client, all));
		}
		return ofChain(list, client, list.whole((cursor) -> MethodCalls.answer(client, page, cursor)));
	}

	/**
	 * What a server says of its tools is news of that server; what is shown are the tools
	 * of the chain.
	 */
	private Object ofChain(McpList list, Object client, Object all) {
		if (list != McpList.TOOLS) {
			return all;
		}
		this.chain.of(client).toolsSeen(((ListToolsResult) all).tools());
		return this.chain.tools().show();
	}

	/**
	 * Tools stay listed from the last time they were seen, so that a dead server stops no
	 * application. Only the server that gave the first pages knows the next ones.
	 */
	private ListToolsResult listTools(TargetChain<McpRequest, Object> asked, McpRequest request, boolean first) {
		this.chain.awaitOneUp();
		try {
			return (ListToolsResult) asked.call(request, this.chain.listing());
		}
		catch (ChainExhaustedException ex) {
			if (!first) {
				throw ex;
			}
			return remembered(ex);
		}
	}

	private Mono<ListToolsResult> listToolsLater(TargetChain<McpRequest, Object> asked, McpRequest request,
			boolean first) {
		return this.chain.oneUp()
			.then(Mono.defer(() -> asked.stream(request, this.chain.listing()).singleOrEmpty()))
			.cast(ListToolsResult.class)
			.onErrorResume(ChainExhaustedException.class,
					(thrown) -> first ? Mono.just(remembered(thrown)) : Mono.error(thrown));
	}

	private ListToolsResult remembered(ChainExhaustedException why) {
		ListToolsResult remembered = this.chain.tools().show();
		logger.warn("No server of the MCP chain '{}' can list its tools; {}. {}", this.chain.name(),
				!remembered.tools().isEmpty() ? "using those last seen" : "it has none until one of them is up",
				why.getMessage());
		return remembered;
	}

}
