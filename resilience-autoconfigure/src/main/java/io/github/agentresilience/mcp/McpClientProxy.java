package io.github.agentresilience.mcp;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.agentresilience.chain.CallCancelledException;
import io.github.agentresilience.chain.CallSpec;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.TargetChain;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.InitializeResult;
import io.modelcontextprotocol.spec.McpSchema.ListToolsResult;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Exceptions;
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
			case OF_ACTIVE -> onActive(method, arguments);
			case OF_ALL -> method.getName().equals("initialize") ? initialize() : onAll(method, arguments);
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

	/** A page comes from the server that gave its cursor, and from no other; a whole list from whoever can give it. */
	private Object list(McpList list, Method method, @Nullable Object[] arguments) {
		boolean whole = arguments.length == 0;
		McpRequest.Action action = whole ? (client) -> whole(list, method, client)
				: (client) -> page(list, method, client, arguments);
		McpRequest request = new McpRequest(method.getName(), null, Map.of(), list == McpList.TOOLS, action);
		McpConnection giver = whole ? null : this.chain.cursors().giver(list, arguments[0]);
		TargetChain<McpRequest, Object> asked = (giver != null) ? this.chain.only(giver) : this.chain.whole();
		if (list == McpList.TOOLS) {
			boolean first = whole || arguments[0] == null;
			return this.async ? listToolsLater(asked, request, whole, first) : listTools(asked, request, whole, first);
		}
		return this.async ? asked.stream(request, CallSpec.UNSCORED).next() : asked.call(request, CallSpec.UNSCORED);
	}

	private Object page(McpList list, Method method, Object client, @Nullable Object[] arguments) {
		Object page = unchecked(client, method, arguments);
		McpConnection giver = this.chain.of(client);
		if (page instanceof Mono<?> later) {
			return later.doOnNext((come) -> this.chain.cursors().gave(giver, list, come));
		}
		this.chain.cursors().gave(giver, list, page);
		return page;
	}

	@SuppressWarnings("unchecked")
	private Object whole(McpList list, Method method, Object client) throws NoSuchMethodException {
		Method page = method.getDeclaringClass().getMethod(method.getName(), String.class);
		if (this.async) {
			return list.wholeLater((cursor) -> (Mono<Object>) unchecked(client, page, cursor));
		}
		return list.whole((cursor) -> unchecked(client, page, cursor));
	}

	/**
	 * Tools stay listed from the last time they were seen, so that a dead server stops nobody. What comes after the pages
	 * that a server has given already, nobody else knows.
	 */
	private ListToolsResult listTools(TargetChain<McpRequest, Object> asked, McpRequest request, boolean whole,
			boolean first) {
		this.chain.awaitOneUp();
		try {
			return seen(asked.call(request, this.chain.listing()), whole);
		}
		catch (ChainExhaustedException ex) {
			if (!first) {
				throw ex;
			}
			return remembered(ex);
		}
	}

	private Mono<ListToolsResult> listToolsLater(TargetChain<McpRequest, Object> asked, McpRequest request,
			boolean whole, boolean first) {
		return this.chain.oneUp()
			.then(Mono.defer(() -> asked.stream(request, this.chain.listing()).next()))
			.map((answer) -> seen(answer, whole))
			.onErrorResume(ChainExhaustedException.class,
					(thrown) -> first ? Mono.just(remembered(thrown)) : Mono.error(thrown));
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

	private @Nullable Object onActive(Method method, @Nullable Object[] arguments) {
		McpRequest request = new McpRequest(method.getName(), null, Map.of(), false,
				(client) -> invokeOn(client, method, arguments));
		if (this.async) {
			return Mono.defer(() -> this.chain.only(this.chain.active()).stream(request, CallSpec.UNSCORED).next());
		}
		return this.chain.only(this.chain.active()).call(request, CallSpec.UNSCORED);
	}

	/** On the connections' own threads: cancelled half-way, the SDK's client would never be initialised. */
	private Object initialize() {
		Mono<InitializeResult> first = Flux.fromIterable(this.chain.connections())
			.flatMap((connection) -> Mono.defer(() -> Mono.fromFuture(connection.initialize(), true))
				.then(Mono.<Throwable>empty())
				.onErrorResume(Mono::just))
			.collectList()
			.flatMap(this::initialization);
		return this.async ? first : block(first);
	}

	private Mono<InitializeResult> initialization(List<Throwable> failures) {
		InitializeResult result = this.chain.up().handle().initialization();
		if (result != null) {
			return Mono.just(result);
		}
		return Mono.error(failures.isEmpty() ? new NotInitializedException(this.chain.up().name()) : failures.get(0));
	}

	private static Object block(Mono<?> later) {
		try {
			return later.blockOptional().orElseThrow();
		}
		catch (RuntimeException ex) {
			if (Exceptions.unwrap(ex) instanceof InterruptedException) {
				throw new CallCancelledException(ex);
			}
			throw ex;
		}
	}

	private @Nullable Object onAll(Method method, @Nullable Object[] arguments) throws Exception {
		if (method.getName().startsWith("close")) {
			this.chain.connections().forEach(McpConnection::closing);
		}
		if (Mono.class.isAssignableFrom(method.getReturnType())) {
			return onAllLater(method, arguments);
		}
		Object first = null;
		List<Throwable> failures = new ArrayList<>();
		for (McpConnection connection : concerned(method)) {
			try {
				Object result = invokeOn(connection.client(), method, arguments);
				first = (first != null) ? first : result;
			}
			catch (Exception ex) {
				failures.add(ex);
				failedOn(connection, method, ex);
			}
		}
		Throwable failure = (first == null) ? ofAll(method, failures) : null;
		if (failure instanceof Exception exception) {
			throw exception;
		}
		return first;
	}

	private Mono<Object> onAllLater(Method method, @Nullable Object[] arguments) {
		return Mono.defer(() -> {
			List<Throwable> failures = new CopyOnWriteArrayList<>();
			return Flux.fromIterable(concerned(method))
				.flatMap((connection) -> onOne(connection, method, arguments).onErrorResume((thrown) -> {
					failures.add(thrown);
					failedOn(connection, method, thrown);
					return Mono.empty();
				}))
				.collectList()
				.flatMap((results) -> {
					Throwable failure = ofAll(method, failures);
					if (!results.isEmpty()) {
						return Mono.just(results.get(0));
					}
					return (failure != null) ? Mono.error(failure) : Mono.empty();
				});
		});
	}

	/** A server that is down asks for the roots when it is back; told of them now, it would be initialised right here. */
	private List<McpConnection> concerned(Method method) {
		return method.getName().equals("rootsListChangedNotification")
				? this.chain.connections().stream().filter(McpConnection::isInitialized).toList()
				: this.chain.connections();
	}

	private static void failedOn(McpConnection connection, Method method, Throwable thrown) {
		logger.debug("{} failed on the MCP connection '{}'", method.getName(), connection.name(), thrown);
	}

	/** What the caller is told: nothing of a server that is down, but that what was asked cannot be done anywhere. */
	private @Nullable Throwable ofAll(Method method, List<Throwable> failures) {
		if (failures.isEmpty()) {
			return null;
		}
		boolean answerWanted = method.getReturnType() == boolean.class;
		boolean refused = method.getName().endsWith("Root") && failures.size() == this.chain.connections().size()
				&& failures.stream()
					.allMatch((each) -> each instanceof IllegalStateException || each instanceof IllegalArgumentException);
		return (answerWanted || refused) ? failures.get(0) : null;
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

	private static Object unchecked(Object client, Method method, @Nullable Object... arguments) {
		try {
			return Objects.requireNonNull(invokeOn(client, method, arguments));
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
