package io.github.agentresilience.llm.internal.model;

import java.net.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;

import javax.net.SocketFactory;

import com.openai.client.OpenAIClientAsyncImpl;
import com.openai.client.OpenAIClientImpl;
import com.openai.core.ClientOptions;
import com.openai.core.Timeout;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.llm.internal.history.PortableHistory;
import io.github.agentresilience.llm.internal.http.CountedSockets;
import io.github.agentresilience.llm.internal.http.TargetHttpClient;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.http.okhttp.OpenAiHttpClientBuilderCustomizer;
import org.springframework.ai.openai.http.okhttp.SpringAiOpenAiHttpClient;

/**
 * Builds OpenAI-compatible targets. Their clients neither retry nor time out by
 * themselves: the chain does both.
 */
public final class OpenAiTargetFactory implements AutoCloseable {

	/** The SDK reads zero as "no limit". */
	private static final Timeout UNLIMITED = Timeout.builder()
		.connect(Duration.ZERO)
		.read(Duration.ZERO)
		.write(Duration.ZERO)
		.request(Duration.ZERO)
		.build();

	/**
	 * Says that a request is the first of its kind, as all are where nothing is retried.
	 * The SDK says so itself, but on a copy of the request with all its headers, which is
	 * a twentieth of what a whole call costs; one that says it already is sent as it is.
	 */
	private static final String RETRY_COUNT = "X-Stainless-Retry-Count";

	private static final int MOST_STREAMS_AT_ONCE = 10_000;

	/**
	 * The HTTP client keeps 5 by default, so that an application which asks on more
	 * threads would connect again and again.
	 */
	private static final int MOST_IDLE_CONNECTIONS = 100;

	private static final Duration KEPT_IDLE = Duration.ofMinutes(5);

	private final ObservationRegistry observations;

	private final List<OpenAiHttpClientBuilderCustomizer> customizers;

	private final SocketFactory sockets;

	private final @Nullable Proxy proxy;

	private final List<ClientOptions> clients = new ArrayList<>();

	private final Time time;

	private final ExecutorService streamThreads;

	private final ExecutorService dispatcherThreads;

	public OpenAiTargetFactory(ChainRuntime runtime, ObservationRegistry observations,
			List<OpenAiHttpClientBuilderCustomizer> customizers) {
		this(runtime, observations, customizers, new CountedSockets(), null);
	}

	/**
	 * Builds targets without observations whose connections are made by a factory of
	 * sockets.
	 */
	public OpenAiTargetFactory(ChainRuntime runtime, SocketFactory sockets) {
		this(runtime, ObservationRegistry.NOOP, List.of(), sockets, Proxy.NO_PROXY);
	}

	private OpenAiTargetFactory(ChainRuntime runtime, ObservationRegistry observations,
			List<OpenAiHttpClientBuilderCustomizer> customizers, SocketFactory sockets, @Nullable Proxy proxy) {
		this.time = runtime.time();
		this.streamThreads = runtime.workers().of("stream");
		this.dispatcherThreads = runtime.workers().of("http");
		this.observations = observations;
		this.customizers = List.copyOf(customizers);
		this.sockets = sockets;
		this.proxy = proxy;
	}

	/**
	 * Builds a target that is sent conversations as they are. Nothing is sent yet.
	 * @param name the target's name
	 * @param endpoint where it is and how it wants to be asked
	 */
	public OpenAiTarget create(String name, Endpoint endpoint) {
		return create(name, endpoint, null);
	}

	/**
	 * Builds a target. Nothing is sent yet.
	 * @param name the target's name
	 * @param endpoint where it is and how it wants to be asked
	 * @param history makes conversations of other targets fit, {@code null} where they
	 * are sent as they are
	 */
	public OpenAiTarget create(String name, Endpoint endpoint, @Nullable PortableHistory history) {
		SpringAiOpenAiHttpClient.Builder http = SpringAiOpenAiHttpClient.builder()
			.observationRegistry(this.observations)
			.dispatcherExecutorService(this.dispatcherThreads)
			.proxy(this.proxy)
			.maxIdleConnections(MOST_IDLE_CONNECTIONS)
			.keepAliveDuration(KEPT_IDLE)
			.timeout(UNLIMITED);
		this.customizers.forEach((customizer) -> customizer.customize(http));
		SpringAiOpenAiHttpClient built = http.build();
		TargetHttpClient client = new TargetHttpClient(name, endpoint.model(), endpoint.secrets(), endpoint.anonymous(),
				built, built.getOkHttpClient(), this.sockets, this.time);
		built.getOkHttpClient().dispatcher().setMaxRequests(MOST_STREAMS_AT_ONCE);
		built.getOkHttpClient().dispatcher().setMaxRequestsPerHost(MOST_STREAMS_AT_ONCE);
		ClientOptions.Builder options = ClientOptions.builder()
			.httpClient(client)
			.streamHandlerExecutor(this.streamThreads)
			.baseUrl(endpoint.baseUrl())
			.apiKey(endpoint.anonymous() ? TargetHttpClient.ANY_KEY : endpoint.apiKey())
			.timeout(UNLIMITED)
			.maxRetries(0)
			.putHeader(RETRY_COUNT, "0");
		endpoint.headers().forEach(options::replaceHeaders);
		ClientOptions connected = options.build();
		this.clients.add(connected);
		OpenAiChatModel model = OpenAiChatModel.builder()
			.openAiClient(new OpenAIClientImpl(connected))
			.openAiClientAsync(new OpenAIClientAsyncImpl(connected))
			.options(OpenAiChatOptions.builder().model(endpoint.model()).maxRetries(0).build())
			.observationRegistry(this.observations)
			.build();
		return new OpenAiTarget(name, model, endpoint.options(), client, history);
	}

	@Override
	public void close() {
		// The HTTP client, and a thread of the SDK's that waits for retries which are
		// never made
		this.clients.forEach(ClientOptions::close);
		this.streamThreads.shutdownNow();
		this.dispatcherThreads.shutdownNow();
	}

	/**
	 * Where a target is and how it wants to be asked.
	 *
	 * @param baseUrl up to and including the version, such as
	 * {@code https://gateway.example/v1}
	 * @param apiKey sent as bearer token; {@code null} or empty sends none, and white
	 * space at its end is none of it: mounted secrets often end in a line end
	 * @param model the name under which the endpoint knows the model
	 * @param headers sent with every request
	 * @param options that it insists on
	 */
	public record Endpoint(String baseUrl, @Nullable String apiKey, String model, Map<String, String> headers,
			TargetOptions options) {

		/**
		 * To take shorter ones out of an error would hide nothing, and leave little of
		 * it.
		 */
		private static final int SHORTEST_SECRET = 4;

		public Endpoint {
			apiKey = (apiKey != null) ? apiKey.stripTrailing() : null;
		}

		boolean anonymous() {
			return this.apiKey == null || this.apiKey.isBlank();
		}

		List<String> secrets() {
			List<String> secrets = new ArrayList<>();
			if (!anonymous() && Objects.requireNonNull(this.apiKey).length() >= SHORTEST_SECRET) {
				secrets.add(this.apiKey);
			}
			this.headers.forEach((header, value) -> {
				if (header.toLowerCase(Locale.ROOT).matches(".*(key|token|secret|auth|password).*")
						&& value.length() >= SHORTEST_SECRET) {
					secrets.add(value);
				}
			});
			return secrets;
		}

		@Override
		public String toString() {
			return this.model + " at " + this.baseUrl;
		}

	}

}
