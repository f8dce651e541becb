package io.github.agentresilience.llm;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.github.agentresilience.chain.Attempt;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.BufferedSink;
import okio.Okio;
import org.jspecify.annotations.Nullable;

/**
 * Stands in the HTTP client of an OpenAI-compatible target. It brings an attempt and its exchange together, so that
 * cancelling the one cancels the other; it keeps the client from repeating a request by itself; and it takes the
 * target's secrets and the prompt out of errors before anybody can log them.
 */
final class ExchangeInterceptor implements Interceptor {

	/**
	 * Names the attempt on the way from the chat options to here, the only way that holds for calls and streams on
	 * whatever thread. Never sent.
	 */
	static final String HEADER = "X-Resilience-Attempt";

	/** The SDK insists on a key; another scheme of authorization may stand in the target's headers. */
	static final String ANY_KEY = "none";

	private static final String PLACEHOLDER = "Bearer " + ANY_KEY;

	private static final long LARGEST_ERROR_BODY = 256 * 1024;

	private final Map<String, Attempt> attempts = new ConcurrentHashMap<>();

	private final List<String> secrets;

	private final boolean anonymous;

	/**
	 * An interceptor for one target.
	 * @param secrets values that must not leave the target's client
	 * @param anonymous whether the target has no key
	 */
	ExchangeInterceptor(List<String> secrets, boolean anonymous) {
		this.secrets = secrets;
		this.anonymous = anonymous;
	}

	String remember(Attempt attempt) {
		String id = id(attempt);
		this.attempts.put(id, attempt);
		return id;
	}

	void forget(Attempt attempt) {
		this.attempts.remove(id(attempt));
	}

	private static String id(Attempt attempt) {
		return Long.toString(attempt.id());
	}

	@Override
	public Response intercept(Chain chain) throws IOException {
		Request request = chain.request();
		String id = request.header(HEADER);
		Request.Builder outgoing = request.newBuilder().removeHeader(HEADER);
		if (this.anonymous && PLACEHOLDER.equals(request.header("Authorization"))) {
			outgoing.removeHeader("Authorization");
		}
		if (request.body() != null) {
			outgoing.method(request.method(), new OnceOnly(request.body()));
		}
		Attempt attempt = (id != null) ? this.attempts.get(id) : null;
		if (attempt != null) {
			attempt.onCancel(chain.call()::cancel);
		}
		Response response = ErrorInAnswer.unmasked(chain.proceed(outgoing.build()));
		return response.isSuccessful() ? watched(response, request, attempt) : redacted(response, request);
	}

	/** Reads an event stream along, which may end in an error event that repeats a secret or the prompt. */
	private Response watched(Response response, Request request, @Nullable Attempt attempt) {
		ResponseBody body = response.body();
		if (body == null || !String.valueOf(body.contentType()).contains("event-stream")) {
			return response;
		}
		Attempt streaming = (attempt != null && attempt.call().isStreaming()) ? attempt : null;
		return response.newBuilder()
			.body(ResponseBody.create(Okio.buffer(new EventLines(body.source(),
					(line) -> withoutSecrets(ErrorInAnswer.isErrorEvent(line) ? PromptEcho.removed(line, request) : line),
					streaming)), body.contentType(), -1))
			.build();
	}

	private Response redacted(Response response, Request request) throws IOException {
		ResponseBody body = response.peekBody(LARGEST_ERROR_BODY);
		String text = body.string();
		String clean = withoutSecrets(PromptEcho.removed(text, request));
		if (clean.equals(text)) {
			return response;
		}
		response.close();
		return response.newBuilder()
			.removeHeader("Content-Length")
			.body(ResponseBody.create(clean, body.contentType()))
			.build();
	}

	private String withoutSecrets(String text) {
		String clean = text;
		for (String secret : this.secrets) {
			clean = clean.replace(secret, "***");
		}
		return clean;
	}

	/** OkHttp repeats a 408 and some lost connections by itself, but not a body that can be written only once. */
	private static final class OnceOnly extends RequestBody {

		private final RequestBody body;

		OnceOnly(RequestBody body) {
			this.body = body;
		}

		@Override
		public @Nullable MediaType contentType() {
			return this.body.contentType();
		}

		@Override
		public long contentLength() throws IOException {
			return this.body.contentLength();
		}

		@Override
		public boolean isOneShot() {
			return true;
		}

		@Override
		public void writeTo(BufferedSink sink) throws IOException {
			this.body.writeTo(sink);
		}

	}

}
