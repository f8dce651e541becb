package io.github.agentresilience.mcp;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chain.TargetFailureException;
import io.modelcontextprotocol.client.transport.McpHttpClientTransportAuthorizationException;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * An MCP connection as a target. The SDK's synchronous client waits interruptibly on the calling thread, so an attempt
 * that runs out of time is ended by an interrupt of that wait; the server is told, and over HTTP the exchange is
 * cancelled.
 *
 * <p>
 * A session that is lost is opened again and the request made once more, within the attempt: the server is well, it only
 * forgot us.
 */
final class McpTarget implements Target<McpRequest, Object> {

	/** As OpenTelemetry's conventions name it. */
	private static final String TOOL_NAME = "gen_ai.tool.name";

	private static final Logger logger = LoggerFactory.getLogger(McpTarget.class);

	/** Where Reactor looks, before its global hook, for what is to be done with an error that nobody waits for. */
	private static final String ON_ERROR_DROPPED = "reactor.onErrorDropped.local";

	/** How a call ends that was given up is no news to anybody. */
	private static final Consumer<Throwable> LATE = (thrown) -> logger.debug("Failed after it was given up", thrown);

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
	public Object call(McpRequest request, Attempt attempt) throws Exception {
		attempt.detail(TOOL_NAME, request.tool());
		McpExchange exchange = new McpExchange(attempt);
		McpExchange before = McpExchange.enter(exchange);
		attempt.interruptOnCancel(exchange::cancel);
		try {
			ready(request);
			this.connection.awaitInitialized();
			this.schemas.check(request, this.connection);
			try {
				return request.action().with(this.connection.client());
			}
			catch (Exception ex) {
				if (McpFailureClassifier.isSessionLost(ex)) {
					exchange.verdict().get();
				}
				if (!isLostBeforeActing(ex, attempt)) {
					throw (Exception) proven(ex, attempt);
				}
			}
			this.connection.awaitInitialized();
			try {
				return request.action().with(this.connection.client());
			}
			catch (Exception ex) {
				throw stillLost(ex, exchange, attempt);
			}
		}
		finally {
			exchange.ended();
			McpExchange.enter(before);
		}
	}

	@Override
	public Flux<Object> stream(McpRequest request, Attempt attempt) {
		return Flux.defer(() -> {
			attempt.detail(TOOL_NAME, request.tool());
			McpExchange exchange = new McpExchange(attempt);
			ready(request);
			Mono<Object> first = Mono.defer(() -> ask(request));
			Mono<Object> again = Mono.defer(this::initialized)
				.then(Mono.defer(() -> ask(request)).onErrorMap((thrown) -> stillLost(thrown, exchange, attempt)));
			return initialized()
				.then(first.onErrorResume((thrown) -> verdict(thrown, exchange)
					.then(Mono.defer(() -> isLostBeforeActing(thrown, attempt) ? again
							: Mono.error(proven(thrown, attempt))))))
				.contextWrite((context) -> context.put(McpExchange.KEY, exchange).put(ON_ERROR_DROPPED, LATE))
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
			return Mono.from((Publisher<Object>) request.action().with(this.connection.client()));
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
	 * When one call finds the session gone, the SDK ends all that are in flight. Whether theirs were refused too, only
	 * their own answers tell.
	 */
	private static Mono<Void> verdict(Throwable thrown, McpExchange exchange) {
		return McpFailureClassifier.isSessionLost(thrown)
				? Mono.defer(() -> Mono.fromFuture(exchange.verdict(), true)).then() : Mono.empty();
	}

	private static boolean isLostBeforeActing(Throwable thrown, Attempt attempt) {
		return !attempt.mayHaveActed()
				&& (McpFailureClassifier.isSessionLost(thrown) || McpFailureClassifier.isBetweenSessions(thrown));
	}

	/** A server that says what is wrong with a request has not carried it out. */
	private static Throwable proven(Throwable thrown, Attempt attempt) {
		for (Throwable at = thrown; at != null; at = at.getCause()) {
			if (at instanceof McpConnectException || at instanceof McpHttpClientTransportAuthorizationException) {
				attempt.mayHaveActed(false);
			}
			if (at instanceof McpError error && error.getJsonRpcError() != null) {
				int code = error.getJsonRpcError().code();
				attempt.mayHaveActed(code != McpSchema.ErrorCodes.METHOD_NOT_FOUND
						&& code != McpSchema.ErrorCodes.INVALID_PARAMS && code != McpSchema.ErrorCodes.INVALID_REQUEST
						&& code != McpSchema.ErrorCodes.PARSE_ERROR);
			}
		}
		return thrown;
	}

	/** In a new session, a refusal that looked like a lost one is what it says. */
	private static Exception stillLost(Throwable thrown, McpExchange exchange, Attempt attempt) {
		int status = exchange.refusedWith();
		if (McpFailureClassifier.isSessionLost(thrown) && (status == 400 || status == 404)) {
			return new TargetFailureException(status, status + " from the MCP server in a new session", thrown);
		}
		Throwable said = proven(thrown, attempt);
		return (said instanceof Exception exception) ? exception : new IllegalStateException(said);
	}

	@Override
	public @Nullable String operation(McpRequest request) {
		return request.tool();
	}

	@Override
	public Object errorAnswer(String text) {
		return CallToolResult.builder().content(List.of(TextContent.builder(text).build())).isError(true).build();
	}

}
