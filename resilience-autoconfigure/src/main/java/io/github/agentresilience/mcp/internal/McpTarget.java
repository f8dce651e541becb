package io.github.agentresilience.mcp.internal;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.ServerFault;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.chain.internal.wire.CurrentExchange.Binding;
import io.github.agentresilience.mcp.internal.transport.McpConnectException;
import io.github.agentresilience.mcp.internal.transport.McpExchange;
import io.github.agentresilience.mcp.internal.transport.UnreadableAnswerException;
import io.modelcontextprotocol.client.transport.McpHttpClientTransportAuthorizationException;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * An MCP connection as a target. The SDK's synchronous client waits interruptibly on the
 * calling thread, so an attempt that runs out of time is ended by an interrupt of that
 * wait; the server is told, and over HTTP the exchange is cancelled.
 *
 * <p>
 * A session that is lost is opened again and the request made once more, within the
 * attempt: the server works, it only no longer knows the session.
 */
final class McpTarget implements Target<McpRequest, Object> {

	/** As OpenTelemetry's conventions name it. */
	private static final String TOOL_NAME = "gen_ai.tool.name";

	private static final Set<Integer> OF_REQUEST = Set.of(McpSchema.ErrorCodes.METHOD_NOT_FOUND,
			McpSchema.ErrorCodes.INVALID_PARAMS, McpSchema.ErrorCodes.INVALID_REQUEST,
			McpSchema.ErrorCodes.PARSE_ERROR);

	private static final TypeRef<CallToolResult> TOOL_RESULT = new TypeRef<>() {
	};

	private static final Logger logger = LoggerFactory.getLogger(McpTarget.class);

	/**
	 * The context key under which Reactor looks for the handler of an error that has no
	 * subscriber left, before its global hook.
	 */
	private static final String ON_ERROR_DROPPED = "reactor.onErrorDropped.local";

	/** A call that was cancelled may still fail; its caller has had an answer by then. */
	private static final Consumer<Throwable> IGNORE_LATE = (thrown) -> logger.debug("Failed after it was cancelled",
			thrown);

	private final McpConnection connection;

	private final ToolSchemas schemas;

	McpTarget(McpConnection connection, ToolSchemas schemas) {
		this.connection = connection;
		this.schemas = schemas;
	}

	@Override
	public String name() {
		return this.connection.name();
	}

	@Override
	public boolean cancellable() {
		return true;
	}

	@Override
	@SuppressWarnings("NullAway") // void methods of the client answer null
	public Object call(McpRequest request, Exchange attempt) throws Exception {
		attempt.detail(TOOL_NAME, request.tool());
		McpExchange exchange = new McpExchange(attempt);
		attempt.interruptOnCancel(exchange::cancel);
		try (Binding bound = McpExchange.CURRENT.bind(exchange)) {
			ready(request);
			this.connection.awaitInitialized();
			this.schemas.check(request, this.connection);
			try {
				return request.action().with(this.connection.client());
			}
			catch (Exception ex) {
				if (mayBeAnswered(ex)) {
					exchange.verdict(request.tool() != null).get();
					Object answer = answerOf(request, exchange, attempt);
					if (answer != null) {
						return answer;
					}
				}
				if (!isLostBeforeActing(ex, attempt)) {
					throw proven(ex, exchange, attempt);
				}
			}
			this.connection.awaitInitialized();
			try {
				return request.action().with(this.connection.client());
			}
			catch (Exception ex) {
				throw proven(ex, exchange, attempt);
			}
		}
		catch (Exception ex) {
			if (Thread.currentThread().isInterrupted() || ex instanceof InterruptedException) {
				// The caller is gone before anybody could cancel the exchange
				exchange.cancel();
			}
			throw ex;
		}
		finally {
			exchange.ended();
		}
	}

	@Override
	public Flux<Object> stream(McpRequest request, Exchange attempt) {
		return Flux.defer(() -> {
			attempt.detail(TOOL_NAME, request.tool());
			McpExchange exchange = new McpExchange(attempt);
			ready(request);
			Mono<Object> first = Mono.defer(() -> ask(request));
			Mono<Object> again = Mono.defer(this::initialized)
				.then(Mono.defer(() -> ask(request)).onErrorMap((thrown) -> proven(thrown, exchange, attempt)));
			return initialized()
				.then(first.onErrorResume((thrown) -> verdict(thrown, request, exchange, attempt)
					.switchIfEmpty(Mono.defer(() -> isLostBeforeActing(thrown, attempt) ? again
							: Mono.error(proven(thrown, exchange, attempt))))))
				.contextWrite(
						(context) -> McpExchange.CURRENT.bind(context, exchange).put(ON_ERROR_DROPPED, IGNORE_LATE))
				.doOnCancel(exchange::cancel)
				.doFinally((signal) -> exchange.ended())
				.flux();
		});
	}

	private Mono<Void> initialized() {
		return this.connection.isReady() ? Mono.empty()
				: Mono.defer(() -> Mono.fromFuture((CompletableFuture<?>) this.connection.initialize(), true)).then();
	}

	@SuppressWarnings("unchecked")
	private Mono<Object> ask(McpRequest request) {
		try {
			this.schemas.check(request, this.connection);
			return Mono
				.from((Publisher<Object>) Objects.requireNonNull(request.action().with(this.connection.client())));
		}
		catch (Exception ex) {
			return Mono.error(ex);
		}
	}

	private void ready(McpRequest request) {
		if (request.onlyIfUp() && !this.connection.isInitialized()) {
			throw new NotInitializedException(name());
		}
	}

	/**
	 * Whether the SDK has ended a request whose own answer may still come. It ends those
	 * of a client that is being closed too, and nobody waits for these: nothing would end
	 * the waiting.
	 */
	private boolean mayBeAnswered(Throwable thrown) {
		return McpFailureClassifier.isSessionLost(thrown) && !this.connection.isClosed();
	}

	/**
	 * When one call finds the session gone, the SDK ends all that are in flight. What
	 * became of theirs, only their own answers tell.
	 */
	private Mono<Object> verdict(Throwable thrown, McpRequest request, McpExchange exchange, Exchange attempt) {
		return mayBeAnswered(thrown)
				? Mono.defer(() -> Mono.fromFuture(exchange.verdict(request.tool() != null), true))
					.then(Mono.defer(() -> Mono.fromCallable(() -> answerOf(request, exchange, attempt))))
				: Mono.empty();
	}

	/**
	 * The answer to a tool call that the SDK has abandoned, {@code null} where none has
	 * come.
	 */
	private @Nullable Object answerOf(McpRequest request, McpExchange exchange, Exchange attempt) throws Exception {
		JSONRPCResponse response = exchange.response();
		if (response == null || request.tool() == null) {
			return null;
		}
		try {
			if (response.error() != null) {
				throw new McpError(response.error());
			}
			return this.connection.read(response.result(), TOOL_RESULT);
		}
		catch (RuntimeException ex) {
			throw proven(ex, exchange, attempt);
		}
	}

	private static boolean isLostBeforeActing(Throwable thrown, Exchange attempt) {
		return !attempt.mayHaveActed()
				&& (McpFailureClassifier.isSessionLost(thrown) || SdkErrors.isBetweenSessions(thrown));
	}

	/**
	 * What a failure proves. A server that says what is wrong with a request has not
	 * carried it out; one whose response is there, and cannot be read, has received it.
	 */
	private static Exception proven(Throwable thrown, McpExchange exchange, Exchange attempt) {
		boolean explained = McpFailureClassifier.isSessionLost(thrown);
		for (Throwable at = thrown; at != null; at = at.getCause()) {
			if (at instanceof McpConnectException || at instanceof McpHttpClientTransportAuthorizationException) {
				attempt.mayHaveActed(false);
			}
			explained |= at instanceof InterruptedException;
			if (at instanceof McpError error && error.getJsonRpcError() != null) {
				explained = true;
				int code = error.getJsonRpcError().code();
				boolean ofRequest = OF_REQUEST.contains(code);
				int status = exchange.refusedWith();
				if (!ofRequest && status >= 400 && status < 500) {
					return new TargetFailureException(status, status + " from the MCP server", thrown);
				}
				attempt.mayHaveActed(!ofRequest);
			}
		}
		if (!explained && exchange.response() != null) {
			attempt.received(true);
			return new UnreadableAnswerException(thrown);
		}
		return (thrown instanceof Exception exception) ? exception : new IllegalStateException(thrown);
	}

	@Override
	public @Nullable String operation(McpRequest request) {
		return request.tool();
	}

	@Override
	public @Nullable McpRequest withFault(McpRequest request, ServerFault fault) {
		return FaultyServer.request(request, fault, this.connection, this.schemas);
	}

	@Override
	public Object errorAnswer(String text) {
		return CallToolResult.builder().content(List.of(TextContent.builder(text).build())).isError(true).build();
	}

}
