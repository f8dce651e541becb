package io.github.agentresilience.mcp.internal.client;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.agentresilience.chain.CallCancelledException;
import io.github.agentresilience.mcp.internal.McpChain;
import io.github.agentresilience.mcp.internal.McpConnection;
import io.github.agentresilience.mcp.internal.NotInitializedException;
import io.modelcontextprotocol.spec.McpSchema.InitializeResult;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What concerns every connection of a chain at once: initialising it, its roots, closing
 * it.
 */
final class AllConnections {

	private static final Logger logger = LoggerFactory.getLogger(AllConnections.class);

	private final McpChain chain;

	private final boolean async;

	AllConnections(McpChain chain, boolean async) {
		this.chain = chain;
		this.async = async;
	}

	/**
	 * On the connections' own threads: cancelled half-way, the SDK's client would never
	 * be initialised.
	 */
	Object initialize() {
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

	@Nullable Object call(Method method, @Nullable Object[] arguments) throws Exception {
		if (method.getName().startsWith("close")) {
			this.chain.connections().forEach(McpConnection::closing);
		}
		if (Mono.class.isAssignableFrom(method.getReturnType())) {
			return callLater(method, arguments);
		}
		Object first = null;
		List<Throwable> failures = new ArrayList<>();
		for (McpConnection connection : concerned(method)) {
			try {
				Object result = MethodCalls.call(connection.client(), method, arguments);
				first = (first != null) ? first : result;
			}
			catch (Exception ex) {
				failures.add(ex);
				failedOn(connection, method, ex);
			}
		}
		Throwable failure = (first == null) ? failure(method, failures) : null;
		if (failure instanceof Exception exception) {
			throw exception;
		}
		return first;
	}

	private Mono<Object> callLater(Method method, @Nullable Object[] arguments) {
		return Mono.defer(() -> {
			List<Throwable> failures = new CopyOnWriteArrayList<>();
			return Flux.fromIterable(concerned(method))
				.flatMap((connection) -> callOne(connection, method, arguments).onErrorResume((thrown) -> {
					failures.add(thrown);
					failedOn(connection, method, thrown);
					return Mono.empty();
				}))
				.collectList()
				.flatMap((results) -> {
					Throwable failure = failure(method, failures);
					if (!results.isEmpty()) {
						return Mono.just(results.get(0));
					}
					return (failure != null) ? Mono.error(failure) : Mono.empty();
				});
		});
	}

	/**
	 * A server that is down asks for the roots when it is back; told of them now, it
	 * would be initialised right here.
	 */
	private List<McpConnection> concerned(Method method) {
		return method.getName().equals("rootsListChangedNotification")
				? this.chain.connections().stream().filter(McpConnection::isInitialized).toList()
				: this.chain.connections();
	}

	private static void failedOn(McpConnection connection, Method method, Throwable thrown) {
		logger.debug("{} failed on the MCP connection '{}'", method.getName(), connection.name(), thrown);
	}

	/**
	 * What the caller is told: nothing of a server that is down, but that what was asked
	 * cannot be done anywhere.
	 */
	private @Nullable Throwable failure(Method method, List<Throwable> failures) {
		if (failures.isEmpty()) {
			return null;
		}
		boolean answerWanted = method.getReturnType() == boolean.class;
		boolean refused = method.getName()
			.endsWith("Root") && failures.size() == this.chain.connections().size() && failures.stream()
				.allMatch((each) -> each instanceof IllegalStateException || each instanceof IllegalArgumentException);
		return (answerWanted || refused) ? failures.get(0) : null;
	}

	@SuppressWarnings("unchecked")
	private static Mono<Object> callOne(McpConnection connection, Method method, @Nullable Object[] arguments) {
		try {
			return (Mono<Object>) Objects.requireNonNull(MethodCalls.call(connection.client(), method, arguments));
		}
		catch (Exception ex) {
			return Mono.error(ex);
		}
	}

}
