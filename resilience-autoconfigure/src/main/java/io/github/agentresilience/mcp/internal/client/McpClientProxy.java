package io.github.agentresilience.mcp.internal.client;

import java.lang.reflect.Method;
import java.util.Map;

import io.github.agentresilience.chain.internal.engine.CallSpec;
import io.github.agentresilience.mcp.internal.McpChain;
import io.github.agentresilience.mcp.internal.McpList;
import io.github.agentresilience.mcp.internal.McpRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.InitializeResult;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.target.EmptyTargetSource;

/**
 * Makes a chain of connections look like one client, synchronous or asynchronous.
 * {@link McpMethods} says what goes where.
 */
public final class McpClientProxy implements MethodInterceptor {

	private final McpChain chain;

	private final boolean async;

	private final ChainIdentity identity;

	private final ChainLists lists;

	private final AllConnections all;

	public McpClientProxy(McpChain chain, boolean async) {
		this.chain = chain;
		this.async = async;
		this.identity = ChainIdentity.of(chain);
		this.lists = new ChainLists(chain, async);
		this.all = new AllConnections(chain, async);
	}

	public <C> C proxy(Class<C> type) {
		return type.cast(factory(type, this).getProxy(type.getClassLoader()));
	}

	/** The class of the proxies of a client. */
	public static Class<?> proxyClass(Class<?> type) {
		return factory(type, MethodInvocation::proceed).getProxyClass(type.getClassLoader());
	}

	private static ProxyFactory factory(Class<?> type, MethodInterceptor invoked) {
		ProxyFactory factory = new ProxyFactory();
		factory.setTargetSource(EmptyTargetSource.forClass(type));
		factory.setProxyTargetClass(true);
		factory.addAdvice(invoked);
		return factory;
	}

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		Method method = invocation.getMethod();
		@Nullable Object[] arguments = invocation.getArguments();
		if (method.getDeclaringClass() == Object.class) {
			return "MCP client over the chain '" + this.chain.name() + "'";
		}
		return switch (McpMethods.of(method.getName())) {
			case REQUEST -> request(method, arguments);
			case OF_ACTIVE -> onActive(method, arguments);
			case OF_ALL ->
				method.getName().equals("initialize") ? this.all.initialize() : this.all.call(method, arguments);
			case STATEMENT -> statement(method, arguments);
		};
	}

	private @Nullable Object statement(Method method, @Nullable Object[] arguments) throws Exception {
		InitializeResult said = this.identity.initialization();
		return switch (method.getName()) {
			case "getClientInfo" -> this.identity.clientInfo();
			case "getClientCapabilities" -> this.identity.clientCapabilities();
			case "getServerInfo" -> this.identity.serverInfo();
			case "getCurrentInitializationResult" -> said;
			case "getServerCapabilities" -> (said != null) ? said.capabilities() : null;
			case "getServerInstructions" -> (said != null) ? said.instructions() : null;
			default -> MethodCalls.call(this.chain.up().client(), method, arguments);
		};
	}

	private @Nullable Object request(Method method, @Nullable Object[] arguments) {
		McpList list = McpList.of(method.getName());
		if (list != null) {
			return this.lists.list(list, method, arguments);
		}
		CallToolRequest call = (arguments.length > 0 && arguments[0] instanceof CallToolRequest tool) ? tool : null;
		Map<String, Object> given = (call != null && call.arguments() != null) ? call.arguments() : Map.of();
		McpRequest request = new McpRequest(method.getName(), call != null ? call.name() : null, given, false,
				(client) -> MethodCalls.call(client, method, arguments));
		CallSpec spec = (call != null) ? this.chain.spec(call.name()) : CallSpec.UNSCORED;
		return this.async ? this.chain.stream(request, spec).singleOrEmpty() : this.chain.call(request, spec);
	}

	private @Nullable Object onActive(Method method, @Nullable Object[] arguments) {
		McpRequest request = new McpRequest(method.getName(), null, Map.of(), false,
				(client) -> MethodCalls.call(client, method, arguments));
		if (this.async) {
			return Mono
				.defer(() -> this.chain.only(this.chain.active()).stream(request, CallSpec.UNSCORED).singleOrEmpty());
		}
		return this.chain.only(this.chain.active()).call(request, CallSpec.UNSCORED);
	}

}
