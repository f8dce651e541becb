package io.github.agentresilience.mcp;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

import io.github.agentresilience.chain.RetryAfter;
import io.github.agentresilience.chain.TargetFailureException;
import org.jspecify.annotations.Nullable;

/**
 * Looks at an answer before the SDK does. A refusal fails here, with its status, because the SDK reports nearly all of
 * them alike; so does an answer that says that the session is lost, because the SDK takes each of many such answers for
 * news. A JSON answer that is none fails here too: the SDK would take the request for delivered and wait for an answer
 * until its timeout.
 */
final class McpBodyHandler<T> implements HttpResponse.BodyHandler<T> {

	private static final String SESSION = "Mcp-Session-Id";

	private final HttpResponse.BodyHandler<T> delegate;

	private final HttpRequest request;

	private final @Nullable McpExchange exchange;

	private final Clock clock;

	private final TransportEvents events;

	private final Runnable connectionLost;

	McpBodyHandler(HttpResponse.BodyHandler<T> delegate, HttpRequest request, @Nullable McpExchange exchange,
			Clock clock, TransportEvents events, Runnable connectionLost) {
		this.delegate = delegate;
		this.request = request;
		this.exchange = exchange;
		this.clock = clock;
		this.events = events;
		this.connectionLost = connectionLost;
	}

	@Override
	public HttpResponse.BodySubscriber<T> apply(HttpResponse.ResponseInfo answer) {
		int status = answer.statusCode();
		boolean unauthorized = isUnauthorized(status) && !this.events.isLegacySse();
		if (this.exchange != null && status >= 400 && status < 500 && status != 408 && !unauthorized) {
			// The server looked at the request and would not take it; with other credentials, the SDK may send it again
			this.exchange.refused(status);
		}
		RuntimeException refusal = refusal(answer);
		if (refusal != null) {
			return new Refused<>(refusal);
		}
		HttpResponse.BodySubscriber<T> body = this.delegate.apply(answer);
		if (this.events.isLegacySse() && this.request.method().equals("GET")) {
			return new EndNoticed<>(body, this.connectionLost);
		}
		String type = answer.headers().firstValue("content-type").orElse("").toLowerCase(Locale.ROOT);
		return (status == 200 && type.contains("application/json")) ? new JsonOnly<>(body) : body;
	}

	private @Nullable RuntimeException refusal(HttpResponse.ResponseInfo answer) {
		int status = answer.statusCode();
		if (status == 408 || status == 429 || status >= 500) {
			return new TargetFailureException(status, status + " from the MCP server",
					RetryAfter.from((name) -> answer.headers().firstValue(name).orElse(null), this.clock));
		}
		// Ending a session that is gone already is no news
		if (status < 400 || this.request.method().equals("DELETE")) {
			return null;
		}
		boolean post = this.request.method().equals("POST");
		if (post && (status == 400 || status == 404) && isLostSession()) {
			return new SessionLostException();
		}
		// A server without a stream of its own refuses the GET, however it does so; that loses no session
		boolean known = !this.events.isLegacySse()
				&& (isUnauthorized(status) || (post ? status == 400 || status == 404 : status == 405));
		return known ? null : new TargetFailureException(status, status + " from the MCP server", (Throwable) null);
	}

	static boolean isUnauthorized(int status) {
		return status == 401 || status == 403;
	}

	private boolean isLostSession() {
		if (this.events.isLegacySse()) {
			this.connectionLost.run();
			return true;
		}
		String session = this.request.headers().firstValue(SESSION).orElse(null);
		if (session != null) {
			this.events.sessionLost(session);
			return true;
		}
		if (this.exchange != null && this.events.hasLostSession()) {
			// Sent when one session was lost and the next not open; the refusal says no more than that
			this.exchange.refused(0);
			return true;
		}
		return false;
	}

	/** Reads the rest, so that the connection can be used again, and fails whatever it says. */
	private static final class Refused<T> implements HttpResponse.BodySubscriber<T> {

		private final RuntimeException refusal;

		Refused(RuntimeException refusal) {
			this.refusal = refusal;
		}

		@Override
		public CompletionStage<T> getBody() {
			return CompletableFuture.failedFuture(this.refusal);
		}

		@Override
		public void onSubscribe(Flow.Subscription subscription) {
			subscription.request(Long.MAX_VALUE);
		}

		@Override
		public void onNext(List<ByteBuffer> buffers) {
			// It says no more than its status
		}

		@Override
		public void onError(Throwable thrown) {
			// Failed already
		}

		@Override
		public void onComplete() {
			// Failed already
		}

	}

	/** Passes everything on, and tells when that is at an end. */
	private static final class EndNoticed<T> implements HttpResponse.BodySubscriber<T> {

		private final HttpResponse.BodySubscriber<T> delegate;

		private final Runnable ended;

		EndNoticed(HttpResponse.BodySubscriber<T> delegate, Runnable ended) {
			this.delegate = delegate;
			this.ended = ended;
		}

		@Override
		public CompletionStage<T> getBody() {
			return this.delegate.getBody();
		}

		@Override
		public void onSubscribe(Flow.Subscription subscription) {
			this.delegate.onSubscribe(subscription);
		}

		@Override
		public void onNext(List<ByteBuffer> buffers) {
			this.delegate.onNext(buffers);
		}

		@Override
		public void onError(Throwable thrown) {
			this.delegate.onError(thrown);
			this.ended.run();
		}

		@Override
		public void onComplete() {
			this.delegate.onComplete();
			this.ended.run();
		}

	}

	/** Holds the body until it is whole and passes it on if it looks like a JSON object or array. */
	private static final class JsonOnly<T> implements HttpResponse.BodySubscriber<T> {

		private final HttpResponse.BodySubscriber<T> delegate;

		private final ByteArrayOutputStream held = new ByteArrayOutputStream();

		private boolean passedOn;

		JsonOnly(HttpResponse.BodySubscriber<T> delegate) {
			this.delegate = delegate;
		}

		@Override
		public CompletionStage<T> getBody() {
			return this.delegate.getBody();
		}

		@Override
		public void onSubscribe(Flow.Subscription subscription) {
			this.delegate.onSubscribe(new Flow.Subscription() {

				@Override
				public void request(long n) {
					if (!JsonOnly.this.passedOn) {
						subscription.request(Long.MAX_VALUE);
					}
				}

				@Override
				public void cancel() {
					subscription.cancel();
				}

			});
		}

		@Override
		public void onNext(List<ByteBuffer> buffers) {
			for (ByteBuffer buffer : buffers) {
				byte[] bytes = new byte[buffer.remaining()];
				buffer.get(bytes);
				this.held.writeBytes(bytes);
			}
		}

		@Override
		public void onError(Throwable thrown) {
			this.delegate.onError(thrown);
		}

		@Override
		public void onComplete() {
			byte[] body = this.held.toByteArray();
			if (body.length > 0 && !looksLikeJson(body)) {
				this.delegate.onError(
						new TargetFailureException(0, "The MCP server's answer is no JSON", (Throwable) null));
				return;
			}
			this.passedOn = true;
			if (body.length > 0) {
				this.delegate.onNext(List.of(ByteBuffer.wrap(body)));
			}
			this.delegate.onComplete();
		}

		private static boolean looksLikeJson(byte[] body) {
			String text = new String(body, StandardCharsets.UTF_8).strip();
			return (text.startsWith("{") && text.endsWith("}")) || (text.startsWith("[") && text.endsWith("]"));
		}

	}

}
