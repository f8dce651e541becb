package io.github.agentresilience.mcp;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Set;

import io.github.agentresilience.chain.CallSpec;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.TargetChain;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.ListToolsResult;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.target.EmptyTargetSource;

/**
 * Makes a chain of connections look like one {@link McpSyncClient}. Requests go through the chain, statements about
 * the client itself come from a connection that is up, and what changes the client changes every connection.
 */
final class McpClientProxy implements MethodInterceptor {

	private static final Logger logger = LoggerFactory.getLogger(McpClientProxy.class);

	private static final Set<String> REQUESTS = Set.of("ping", "callTool", "listTools", "listResources", "readResource",
			"listResourceTemplates", "listPrompts", "getPrompt", "completeCompletion", "setLoggingLevel",
			"subscribeResource", "unsubscribeResource");

	private static final Set<String> CHANGES = Set.of("addRoot", "removeRoot", "rootsListChangedNotification",
			"initialize", "close", "closeGracefully");

	private final TargetChain<McpRequest, Object> chain;

	private final List<McpConnection> connections;

	private volatile @Nullable ListToolsResult toolsLastSeen;

	McpClientProxy(TargetChain<McpRequest, Object> chain, List<McpConnection> connections) {
		this.chain = chain;
		this.connections = connections;
	}

	McpSyncClient proxy() {
		ProxyFactory factory = new ProxyFactory();
		factory.setTargetSource(EmptyTargetSource.forClass(McpSyncClient.class));
		factory.setProxyTargetClass(true);
		factory.addAdvice(this);
		return (McpSyncClient) factory.getProxy(McpSyncClient.class.getClassLoader());
	}

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		Method method = invocation.getMethod();
		@Nullable Object[] arguments = invocation.getArguments();
		if (method.getDeclaringClass() == Object.class) {
			return "McpSyncClient over the chain '" + this.chain.name() + "'";
		}
		if (method.getName().equals("listTools") && arguments.length == 0) {
			return listTools(method);
		}
		if (REQUESTS.contains(method.getName())) {
			return request(method, arguments);
		}
		if (method.getName().startsWith("close")) {
			this.connections.forEach(McpConnection::closing);
		}
		if (CHANGES.contains(method.getName())) {
			return onAll(method, arguments);
		}
		return on(upConnection(), method, arguments);
	}

	private @Nullable Object request(Method method, @Nullable Object[] arguments) {
		boolean scored = arguments.length > 0 && arguments[0] instanceof CallToolRequest;
		String tool = scored ? ((CallToolRequest) arguments[0]).name() : null;
		McpRequest request = new McpRequest(method.getName(), tool,
				(client) -> invokeOn(client, method, arguments));
		return this.chain.call(request, scored ? CallSpec.SCORED : CallSpec.UNSCORED);
	}

	/** Tools stay listed from the last time they were seen, so that a dead server stops nobody. */
	private ListToolsResult listTools(Method method) {
		try {
			ListToolsResult tools = (ListToolsResult) request(method, new Object[0]);
			this.toolsLastSeen = tools;
			return tools;
		}
		catch (ChainExhaustedException ex) {
			ListToolsResult remembered = this.toolsLastSeen;
			logger.warn("No server of the MCP chain '{}' can list its tools; {}. {}", this.chain.name(),
					remembered != null ? "using those last seen" : "it has none until one of them is up",
					ex.getMessage());
			return remembered != null ? remembered : ListToolsResult.builder(List.of()).build();
		}
	}

	private @Nullable Object onAll(Method method, @Nullable Object[] arguments) throws Exception {
		Object first = null;
		Exception failure = null;
		for (McpConnection connection : this.connections) {
			try {
				Object result = on(connection, method, arguments);
				first = (first != null) ? first : result;
			}
			catch (Exception ex) {
				failure = ex;
				logger.debug("{} failed on the MCP connection '{}'", method.getName(), connection.name(), ex);
			}
		}
		if (first == null && failure != null && method.getReturnType() != void.class) {
			throw failure;
		}
		return first;
	}

	private McpConnection upConnection() {
		for (McpConnection connection : this.connections) {
			if (connection.isInitialized()) {
				return connection;
			}
		}
		return this.connections.get(0);
	}

	private static @Nullable Object on(McpConnection connection, Method method, @Nullable Object[] arguments)
			throws Exception {
		return invokeOn(connection.client(), method, arguments);
	}

	private static @Nullable Object invokeOn(McpSyncClient client, Method method, @Nullable Object[] arguments)
			throws Exception {
		try {
			return method.invoke(client, arguments);
		}
		catch (InvocationTargetException ex) {
			throw (ex.getCause() instanceof Exception cause) ? cause : ex;
		}
	}

}
