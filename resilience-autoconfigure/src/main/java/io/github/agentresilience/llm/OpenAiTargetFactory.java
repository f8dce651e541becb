package io.github.agentresilience.llm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

import com.openai.client.OpenAIClientAsyncImpl;
import com.openai.client.OpenAIClientImpl;
import com.openai.core.ClientOptions;
import com.openai.core.Timeout;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.http.okhttp.OpenAiHttpClientBuilderCustomizer;
import org.springframework.ai.openai.http.okhttp.SpringAiOpenAiHttpClient;

/**
 * Builds OpenAI-compatible targets. Their clients neither retry nor time out by themselves: the chain does both.
 */
public final class OpenAiTargetFactory implements AutoCloseable {

	/** The SDK reads zero as "no limit". */
	private static final Timeout UNLIMITED = Timeout.builder()
		.connect(Duration.ZERO)
		.read(Duration.ZERO)
		.write(Duration.ZERO)
		.request(Duration.ZERO)
		.build();

	private static final int MOST_STREAMS_AT_ONCE = 10_000;

	private final ObservationRegistry observations;

	private final List<OpenAiHttpClientBuilderCustomizer> customizers;

	private final List<ClientOptions> clients = new ArrayList<>();

	private final ExecutorService streamThreads = Executors.newCachedThreadPool(daemons("resilience-stream-"));

	private final ExecutorService dispatcherThreads = Executors.newCachedThreadPool(daemons("resilience-http-"));

	public OpenAiTargetFactory(ObservationRegistry observations, List<OpenAiHttpClientBuilderCustomizer> customizers) {
		this.observations = observations;
		this.customizers = List.copyOf(customizers);
	}

	/**
	 * Builds a target. Nothing is sent yet.
	 * @param name the target's name
	 * @param endpoint where it is and how it wants to be asked
	 */
	public OpenAiTarget create(String name, Endpoint endpoint) {
		ExchangeInterceptor exchanges = new ExchangeInterceptor(endpoint.secrets(), endpoint.anonymous());
		SpringAiOpenAiHttpClient.Builder http = SpringAiOpenAiHttpClient.builder()
			.observationRegistry(this.observations)
			.dispatcherExecutorService(this.dispatcherThreads)
			.timeout(UNLIMITED);
		this.customizers.forEach((customizer) -> customizer.customize(http));
		SpringAiOpenAiHttpClient client = http.interceptor(exchanges).build();
		client.getOkHttpClient().dispatcher().setMaxRequests(MOST_STREAMS_AT_ONCE);
		client.getOkHttpClient().dispatcher().setMaxRequestsPerHost(MOST_STREAMS_AT_ONCE);
		ClientOptions.Builder options = ClientOptions.builder()
			.httpClient(client)
			.streamHandlerExecutor(this.streamThreads)
			.baseUrl(endpoint.baseUrl())
			.apiKey(endpoint.anonymous() ? ExchangeInterceptor.ANY_KEY : endpoint.apiKey())
			.timeout(UNLIMITED)
			.maxRetries(0);
		endpoint.headers().forEach(options::putHeader);
		ClientOptions built = options.build();
		this.clients.add(built);
		OpenAiChatModel model = OpenAiChatModel.builder()
			.openAiClient(new OpenAIClientImpl(built))
			.openAiClientAsync(new OpenAIClientAsyncImpl(built))
			.options(OpenAiChatOptions.builder().model(endpoint.model()).maxRetries(0).build())
			.observationRegistry(this.observations)
			.build();
		return new OpenAiTarget(name, model, endpoint.options(), exchanges);
	}

	@Override
	public void close() {
		// The HTTP client, and a thread of the SDK's that waits for retries which are never made
		this.clients.forEach(ClientOptions::close);
		this.streamThreads.shutdownNow();
		this.dispatcherThreads.shutdownNow();
	}

	private static ThreadFactory daemons(String prefix) {
		AtomicInteger number = new AtomicInteger();
		return (task) -> {
			Thread thread = new Thread(task, prefix + number.incrementAndGet());
			thread.setDaemon(true);
			return thread;
		};
	}

	/**
	 * Where a target is and how it wants to be asked.
	 *
	 * @param baseUrl up to and including the version, such as {@code https://gateway.example/v1}
	 * @param apiKey sent as bearer token; {@code null} or empty sends none, and white space at its end is none of it: mounted
	 * secrets often end in a line end
	 * @param model the name under which the endpoint knows the model
	 * @param headers sent with every request
	 * @param options that it insists on
	 */
	public record Endpoint(String baseUrl, @Nullable String apiKey, String model, Map<String, String> headers,
			TargetOptions options) {

		public Endpoint {
			apiKey = (apiKey != null) ? apiKey.stripTrailing() : null;
		}

		boolean anonymous() {
			return this.apiKey == null || this.apiKey.isBlank();
		}

		List<String> secrets() {
			List<String> secrets = new ArrayList<>();
			if (!anonymous()) {
				secrets.add(this.apiKey);
			}
			this.headers.forEach((header, value) -> {
				if (header.toLowerCase(Locale.ROOT).matches(".*(key|token|secret|auth|password).*") && !value.isBlank()) {
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
