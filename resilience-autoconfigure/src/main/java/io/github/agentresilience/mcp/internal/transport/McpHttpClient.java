package io.github.agentresilience.mcp.internal.transport;

import java.io.IOException;
import java.net.Authenticator;
import java.net.ConnectException;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * An HTTP client for MCP transports that reads answers in the SDK's place, follows
 * redirects on the same host, and can cancel an exchange.
 */
final class McpHttpClient extends HttpClient implements McpBodyHandler.Connection {

	/** Far longer than an initialisation may take. */
	private static final Duration LONGEST_UNTRACKED = Duration.ofMinutes(2);

	private static final Duration LONGEST_PROBE = Duration.ofSeconds(3);

	private static final String PING = "{\"jsonrpc\":\"2.0\",\"id\":\"resilience-session\",\"method\":\"ping\"}";

	private final HttpClient delegate;

	private final Background background;

	private final TransportEvents events;

	private final int generation;

	/** Which sessions are being asked for. */
	private final Map<String, CompletableFuture<Boolean>> probes = new ConcurrentHashMap<>();

	McpHttpClient(HttpClient delegate, Background background, TransportEvents events) {
		this.delegate = delegate;
		this.background = background;
		this.events = events;
		this.generation = events.newGeneration();
	}

	@Override
	public <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler)
			throws IOException, InterruptedException {
		CompletableFuture<HttpResponse<T>> response = sendAsync(request, handler);
		try {
			return response.get();
		}
		catch (InterruptedException ex) {
			response.cancel(true);
			throw ex;
		}
		catch (ExecutionException ex) {
			throw (ex.getCause() instanceof IOException cause) ? cause : new IOException(ex.getCause());
		}
	}

	@Override
	public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
		return sendAsync(request, handler, null);
	}

	@Override
	public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, HttpResponse.BodyHandler<T> handler,
			HttpResponse.@Nullable PushPromiseHandler<T> pushPromises) {
		RedirectableResponse<T> response = new RedirectableResponse<>();
		OutgoingMessage outgoing = OutgoingMessage.current();
		send(new Sending<>(handler, pushPromises, outgoing, response), request, 0, 0);
		return tracked(request, outgoing, response);
	}

	/** Sends a request to where it was sent, or where a redirect wants it. */
	private <T> void send(Sending<T> sending, HttpRequest request, int redirects, int redirected) {
		McpBodyHandler<T> reading = new McpBodyHandler<>(sending.handler, request, sending.outgoing, this.background,
				this.events, this, redirected);
		CompletableFuture<HttpResponse<T>> hop = (sending.pushPromises != null)
				? this.delegate.sendAsync(request, reading, sending.pushPromises)
				: this.delegate.sendAsync(request, reading);
		sending.response.continueWith(hop);
		hop.whenComplete((answer, thrown) -> {
			Throwable cause = (thrown instanceof CompletionException) ? thrown.getCause() : thrown;
			URI next = (cause instanceof RedirectedException redirect) ? redirect.to() : null;
			if (cause instanceof RedirectedException redirect && next != null && redirects < McpRedirects.MOST) {
				send(sending, HttpRequest.newBuilder(request, (name, value) -> true).uri(next).build(), redirects + 1,
						redirect.status());
			}
			else if (cause != null) {
				failed(sending.outgoing, cause);
				sending.response.completeExceptionally(cause);
			}
			else {
				sending.response.complete(reading.shown(answer));
			}
		});
	}

	/** Before anybody who waits for the end goes by it. */
	private static void failed(@Nullable OutgoingMessage outgoing, Throwable cause) {
		McpExchange exchange = (outgoing != null) ? outgoing.exchange() : null;
		if (exchange != null && (cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException)) {
			// A connection that was not made carried no request
			exchange.refused(0);
		}
	}

	private <T> CompletableFuture<HttpResponse<T>> tracked(HttpRequest request, @Nullable OutgoingMessage outgoing,
			CompletableFuture<HttpResponse<T>> response) {
		McpExchange exchange = (outgoing != null) ? outgoing.exchange() : null;
		if (outgoing == null || exchange == null) {
			if (this.events.isLegacySse() && outgoing != null && outgoing.bestEffort()) {
				return response.exceptionally((thrown) -> new AcceptedResponse<>(request));
			}
			return request.method().equals("POST") ? bounded(response) : response;
		}
		McpExchange.Request sent = outgoing.request();
		if (sent != null) {
			exchange.carried(sent, response);
		}
		return response.handle((answer, thrown) -> {
			Throwable cause = (thrown instanceof CompletionException) ? thrown.getCause() : thrown;
			boolean failsAlone = this.events.isLegacySse();
			if (sent != null && (cause != null || !(failsAlone || mayFollow(answer.statusCode(), exchange)))) {
				sent.answerEnded(cause);
			}
			if (sent != null && failsAlone && (cause != null || answer.statusCode() >= 400)) {
				return new AcceptedResponse<>(request);
			}
			if (thrown == null) {
				return answer;
			}
			throw (thrown instanceof CompletionException wrapped) ? wrapped : new CompletionException(thrown);
		});
	}

	/**
	 * Whether a response may come although the answer has ended without one: the SDK may
	 * send what was refused for its credentials once more, with others, and a server that
	 * has accepted a request may answer on its own stream.
	 */
	private static boolean mayFollow(int status, McpExchange exchange) {
		return status == 401 || status == 403 || exchange.isExpectedElsewhere();
	}

	/**
	 * The SDK gives up an initialisation without a word to the connection that still
	 * waits for its answer.
	 */
	private <T> CompletableFuture<T> bounded(CompletableFuture<T> response) {
		Disposable end = this.background.later(LONGEST_UNTRACKED, () -> response.cancel(true));
		// Nothing is kept of a response that has come
		response.whenComplete((answer, thrown) -> end.dispose());
		return response;
	}

	@Override
	public void lost() {
		this.events.lost(this.generation);
	}

	@Override
	public void sessionLost(@Nullable String session) {
		this.events.sessionLost(this.generation, session);
	}

	@Override
	public CompletableFuture<Boolean> knowsSession(HttpRequest request) {
		return this.probes.computeIfAbsent(String.valueOf(PostedMessage.session(request)), (session) -> probe(request))
			.whenComplete((known, thrown) -> this.probes.remove(String.valueOf(PostedMessage.session(request))));
	}

	/**
	 * Asks the same place for nothing. A server that takes its time says nothing about
	 * the session; one that is gone fails this.
	 */
	private CompletableFuture<Boolean> probe(HttpRequest request) {
		HttpRequest ping = HttpRequest.newBuilder(request, (name, value) -> true)
			.POST(HttpRequest.BodyPublishers.ofString(PING))
			.timeout(LONGEST_PROBE)
			.build();
		return this.delegate.sendAsync(ping, SessionProbe::new)
			.thenApply(HttpResponse::body)
			.exceptionallyCompose((thrown) -> (cause(thrown) instanceof HttpTimeoutException)
					? CompletableFuture.completedFuture(Boolean.TRUE) : CompletableFuture.failedFuture(cause(thrown)));
	}

	private static Throwable cause(Throwable thrown) {
		Throwable cause = thrown.getCause();
		return (thrown instanceof CompletionException && cause != null) ? cause : thrown;
	}

	@Override
	public Optional<CookieHandler> cookieHandler() {
		return this.delegate.cookieHandler();
	}

	@Override
	public Optional<Duration> connectTimeout() {
		return this.delegate.connectTimeout();
	}

	@Override
	public Redirect followRedirects() {
		return this.delegate.followRedirects();
	}

	@Override
	public Optional<ProxySelector> proxy() {
		return this.delegate.proxy();
	}

	@Override
	public SSLContext sslContext() {
		return this.delegate.sslContext();
	}

	@Override
	public SSLParameters sslParameters() {
		return this.delegate.sslParameters();
	}

	@Override
	public Optional<Authenticator> authenticator() {
		return this.delegate.authenticator();
	}

	@Override
	public Version version() {
		return this.delegate.version();
	}

	@Override
	public Optional<Executor> executor() {
		return this.delegate.executor();
	}

	/** What stays the same wherever a request is sent. */
	private record Sending<T>(HttpResponse.BodyHandler<T> handler,
			HttpResponse.@Nullable PushPromiseHandler<T> pushPromises, @Nullable OutgoingMessage outgoing,
			RedirectableResponse<T> response) {
	}

}
