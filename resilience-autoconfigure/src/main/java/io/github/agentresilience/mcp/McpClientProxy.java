package io.github.agentresilience.mcp;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.chain.CallSpec;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.ListToolsResult;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.target.EmptyTargetSource;

/**
 * Makes a chain of connections look like one client, synchronous or asynchronous. {@link McpMethods} says what goes
 * where.
 */
final class McpClientProxy implements MethodInterceptor {

	private static final Logger logger = LoggerFactory.getLogger(McpClientProxy.class);

	private final McpChain chain;

	private final boolean async;

	McpClientProxy(McpChain chain, boolean async) {
		this.chain = chain;
		this.async = async;
	}

	<C> C proxy(Class<C> type) {
		ProxyFactory factory = new ProxyFactory();
		factory.setTargetSource(EmptyTargetSource.forClass(type));
		factory.setProxyTargetClass(true);
		factory.addAdvice(this);
		return type.cast(factory.getProxy(type.getClassLoader()));
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
			case OF_ACTIVE -> invokeOn(this.chain.active().client(), method, arguments);
			case OF_ALL -> onAll(method, arguments);
			case STATEMENT -> invokeOn(this.chain.up().client(), method, arguments);
		};
	}

	private @Nullable Object request(Method method, @Nullable Object[] arguments) {
		boolean listing = method.getName().equals("listTools") && arguments.length == 0;
		CallToolRequest call = (arguments.length > 0 && arguments[0] instanceof CallToolRequest tool) ? tool : null;
		Map<String, Object> given = (call != null && call.arguments() != null) ? call.arguments() : Map.of();
		McpRequest request = new McpRequest(method.getName(), call != null ? call.name() : null, given, listing,
				(client) -> invokeOn(client, method, arguments));
		CallSpec spec = (call != null) ? this.chain.spec(call.name()) : CallSpec.UNSCORED;
		if (this.async) {
			return listing ? listToolsLater(request) : this.chain.stream(request, spec).next();
		}
		return listing ? listTools(request) : this.chain.call(request, spec);
	}

	/** Tools stay listed from the last time they were seen, so that a dead server stops nobody. */
	private ListToolsResult listTools(McpRequest request) {
		this.chain.awaitOneUp();
		try {
			return seen(this.chain.call(request, CallSpec.UNSCORED));
		}
		catch (ChainExhaustedException ex) {
			return remembered(ex);
		}
	}

	private Mono<ListToolsResult> listToolsLater(McpRequest request) {
		return this.chain.oneUp()
			.then(Mono.defer(() -> this.chain.stream(request, CallSpec.UNSCORED).next()))
			.map(this::seen)
			.onErrorResume(ChainExhaustedException.class, (thrown) -> Mono.just(remembered(thrown)));
	}

	private ListToolsResult seen(Object answer) {
		ListToolsResult tools = (ListToolsResult) answer;
		this.chain.remember(tools);
		return tools;
	}

	private ListToolsResult remembered(ChainExhaustedException why) {
		ListToolsResult remembered = this.chain.remembered();
		logger.warn("No server of the MCP chain '{}' can list its tools; {}. {}", this.chain.name(),
				remembered != null ? "using those last seen" : "it has none until one of them is up", why.getMessage());
		return (remembered != null) ? remembered : ListToolsResult.builder(List.of()).build();
	}

	private @Nullable Object onAll(Method method, @Nullable Object[] arguments) throws Exception {
		if (method.getName().startsWith("close")) {
			this.chain.connections().forEach(McpConnection::closing);
		}
		if (Mono.class.isAssignableFrom(method.getReturnType())) {
			return Flux.fromIterable(this.chain.connections())
				.flatMap((connection) -> Mono.defer(() -> onOne(connection, method, arguments)).onErrorResume((thrown) -> {
					logger.debug("{} failed on the MCP connection '{}'", method.getName(), connection.name(), thrown);
					return Mono.empty();
				}))
				.collectList()
				.flatMap((results) -> results.isEmpty() ? Mono.empty() : Mono.just(results.get(0)));
		}
		Object first = null;
		Exception failure = null;
		for (McpConnection connection : this.chain.connections()) {
			try {
				Object result = invokeOn(connection.client(), method, arguments);
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

	@SuppressWarnings("unchecked")
	private static Mono<Object> onOne(McpConnection connection, Method method, @Nullable Object[] arguments) {
		try {
			return (Mono<Object>) invokeOn(connection.client(), method, arguments);
		}
		catch (Exception ex) {
			return Mono.error(ex);
		}
	}

	private static @Nullable Object invokeOn(Object client, Method method, @Nullable Object[] arguments)
			throws Exception {
		try {
			return method.invoke(client, arguments);
		}
		catch (InvocationTargetException ex) {
			throw (ex.getCause() instanceof Exception cause) ? cause : ex;
		}
	}

}
