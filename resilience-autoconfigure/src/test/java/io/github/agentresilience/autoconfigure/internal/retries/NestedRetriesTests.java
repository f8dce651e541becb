package io.github.agentresilience.autoconfigure.internal.retries;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

import com.google.genai.Client;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.HttpRetryOptions;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.support.NativeDialect;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.anthropic.autoconfigure.AnthropicChatAutoConfiguration;
import org.springframework.ai.model.google.genai.autoconfigure.chat.GoogleGenAiChatAutoConfiguration;
import org.springframework.ai.model.ollama.autoconfigure.OllamaApiAutoConfiguration;
import org.springframework.ai.model.ollama.autoconfigure.OllamaChatAutoConfiguration;
import org.springframework.ai.model.ollama.autoconfigure.OllamaEmbeddingAutoConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.core.retry.RetryTemplate;
import org.springframework.objenesis.SpringObjenesis;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The models that Spring AI's starters for Anthropic, Ollama and Google make, over real
 * HTTP: as targets they ask their provider once for each attempt of ours, and never wait
 * by themselves.
 */
@ExtendWith(OutputCaptureExtension.class)
@Timeout(120)
class NestedRetriesTests {

	/** Far above what a fail-over takes, far below what any of the SDKs would wait. */
	private static final Duration AT_ONCE = Duration.ofSeconds(2);

	private static final String RETRIES = "retries of its own";

	private final ScriptedProvider provider = new ScriptedProvider();

	private final ScriptedProvider fallback = new ScriptedProvider().always(Reply.text("I am the fallback"));

	private ConfigurableApplicationContext context;

	@AfterEach
	void close() {
		if (this.context != null) {
			this.context.close();
		}
		this.provider.close();
		this.fallback.close();
	}

	@ParameterizedTest
	@EnumSource
	void asATargetItFailsOverAtOnceAndIsAskedOnceForEachAttempt(NativeDialect dialect, CapturedOutput output) {
		ChatModel model = targets(Starters.class, dialect);
		for (boolean streaming : new boolean[] { false, true }) {
			this.provider.always(dialect.answer(streaming));
			assertThat(ask(model, streaming)).isEqualTo(NativeDialect.TEXT);
			for (Reply failure : List.of(dialect.error(529, "overloaded_error"), dialect.error(500, "INTERNAL"),
					dialect.error(503, "UNAVAILABLE"), dialect.error(504, "DEADLINE_EXCEEDED"),
					dialect.error(429, "RESOURCE_EXHAUSTED"), Reply.html(502))) {
				assertThat(failsOver(model, streaming, failure)).as("%s, stream %s", failure, streaming).isEqualTo(1);
			}
			// A connection that was kept open and breaks may cost one fresh connection,
			// which is no retry
			assertThat(failsOver(model, streaming, Reply.reset())).isBetween(1, 2);
			assertThat(failsOver(model, streaming, Reply.close())).isBetween(1, 2);
		}
		this.provider.down();
		for (boolean streaming : new boolean[] { false, true }) {
			long start = System.nanoTime();
			assertThat(ask(model, streaming)).isEqualTo("I am the fallback");
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(AT_ONCE);
		}
		assertThat(output).doesNotContain(RETRIES);
	}

	@ParameterizedTest
	@EnumSource
	void aRetryAfterIsNotSatOutButKept(NativeDialect dialect) {
		ChatModel model = targets(Starters.class, dialect);
		GuardedTarget<?, ?> target = this.context.getBean(ChainRegistry.class)
			.targets(Layer.LLM)
			.stream()
			.filter((each) -> each.name().equals("a"))
			.findFirst()
			.orElseThrow();
		for (boolean streaming : new boolean[] { false, true }) {
			for (int status : new int[] { 429, 503, 529 }) {
				assertThat(failsOver(model, streaming,
						dialect.error(status, "overloaded_error").header("Retry-After", "7")))
					.as("%d, stream %s", status, streaming)
					.isEqualTo(1);
				assertThat(Duration.ofNanos(target.cooldownNanos(System.nanoTime())))
					.as("%d, stream %s", status, streaming)
					.isBetween(Duration.ofSeconds(2), Duration.ofSeconds(7));
				target.endCooldown();
			}
		}
	}

	@ParameterizedTest
	@EnumSource
	void asTheOnlyModelItIsAskedAsOftenAsTheChainSays(NativeDialect dialect, CapturedOutput output) {
		ChatModel model = single(Starters.class, dialect);
		for (boolean streaming : new boolean[] { false, true }) {
			this.provider.requests().clear();
			this.provider.always(dialect.error(503, "UNAVAILABLE"));
			assertThatExceptionOfType(ChainExhaustedException.class).isThrownBy(() -> ask(model, streaming))
				.satisfies((ex) -> assertThat(ex.attempts()).hasSize(2)
					.allSatisfy((each) -> assertThat(each.status()).isEqualTo(503)));
			assertThat(this.provider.requestCount()).isEqualTo(2);
		}
		assertThat(output).doesNotContain(RETRIES);
	}

	@Test
	void theOnlyOpenAiModelIsAskedAsOftenAsTheChainSays(CapturedOutput output) {
		ChatModel model = start(Starters.class, "spring.ai.openai.base-url=" + this.provider.baseUrl());
		this.provider.always(Reply.status(503));
		assertThatExceptionOfType(ChainExhaustedException.class).isThrownBy(() -> ask(model, false));
		assertThat(this.provider.requestCount()).isEqualTo(2);
		assertThat(output).doesNotContain(RETRIES);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					ANTHROPIC | spring.ai.anthropic.max-retries=1                                              | spring.ai.anthropic.max-retries=0
					OLLAMA    | spring.ai.retry.max-attempts=1 ; spring.ai.retry.backoff.initial-interval=1ms   | spring.ai.retry.max-attempts=0
					""")
	void whatTheApplicationSetItselfStaysAndIsNamed(NativeDialect dialect, String properties, String fix,
			CapturedOutput output) {
		ChatModel model = single(Starters.class, dialect, properties.split(" ; "));
		this.provider.always(dialect.error(500, "api_error"));
		assertThatExceptionOfType(ChainExhaustedException.class).isThrownBy(() -> ask(model, false));
		assertThat(this.provider.requestCount()).isEqualTo(4);
		assertThat(output).contains("'" + dialect.bean() + "' makes up to 1 " + RETRIES, fix);
	}

	@ParameterizedTest
	@CsvSource({ "spring.ai.openai.max-retries", "spring.ai.openai.chat.max-retries" })
	void soDoesWhatItSetForOpenAi(String property, CapturedOutput output) {
		start(Starters.class, "spring.ai.openai.base-url=" + this.provider.baseUrl(), property + "=2");
		assertThat(output).contains("'openAiChatModel' makes up to 2 " + RETRIES, "spring.ai.openai.max-retries=0");
	}

	@Test
	void soDoesATemplateOfItsOwn(CapturedOutput output) {
		ChatModel model = single(OwnTemplate.class, NativeDialect.OLLAMA);
		this.provider.always(NativeDialect.OLLAMA.error(500, "api_error"));
		assertThatExceptionOfType(ChainExhaustedException.class).isThrownBy(() -> ask(model, false));
		assertThat(this.provider.requestCount()).isEqualTo(6);
		assertThat(output).contains("'ollamaChatModel' makes up to 2 " + RETRIES, "RetryPolicy.withMaxRetries(0)");
	}

	@Test
	void whatOtherModelsShareWithItGoesOnRetrying() {
		targets(Starters.class, NativeDialect.OLLAMA, "spring.ai.model.embedding=ollama");
		assertThat(RetryingParts.in(this.context.getBean(RetryTemplate.class))).extracting(RetryingParts.Part::retries)
			.containsExactly(10);
		assertThat(RetryingParts.in(this.context.getBean("ollamaEmbeddingModel"))).extracting(RetryingParts.Part::kind)
			.containsExactly(RetryingParts.Kind.APACHE_HTTP);
		assertThat(RetryingParts.in(this.context.getBean("ollamaChatModel"))).isEmpty();
	}

	@Test
	void soDoTheOtherModelsOfOpenAi() {
		start(Starters.class, "spring.ai.openai.base-url=" + this.provider.baseUrl(),
				"spring.ai.model.embedding=openai");
		assertThat(RetryingParts.in(this.context.getBean("openAiEmbeddingModel")))
			.extracting(RetryingParts.Part::retries)
			.containsExactly(3);
		assertThat(RetryingParts.in(this.context.getBean("openAiChatModel"))).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			ANTHROPIC | resilience.enabled=false                 | 2
			OLLAMA    | resilience.enabled=false                 | 10
			GEMINI    | resilience.enabled=false                 | 4
			ANTHROPIC | resilience.llm.targets.b.model=b         | 2
			OLLAMA    | resilience.llm.targets.b.model=b         | 10
			GEMINI    | resilience.llm.targets.b.model=b         | 4
			""")
	void aModelThatIsNoTargetIsLeftAsItIs(NativeDialect dialect, String property, int retries) {
		List<String> properties = new ArrayList<>(dialect.properties(this.provider));
		properties.addAll(List.of("resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
				"resilience.llm.targets.b.model=b", "spring.ai.openai.api-key=sk-test"));
		this.context = TestApplication.start(WebApplicationType.NONE, Starters.class, properties, dialect.selection(),
				property);
		assertThat(RetryingParts.in(this.context.getBean(dialect.bean()))).extracting(RetryingParts.Part::retries)
			.contains(retries);
	}

	@Test
	void aClientOfTheApplicationKeepsAllButItsDefaultRetries(CapturedOutput output) {
		ChatModel model = single(OwnClient.class, NativeDialect.GEMINI);
		this.provider.always(NativeDialect.GEMINI.error(503, "UNAVAILABLE"));
		assertThatExceptionOfType(ChainExhaustedException.class).isThrownBy(() -> ask(model, false));
		assertThat(this.provider.requests()).hasSize(2)
			.allSatisfy((request) -> assertThat(request.headers()).containsEntry("x-team", "agents")
				.containsEntry("x-goog-api-key", "AIza-own")
				.satisfies((headers) -> assertThat(headers.get("user-agent")).containsOnlyOnce("google-genai-sdk")))
			.allSatisfy((request) -> assertThat(request.path()).startsWith("/own/"));
		assertThat(output).doesNotContain(RETRIES);
		// And is itself as it was
		assertThat(RetryingParts.in(this.context.getBean(Client.class))).extracting(RetryingParts.Part::retries)
			.containsExactly(4);
	}

	@Test
	void oneThatWasToldHowOftenToRetryIsNamed(CapturedOutput output) {
		single(OwnClient.class, NativeDialect.GEMINI, "test.attempts=3");
		assertThat(output).contains("'googleGenAiChatModel' makes up to 2 " + RETRIES,
				"HttpRetryOptions.builder().attempts(1)");
	}

	@Test
	void oneWhoseRestClientCannotBeReadIsReportedInHealth() {
		ChatModel model = targets(OwnRestClients.class, NativeDialect.OLLAMA);
		this.provider.always(NativeDialect.OLLAMA.answer(false));
		assertThat(ask(model, false)).isEqualTo(NativeDialect.TEXT);
		assertThat(unprotected()).containsOnlyKeys("ollamaChatModel")
			.hasEntrySatisfying("ollamaChatModel", (reason) -> assertThat(reason).contains("could not be turned off",
					"Apache's HTTP client", "disableAutomaticRetries()"));
	}

	@Test
	void soIsOneWhoseGoogleClientCannotBeRead() {
		targets(UnreadableClient.class, NativeDialect.GEMINI);
		assertThat(unprotected()).containsOnlyKeys("googleGenAiChatModel")
			.hasEntrySatisfying("googleGenAiChatModel", (reason) -> assertThat(reason)
				.contains("could not be turned off", "Google's Gen AI SDK", "HttpRetryOptions.builder().attempts(1)"));
	}

	@Test
	void wheneverRetriesAreTurnedOffNothingIsReported() {
		targets(Starters.class, NativeDialect.OLLAMA);
		assertThat(this.context.getBean(UnprotectedParts.class).reasons()).isEmpty();
	}

	@SuppressWarnings("unchecked")
	private Map<String, String> unprotected() {
		Health health = this.context.getBean("resilienceHealthIndicator", HealthIndicator.class).health();
		return (Map<String, String>) Objects.requireNonNull(health.getDetails().get("unprotected"));
	}

	/**
	 * @return how many requests arrived before the fallback answered
	 */
	private int failsOver(ChatModel model, boolean streaming, Reply failure) {
		this.provider.requests().clear();
		this.provider.always(failure);
		assertThat(ask(model, streaming)).isEqualTo("I am the fallback");
		Duration took = Duration.ofNanos(System.nanoTime() - this.provider.requests().get(0).nanoTime());
		assertThat(took).as("%s, stream %s", failure, streaming).isLessThan(AT_ONCE);
		return this.provider.requestCount();
	}

	private static String ask(ChatModel model, boolean streaming) {
		Stream<ChatResponse> chunks = streaming ? model.stream(new Prompt("hi")).toStream()
				: Stream.of(model.call(new Prompt("hi")));
		StringBuilder text = new StringBuilder();
		chunks.filter((chunk) -> chunk.getResult() != null && chunk.getResult().getOutput().getText() != null)
			.forEach((chunk) -> text.append(chunk.getResult().getOutput().getText()));
		return text.toString();
	}

	private ChatModel targets(Class<?> configuration, NativeDialect dialect, String... more) {
		return start(configuration,
				Stream
					.of(dialect.properties(this.provider),
							List.of(dialect.selection(), "resilience.llm.targets.a.bean=" + dialect.bean(),
									"resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
									"resilience.llm.targets.b.model=b", "resilience.llm.chains.default=a,b",
									"resilience.llm.retry.max-attempts=1"),
							Arrays.asList(more))
					.flatMap(List::stream)
					.toArray(String[]::new));
	}

	private ChatModel single(Class<?> configuration, NativeDialect dialect, String... more) {
		return start(configuration,
				Stream.of(dialect.properties(this.provider), List.of(dialect.selection()), Arrays.asList(more))
					.flatMap(List::stream)
					.toArray(String[]::new));
	}

	private ChatModel start(Class<?> configuration, String... properties) {
		this.context = TestApplication.start(WebApplicationType.NONE, configuration,
				List.of("resilience.llm.breaker.minimum-calls=100", "resilience.llm.breaker.window=100",
						"resilience.llm.retry.initial-backoff=1ms", "spring.ai.openai.api-key=sk-test",
						"test.provider=" + this.provider.baseUrl()),
				properties);
		return this.context.getBean(ChatModel.class);
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	@ImportAutoConfiguration({ AnthropicChatAutoConfiguration.class, GoogleGenAiChatAutoConfiguration.class,
			OllamaApiAutoConfiguration.class, OllamaChatAutoConfiguration.class,
			OllamaEmbeddingAutoConfiguration.class })
	static class Starters {

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Starters.class)
	static class OwnTemplate {

		@Bean
		RetryTemplate ownTemplate() {
			return new RetryTemplate(RetryPolicy.builder().maxRetries(2).delay(Duration.ofMillis(1)).build());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Starters.class)
	static class OwnRestClients {

		/** A builder that has its request factory in no field, as another version may. */
		@Bean
		RestClient.Builder ownRestClients() {
			return around(RestClient.builder());
		}

		private static RestClient.Builder around(RestClient.Builder builder) {
			return (RestClient.Builder) Proxy.newProxyInstance(RestClient.Builder.class.getClassLoader(),
					new Class<?>[] { RestClient.Builder.class }, (proxy, method, arguments) -> {
						Object result = method.invoke(builder, arguments);
						return (result == builder) ? proxy
								: result instanceof RestClient.Builder other ? around(other) : result;
					});
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Starters.class)
	static class UnreadableClient {

		/** Its field is empty, as if it were another one. */
		@Bean
		Client unreadableClient() {
			return new SpringObjenesis().newInstance(Client.class);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Starters.class)
	static class OwnClient {

		@Bean
		Client ownClient(Environment environment) {
			HttpOptions.Builder options = HttpOptions.builder()
				.baseUrl(environment.getRequiredProperty("test.provider").replace("/v1", "/own"))
				.headers(Map.of("X-Team", "agents"));
			Integer attempts = environment.getProperty("test.attempts", Integer.class);
			if (attempts != null) {
				options.retryOptions(HttpRetryOptions.builder().attempts(attempts).build());
			}
			return Client.builder().apiKey("AIza-own").httpOptions(options.build()).build();
		}

	}

}
