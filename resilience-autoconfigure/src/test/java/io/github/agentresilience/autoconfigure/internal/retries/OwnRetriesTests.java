package io.github.agentresilience.autoconfigure.internal.retries;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

import com.google.genai.Client;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.HttpRetryOptions;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.support.NativeDialect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.test.system.CapturedOutput;
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
 * Retries that an application asked for itself stay and are named, and so are those that
 * cannot be turned off.
 */
class OwnRetriesTests extends NestedRetriesFixture {

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

	@SuppressWarnings("unchecked")
	private Map<String, String> unprotected() {
		Health health = this.context.getBean("resilienceHealthIndicator", HealthIndicator.class).health();
		return (Map<String, String>) Objects.requireNonNull(health.getDetails().get("unprotected"));
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
