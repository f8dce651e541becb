package io.github.agentresilience.llm.internal.http;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

import javax.net.SocketFactory;

import com.openai.core.RequestOptions;
import com.openai.core.http.Headers;
import com.openai.core.http.HttpClient;
import com.openai.core.http.HttpRequest;
import com.openai.core.http.HttpRequestBody;
import com.openai.core.http.HttpResponse;
import com.openai.errors.OpenAIIoException;
import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.chain.internal.wire.CurrentExchange;
import io.github.agentresilience.llm.internal.answer.FinishReason;
import io.github.agentresilience.llm.internal.answer.HttpExchange;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;

/**
 * Sends what the OpenAI SDK asks of one target. It has the settings, the interceptors and
 * the connections of a client of Spring AI's, which for each request builds another
 * client, reads the URL and the media type anew, and would hand redirects and repetitions
 * to the HTTP client. It leads from a request to its attempt, so that cancelling the one
 * cancels the other, on whatever thread.
 */
public final class TargetHttpClient implements HttpClient {

	/**
	 * Names the attempt of a stream on the way from the chat options to here, the only
	 * way that holds on whatever thread. Never sent.
	 */
	public static final String HEADER = "X-Resilience-Attempt";

	/**
	 * The SDK insists on a key; another scheme of authorization may stand in the target's
	 * headers.
	 */
	public static final String ANY_KEY = "none";

	private static final String AUTHORIZATION = "Authorization";

	private static final String PLACEHOLDER = "Bearer " + ANY_KEY;

	private static final MediaType JSON = MediaType.get("application/json");

	private final CurrentExchange<HttpExchange> exchanges = new CurrentExchange<>();

	private final HttpClient origin;

	private final OkHttpClient client;

	private final String model;

	private final boolean anonymous;

	/** The one that nearly all requests of a target have. */
	private volatile @Nullable Url lastUrl;

	/**
	 * A client for one target.
	 * @param target the target's name
	 * @param model what it asks for
	 * @param secrets values that must not leave the target's client
	 * @param anonymous whether the target has no key
	 * @param origin closed with this one
	 * @param settings what {@code origin} sends by
	 * @param sockets usually {@link CountedSockets}
	 * @param time the chains' time
	 */
	public TargetHttpClient(String target, String model, List<String> secrets, boolean anonymous, HttpClient origin,
			OkHttpClient settings, SocketFactory sockets, Time time) {
		this.model = model;
		this.anonymous = anonymous;
		this.origin = origin;
		OkHttpClient.Builder own = settings.newBuilder()
			.followRedirects(false)
			.addInterceptor(new ExchangeInterceptor(secrets))
			.addInterceptor(new RedirectInterceptor(target))
			.addNetworkInterceptor(new StaleConnections(time))
			.socketFactory(sockets)
			.callTimeout(Duration.ZERO)
			.connectTimeout(Duration.ZERO)
			.readTimeout(Duration.ZERO)
			.writeTimeout(Duration.ZERO);
		if (settings.x509TrustManager() != null) {
			own.sslSocketFactory(CountedSockets.overTls(settings.sslSocketFactory()), settings.x509TrustManager());
		}
		this.client = own.build();
	}

	/**
	 * Makes an attempt the one that the calling thread sends for, until the binding is
	 * closed there.
	 */
	public CurrentExchange.Binding bind(Exchange attempt) {
		return this.exchanges.bind(new HttpExchange(attempt, this.model));
	}

	/**
	 * Makes the attempt of a stream known, until it is released.
	 * @return the value of the {@link #HEADER} of its request
	 */
	public String register(Exchange attempt) {
		return this.exchanges.register(attempt.attempt().id(), new HttpExchange(attempt, this.model));
	}

	public void release(Exchange attempt) {
		this.exchanges.release(attempt.attempt().id());
	}

	/**
	 * The finish reasons of the answer to an attempt that are not OpenAI's own, by
	 * choice.
	 */
	public Map<Integer, FinishReason> finishReasons(Exchange attempt) {
		HttpExchange exchange = attempt.attempt().call().isStreaming() ? this.exchanges.get(attempt.attempt().id())
				: this.exchanges.get();
		return (exchange != null) ? exchange.finishReasons() : Map.of();
	}

	@Override
	public HttpResponse execute(HttpRequest request, RequestOptions options) {
		try {
			return new SdkResponse(newCall(request, this.exchanges.get()).execute());
		}
		catch (IOException ex) {
			throw new OpenAIIoException("Request failed", ex);
		}
		finally {
			close(request);
		}
	}

	@Override
	public CompletableFuture<HttpResponse> executeAsync(HttpRequest request, RequestOptions options) {
		CompletableFuture<HttpResponse> future = new CompletableFuture<>();
		Call call = newCall(request, null);
		call.enqueue(new Callback() {

			@Override
			public void onResponse(Call answered, Response response) {
				future.complete(new SdkResponse(response));
			}

			@Override
			public void onFailure(Call failed, IOException ex) {
				future.completeExceptionally(new OpenAIIoException("Request failed", ex));
			}

		});
		future.whenComplete((response, thrown) -> {
			if (thrown instanceof CancellationException) {
				call.cancel();
			}
			close(request);
		});
		return future;
	}

	private static void close(HttpRequest request) {
		if (request.body() != null) {
			request.body().close();
		}
	}

	/**
	 * The call of a request.
	 * @param current the exchange of the thread, {@code null} where a header names it
	 */
	private Call newCall(HttpRequest request, @Nullable HttpExchange current) {
		HttpExchange exchange = current;
		Request.Builder builder = new Request.Builder().url(url(request.url()));
		Headers headers = request.headers();
		for (String name : headers.names()) {
			for (String value : headers.values(name)) {
				if (name.equalsIgnoreCase(HEADER)) {
					exchange = (current != null) ? current : this.exchanges.get(value);
				}
				else if (!this.anonymous || !name.equalsIgnoreCase(AUTHORIZATION) || !value.equals(PLACEHOLDER)) {
					builder.addHeader(name, value);
				}
			}
		}
		HttpRequestBody body = request.body();
		return this.client.newCall(builder
			.method(request.method().name(),
					(body != null) ? StaleConnections.guarded(new SdkBody(body)) : emptyBody(request))
			.tag(HttpExchange.class, (exchange != null) ? exchange : new HttpExchange(null, this.model))
			.build());
	}

	private static @Nullable RequestBody emptyBody(HttpRequest request) {
		return switch (request.method()) {
			case POST, PUT, PATCH -> RequestBody.create(new byte[0], null);
			default -> null;
		};
	}

	private HttpUrl url(String text) {
		Url last = this.lastUrl;
		if (last == null || !last.text.equals(text)) {
			last = new Url(text, HttpUrl.get(text));
			this.lastUrl = last;
		}
		return last.url;
	}

	@Override
	public void close() {
		this.origin.close();
	}

	private record Url(String text, HttpUrl url) {

	}

	/** What the SDK wants to send. */
	private static final class SdkBody extends RequestBody {

		private final HttpRequestBody body;

		private final @Nullable MediaType type;

		private final long length;

		SdkBody(HttpRequestBody body) {
			this.body = body;
			String named = body.contentType();
			this.type = "application/json".equals(named) ? JSON : (named != null) ? MediaType.parse(named) : null;
			this.length = body.contentLength();
		}

		@Override
		public @Nullable MediaType contentType() {
			return this.type;
		}

		@Override
		public long contentLength() {
			return this.length;
		}

		@Override
		public boolean isOneShot() {
			return !this.body.repeatable();
		}

		@Override
		public void writeTo(BufferedSink sink) {
			this.body.writeTo(sink.outputStream());
		}

	}

	/** What the SDK reads. */
	private static final class SdkResponse implements HttpResponse {

		private final Response response;

		private final Headers headers;

		SdkResponse(Response response) {
			this.response = response;
			Headers.Builder all = Headers.builder();
			for (int i = 0; i < response.headers().size(); i++) {
				all.put(response.headers().name(i), response.headers().value(i));
			}
			this.headers = all.build();
		}

		@Override
		public int statusCode() {
			return this.response.code();
		}

		@Override
		public Headers headers() {
			return this.headers;
		}

		@Override
		public InputStream body() {
			return this.response.body().byteStream();
		}

		@Override
		public void close() {
			this.response.body().close();
		}

	}

}
