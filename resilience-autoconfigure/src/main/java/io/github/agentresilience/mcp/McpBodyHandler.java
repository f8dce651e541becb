package io.github.agentresilience.mcp;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

import io.github.agentresilience.chain.RetryAfter;
import io.github.agentresilience.chain.TargetFailureException;

/**
 * Looks at an answer before the SDK does. A refusal fails here, with its status, because the SDK reports all of them
 * alike; only 400, 401, 403, 404 and 405 mean something to it and are left alone. A JSON answer that is none fails here
 * too, because the SDK would take the request for delivered and wait for an answer until its timeout.
 */
final class McpBodyHandler<T> implements HttpResponse.BodyHandler<T> {

	private final HttpResponse.BodyHandler<T> delegate;

	private final Clock clock;

	McpBodyHandler(HttpResponse.BodyHandler<T> delegate, Clock clock) {
		this.delegate = delegate;
		this.clock = clock;
	}

	@Override
	public HttpResponse.BodySubscriber<T> apply(HttpResponse.ResponseInfo answer) {
		int status = answer.statusCode();
		if (status == 408 || status == 429 || status >= 500) {
			throw new TargetFailureException(status, status + " from the MCP server",
					RetryAfter.from((name) -> answer.headers().firstValue(name).orElse(null), this.clock));
		}
		HttpResponse.BodySubscriber<T> body = this.delegate.apply(answer);
		String type = answer.headers().firstValue("content-type").orElse("").toLowerCase(Locale.ROOT);
		return (status == 200 && type.contains("application/json")) ? new JsonOnly<>(body) : body;
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
