package io.github.agentresilience.llm.internal.model;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

import com.anthropic.core.JsonValue;
import com.anthropic.core.http.Headers;
import com.anthropic.errors.SseException;
import com.google.genai.errors.ClientException;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.llm.internal.failure.ChatFailureClassifier;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.ollama.OllamaChatModel;
import org.springframework.ai.ollama.api.OllamaApi;
import org.springframework.ai.ollama.api.OllamaChatOptions;
import org.springframework.ai.retry.NonTransientAiException;
import org.springframework.ai.retry.RetryUtils;
import org.springframework.ai.retry.TransientAiException;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.core.retry.RetryTemplate;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Beans of other providers as targets, over real HTTP with Spring AI's Ollama model,
 * which has options of its own, a retry template of its own, and Spring's HTTP clients
 * beneath.
 */
@ExtendWith(OutputCaptureExtension.class)
class OtherProvidersTests extends LlmFixture {

	private static final String ANSWER = """
			{"model":"tiny","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"I am Ollama"},\
			"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":5}
			""";

	private final FailureClassifier classifier = new ChatFailureClassifier(Clock.systemUTC(), Set.of());

	private static Reply ollama(boolean stream) {
		return Reply.raw(200, stream ? "application/x-ndjson" : "application/json", ANSWER);
	}

	private ChatModel withOllama(String chain, String... more) {
		String[] properties = new String[more.length + 3];
		System.arraycopy(more, 0, properties, 0, more.length);
		properties[more.length] = "resilience.llm.targets.o.bean=tinyModel";
		properties[more.length + 1] = "resilience.llm.chains.default=" + chain;
		properties[more.length + 2] = "test.ollama=" + this.fallback.baseUrl().replace("/v1", "");
		return model(Ollama.class, properties);
	}

	@Test
	void optionsReachAProviderWithAnotherOptionsClass() {
		this.primary.always(Reply.status(401));
		this.fallback.always(ollama(false));
		ChatResponse answer = withOllama("a,o", "resilience.llm.targets.o.options.top-p=0.4").call(new Prompt("hi",
				ChatOptions.builder().temperature(0.3).maxTokens(99).model("model-of-the-prompt").build()));
		assertThat(text(answer)).isEqualTo("I am Ollama");
		assertThat(answer.getMetadata().<String>get(AnswerMetadata.TARGET)).isEqualTo("o");
		assertThat(this.fallback.requests().get(0).body()).contains("\"model\":\"tiny\"", "\"temperature\":0.3",
				"\"num_predict\":99", "\"top_p\":0.4");
	}

	@Test
	void aStreamFallsBackToAnotherProvider() {
		this.primary.always(Reply.status(503));
		this.fallback.always(ollama(true));
		assertThat(streamed(withOllama("a,o"))).isEqualTo("I am Ollama");
	}

	@ParameterizedTest
	@CsvSource({ "500, 2", "429, 2", "401, 1", "404, 1" })
	void itsFailuresAreClassifiedByTheirStatus(int status, int attempts) {
		this.fallback.always(Reply.raw(status, "application/json", "{\"error\":\"no\"}"));
		ChatModel model = withOllama("o,a");
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the primary");
		assertThat(this.fallback.requestCount()).isEqualTo(attempts);
		assertThat(streamed(model)).isEqualTo("I am the primary");
		assertThat(this.fallback.requestCount()).isEqualTo(2 * attempts);
	}

	@Test
	void aBeanThatCannotBeCancelledIsLeftBehindInTime() {
		this.fallback.always(Reply.hang());
		ChatModel model = withOllama("o,a", "resilience.llm.timeout=300ms");
		long start = System.nanoTime();
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the primary");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
		assertThat(this.fallback.requestCount()).isEqualTo(1);
	}

	@Test
	void aBeanThatRetriesByItselfIsNamedWithTheMend(CapturedOutput output) {
		withOllama("a,o", "test.retries=4");
		assertThat(output).contains("The chat model 'tinyModel' makes up to 4 retries of its own",
				"spring.ai.retry.max-attempts=0");
	}

	@Test
	void aBeanThatDoesNotIsNotMentioned(CapturedOutput output) {
		withOllama("a,o");
		assertThat(output).doesNotContain("retries of its own");
	}

	@Test
	void springAisOwnExceptionsAreReadByTheirStatus() {
		assertThat(kind(new TransientAiException("HTTP 503 - busy"))).isEqualTo(FailureKind.TRANSIENT);
		assertThat(kind(new TransientAiException("something"))).isEqualTo(FailureKind.TRANSIENT);
		assertThat(kind(new NonTransientAiException("HTTP 429 - slow down"))).isEqualTo(FailureKind.TRANSIENT);
		assertThat(kind(new NonTransientAiException("HTTP 401 - no"))).isEqualTo(FailureKind.TARGET);
		assertThat(kind(new NonTransientAiException("400 - bad"))).isEqualTo(FailureKind.CALLER);
		assertThat(kind(new NonTransientAiException("HTTP 400 - maximum context length is 8")))
			.isEqualTo(FailureKind.TARGET);
		Failure without = this.classifier.classify(new NonTransientAiException("something"));
		assertThat(without.kind()).isEqualTo(FailureKind.TARGET);
		assertThat(without.countsForBreaker()).isFalse();
		assertThat(without.message()).doesNotContain("something");
	}

	@Test
	void httpClientsExceptionsTellStatusBodyAndRetryAfter() {
		HttpHeaders headers = new HttpHeaders();
		headers.set("Retry-After", "7");
		Failure rest = this.classifier.classify(new IllegalStateException(HttpClientErrorException
			.create(HttpStatus.TOO_MANY_REQUESTS, "slow down", headers, new byte[0], StandardCharsets.UTF_8)));
		assertThat(rest.kind()).isEqualTo(FailureKind.TRANSIENT);
		assertThat(rest.retryAfter()).isEqualTo(Duration.ofSeconds(7));
		Failure web = this.classifier.classify(WebClientResponseException.create(400, "bad", headers,
				"{\"error\":\"context_length_exceeded\"}".getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
		assertThat(web.kind()).isEqualTo(FailureKind.TARGET);
		assertThat(kind(new ResourceAccessException("I/O", new IOException("reset")))).isEqualTo(FailureKind.TRANSIENT);
	}

	@ParameterizedTest
	@CsvSource({ "overloaded_error, TRANSIENT, 500", "rate_limit_error, TRANSIENT, 429", "api_error, TRANSIENT, 0",
			"authentication_error, TARGET, 401", "not_found_error, TARGET, 404" })
	void anErrorEventInAnthropicsStreamIsReadByItsType(String type, FailureKind kind, int status) {
		Failure failure = this.classifier.classify(SseException.builder()
			.statusCode(200)
			.headers(Headers.builder().build())
			.body(JsonValue.from(Map.of("type", "error", "error", Map.of("type", type, "message", "try again"))))
			.build());
		assertThat(failure.kind()).isEqualTo(kind);
		assertThat(failure.status()).isEqualTo(status);
	}

	@Test
	void aDelayInGooglesErrorDetailsIsARetryAfter() {
		String details = "[{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"7.5s\"}]";
		Failure sdk = this.classifier.classify(new RuntimeException("Failed to generate content",
				new ClientException(429, "Too Many Requests", "quota\nDetails: " + details)));
		assertThat(sdk.status()).isEqualTo(429);
		assertThat(sdk.retryAfter()).isEqualTo(Duration.ofMillis(7500));
		Failure rest = this.classifier.classify(HttpClientErrorException.create(HttpStatus.TOO_MANY_REQUESTS, "",
				new HttpHeaders(), ("{\"error\":{\"details\":" + details + "}}").getBytes(StandardCharsets.UTF_8),
				StandardCharsets.UTF_8));
		assertThat(rest.retryAfter()).isEqualTo(Duration.ofMillis(7500));
		this.primary.always(Reply.raw(429, "application/json",
				"{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"details\":" + details + "}}"));
		ChatModel model = model();
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		assertThat(this.primary.requestCount()).isEqualTo(1);
	}

	@Test
	void anUnknownSdksExceptionIsReadByItsStatusMethod() {
		Failure failure = this.classifier.classify(new SomeSdkException(429));
		assertThat(failure.kind()).isEqualTo(FailureKind.TRANSIENT);
		assertThat(failure.retryAfter()).isEqualTo(Duration.ofSeconds(3));
		assertThat(kind(new SomeSdkException(422))).isEqualTo(FailureKind.CALLER);
		assertThat(kind(new SomeSdkException(0))).isEqualTo(FailureKind.TRANSIENT);
	}

	@Test
	void anApplicationExtendsTheClassifier() {
		this.primary.always(Reply.status(418));
		ChatModel model = model(OwnClassifier.class);
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		assertThat(this.primary.requestCount()).isEqualTo(2);
		this.primary.always(Reply.status(401));
		model.call(new Prompt("hi"));
		assertThat(this.primary.requestCount()).isEqualTo(3);
	}

	private FailureKind kind(Throwable thrown) {
		return this.classifier.classify(thrown).kind();
	}

	/** As the SDKs of Anthropic and others have it. */
	public static class SomeSdkException extends RuntimeException {

		private final int status;

		SomeSdkException(int status) {
			this.status = status;
		}

		public int statusCode() {
			return this.status;
		}

		public SomeHeaders headers() {
			return new SomeHeaders();
		}

	}

	public static class SomeHeaders {

		public java.util.List<String> values(String name) {
			return name.equals("retry-after") ? java.util.List.of("3") : java.util.List.of();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Ollama {

		@Bean
		OllamaChatModel tinyModel(Environment environment) {
			int retries = environment.getProperty("test.retries", Integer.class, 0);
			return OllamaChatModel.builder()
				.ollamaApi(OllamaApi.builder()
					.baseUrl(URI.create(environment.getRequiredProperty("test.ollama")).toString())
					.restClientBuilder(RestClient.builder().requestFactory(new JdkClientHttpRequestFactory()))
					.responseErrorHandler(RetryUtils.DEFAULT_RESPONSE_ERROR_HANDLER)
					.build())
				.options(OllamaChatOptions.builder().model("tiny").build())
				.retryTemplate(new RetryTemplate(RetryPolicy.withMaxRetries(retries)))
				.build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class OwnClassifier {

		@Bean
		FailureClassifier llmFailureClassifier(ChatFailureClassifier standard) {
			return (thrown) -> {
				Failure failure = standard.classify(thrown);
				return (failure.status() == 418) ? Failure.ofTransient(418, "teapot", failure.cause()) : failure;
			};
		}

	}

}
