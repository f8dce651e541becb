package io.github.agentresilience.mcp;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.List;
import java.util.Map;
import java.util.Objects;

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
		McpList list = McpList.of(method.getName());
		if (list != null) {
			return list(list, method, arguments);
		}
		CallToolRequest call = (arguments.length > 0 && arguments[0] instanceof CallToolRequest tool) ? tool : null;
		Map<String, Object> given = (call != null && call.arguments() != null) ? call.arguments() : Map.of();
		McpRequest request = new McpRequest(method.getName(), call != null ? call.name() : null, given, false,
				(client) -> invokeOn(client, method, arguments));
		CallSpec spec = (call != null) ? this.chain.spec(call.name()) : CallSpec.UNSCORED;
		return this.async ? this.chain.stream(request, spec).next() : this.chain.call(request, spec);
	}

	private Object list(McpList list, Method method, @Nullable Object[] arguments) {
		McpRequest.Action action = (arguments.length == 0) ? (client) -> whole(list, method, client)
				: (client) -> invokeOn(client, method, arguments);
		McpRequest request = new McpRequest(method.getName(), null, Map.of(), list == McpList.TOOLS, action);
		if (list == McpList.TOOLS) {
			boolean whole = arguments.length == 0;
			return this.async ? listToolsLater(request, whole) : listTools(request, whole);
		}
		return this.async ? this.chain.stream(request, CallSpec.UNSCORED).next()
				: this.chain.call(request, CallSpec.UNSCORED);
	}

	@SuppressWarnings("unchecked")
	private Object whole(McpList list, Method method, Object client) throws NoSuchMethodException {
		Method page = method.getDeclaringClass().getMethod(method.getName(), String.class);
		if (this.async) {
			return list.wholeLater((cursor) -> (Mono<Object>) unchecked(client, page, cursor));
		}
		return list.whole((cursor) -> unchecked(client, page, cursor));
	}

	/** Tools stay listed from the last time they were seen, so that a dead server stops nobody. */
	private ListToolsResult listTools(McpRequest request, boolean whole) {
		this.chain.awaitOneUp();
		try {
			return seen(this.chain.call(request, CallSpec.UNSCORED), whole);
		}
		catch (ChainExhaustedException ex) {
			return remembered(ex);
		}
	}

	private Mono<ListToolsResult> listToolsLater(McpRequest request, boolean whole) {
		return this.chain.oneUp()
			.then(Mono.defer(() -> this.chain.stream(request, CallSpec.UNSCORED).next()))
			.map((answer) -> seen(answer, whole))
			.onErrorResume(ChainExhaustedException.class, (thrown) -> Mono.just(remembered(thrown)));
	}

	private ListToolsResult seen(Object answer, boolean whole) {
		ListToolsResult tools = (ListToolsResult) answer;
		if (whole) {
			this.chain.remember(tools);
		}
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

	private static Object unchecked(Object client, Method method, @Nullable Object argument) {
		try {
			return Objects.requireNonNull(invokeOn(client, method, argument));
		}
		catch (RuntimeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new UndeclaredThrowableException(ex);
		}
	}

	private static @Nullable Object invokeOn(Object client, Method method, @Nullable Object... arguments)
			throws Exception {
		try {
			return method.invoke(client, arguments);
		}
		catch (InvocationTargetException ex) {
			throw (ex.getCause() instanceof Exception cause) ? cause : ex;
		}
	}

}
