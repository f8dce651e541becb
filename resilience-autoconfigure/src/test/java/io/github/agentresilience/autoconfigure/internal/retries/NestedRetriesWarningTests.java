package io.github.agentresilience.autoconfigure.internal.retries;

import java.time.Duration;
import java.util.List;

import com.google.genai.Client;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.HttpRetryOptions;
import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import org.apache.hc.client5.http.HttpRequestRetryStrategy;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mockito.Mockito;
import software.amazon.awssdk.services.bedrockruntime.StubBedrockRuntimeClient;

import org.springframework.ai.anthropic.AnthropicChatModel;
import org.springframework.ai.anthropic.AnthropicChatOptions;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.google.genai.GoogleGenAiChatModel;
import org.springframework.ai.google.genai.GoogleGenAiChatOptions;
import org.springframework.ai.ollama.OllamaChatModel;
import org.springframework.ai.ollama.api.OllamaApi;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.GeneratedFiles;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.core.retry.RetryTemplate;
import org.springframework.http.client.HttpComponentsClientHttpRequestFactory;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.javapoet.ClassName;
import org.springframework.util.backoff.BackOff;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Models that the application makes, and those that other auto-configurations make in the
 * way of Spring AI's.
 */
@ExtendWith(OutputCaptureExtension.class)
class NestedRetriesWarningTests {

	private static final RetryTemplate NEVER = new RetryTemplate(RetryPolicy.withMaxRetries(0));

	private final DefaultListableBeanFactory beans = new DefaultListableBeanFactory();

	private final UnprotectedParts unprotected = new UnprotectedParts();

	@BeforeEach
	void report() {
		this.beans.registerSingleton("unprotected", this.unprotected);
	}

	@Test
	void aModelThatRetriesIsNamedWithWhatEndsIt(CapturedOutput output) {
		warn("openAi", openAi(3));
		assertThat(output).contains("'openAi' makes up to 3 retries", "OpenAiChatOptions.builder().maxRetries(0)");
		warn("claude", anthropic(2));
		assertThat(output).contains("'claude' makes up to 2 retries", "AnthropicChatOptions.builder().maxRetries(0)");
		warn("gemini", gemini(HttpOptions.builder().build()));
		assertThat(output).contains("'gemini' makes up to 4 retries", "HttpRetryOptions.builder().attempts(1)");
		warn("ollama", ollama(
				new RetryTemplate(RetryPolicy.builder().maxRetries(5).delay(Duration.ofMillis(1)).build()), jdk()));
		assertThat(output).contains("'ollama' makes up to 5 retries", "RetryPolicy.withMaxRetries(0)");
		warn("apache", ollama(NEVER, RestClient.builder()));
		assertThat(output).contains("'apache' makes up to 1 retries", "disableAutomaticRetries()");
		warn("bedrock", new Bedrock(new StubBedrockRuntimeClient(4)));
		assertThat(output).contains("'bedrock' makes up to 3 retries", "aws.maxAttempts=1");
	}

	@Test
	void oneThatDoesNotIsNot(CapturedOutput output) {
		warn("openAi", openAi(0));
		warn("claude", anthropic(0));
		warn("gemini",
				gemini(HttpOptions.builder().retryOptions(HttpRetryOptions.builder().attempts(1).build()).build()));
		warn("ollama", ollama(NEVER, jdk()));
		warn("apache",
				ollama(NEVER,
						RestClient.builder()
							.requestFactory(new HttpComponentsClientHttpRequestFactory(
									HttpClients.custom().disableAutomaticRetries().build()))));
		warn("bedrock", new Bedrock(new StubBedrockRuntimeClient(1)));
		warn("mock", Mockito.mock(ChatModel.class));
		warn("lambda", (prompt) -> new ChatResponse(List.of()));
		assertThat(output).doesNotContain("retries of its own");
		assertThat(this.unprotected.reasons()).isEmpty();
	}

	@Test
	void oneThatDoesNotTellIsReported(CapturedOutput output) {
		HttpRequestRetryStrategy own = Mockito.mock();
		warn("apache", ollama(NEVER, RestClient.builder()
			.requestFactory(
					new HttpComponentsClientHttpRequestFactory(HttpClients.custom().setRetryStrategy(own).build()))));
		warn("template", new RetryingModel(new RetryTemplate(new RetryPolicy() {

			@Override
			public boolean shouldRetry(Throwable throwable) {
				return true;
			}

			@Override
			public BackOff getBackOff() {
				throw new IllegalStateException("as another version");
			}

		})));
		warn("bedrock", new Bedrock(new StubBedrockRuntimeClient(null)));
		assertThat(this.unprotected.reasons()).containsOnlyKeys("apache", "template", "bedrock")
			.hasEntrySatisfying("apache",
					(reason) -> assertThat(reason).contains("cannot be read",
							"Apache's HTTP client may retry by itself", "disableAutomaticRetries()"))
			.hasEntrySatisfying("template", (reason) -> assertThat(reason).contains("RetryPolicy.withMaxRetries(0)"))
			.hasEntrySatisfying("bedrock", (reason) -> assertThat(reason).contains("the AWS SDK", "aws.maxAttempts=1"));
		assertThat(output).doesNotContain("retries of its own");
	}

	@Test
	void oneBehindADecoratorOrAProxyIsFoundAndNamedByItsBean(CapturedOutput output) {
		ChatModel claude = anthropic(2);
		this.beans.registerSingleton("claude", claude);
		warn("logging", new Logging(claude));
		ProxyFactory proxy = new ProxyFactory(openAi(3));
		warn("proxied", (ChatModel) proxy.getProxy());
		ChatModel captured = anthropic(1);
		warn("lambda", captured::call);
		assertThat(output).contains("'claude' makes up to 2", "'proxied' makes up to 3", "'lambda' makes up to 1")
			.doesNotContain("'logging'");
	}

	@Test
	void aModelOfAnyAutoConfigurationGetsATemplateOfItsOwn() {
		try (AnnotationConfigApplicationContext context = context()) {
			context.refresh();
			RetryTemplate shared = context.getBean(RetryTemplate.class);
			assertThat(RetryingParts.in(context.getBean("mistralModel"))).isEmpty();
			assertThat(RetryingParts.in(context.getBean("dashModel"))).isEmpty();
			assertThat(RetryingParts.in(context.getBean("otherModel"))).hasSize(1);
			assertThat(RetryingParts.in(shared)).extracting(RetryingParts.Part::retries).containsExactly(7);
		}
	}

	@Test
	void whatIsTurnedOffCanBeProcessedAheadOfTime() {
		try (AnnotationConfigApplicationContext context = context()) {
			InMemoryGeneratedFiles files = new InMemoryGeneratedFiles();
			DefaultGenerationContext generation = new DefaultGenerationContext(
					new ClassNameGenerator(ClassName.get(NestedRetriesWarningTests.class)), files);
			new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
			generation.writeGeneratedContent();
			assertThat(files.getGeneratedFiles(GeneratedFiles.Kind.SOURCE).keySet())
				.anySatisfy((name) -> assertThat(content(files, name)).contains("NoRetryTemplate"))
				.anySatisfy((name) -> assertThat(content(files, name)).contains("OnceOnlyRestClients"));
		}
	}

	private static String content(InMemoryGeneratedFiles files, String name) {
		try {
			return files.getGeneratedFileContent(GeneratedFiles.Kind.SOURCE, name);
		}
		catch (java.io.IOException ex) {
			throw new java.io.UncheckedIOException(ex);
		}
	}

	private static AnnotationConfigApplicationContext context() {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.register(Templates.class, Models.class);
		context.addBeanFactoryPostProcessor((beans) -> {
			NestedRetriesOff nestedRetries = new NestedRetriesOff(beans, context.getEnvironment());
			nestedRetries.of("mistralModel");
			nestedRetries.of("dashModel");
			nestedRetries.of("noSuchModel");
		});
		return context;
	}

	private void warn(String name, ChatModel model) {
		NestedRetries.warn(name, model, this.beans);
	}

	private static ChatModel openAi(int retries) {
		return OpenAiChatModel.builder()
			.options(OpenAiChatOptions.builder()
				.baseUrl("http://127.0.0.1:1/v1")
				.apiKey("sk-x")
				.model("m")
				.maxRetries(retries)
				.build())
			.build();
	}

	private static ChatModel anthropic(int retries) {
		return AnthropicChatModel.builder()
			.options(AnthropicChatOptions.builder()
				.baseUrl("http://127.0.0.1:1")
				.apiKey("sk-x")
				.model("m")
				.maxRetries(retries)
				.build())
			.build();
	}

	private static ChatModel gemini(HttpOptions options) {
		return GoogleGenAiChatModel.builder()
			.genAiClient(Client.builder().apiKey("AIza").httpOptions(options).build())
			.options(GoogleGenAiChatOptions.builder().model("m").build())
			.retryTemplate(NEVER)
			.build();
	}

	private static ChatModel ollama(RetryTemplate template, RestClient.Builder http) {
		return OllamaChatModel.builder()
			.ollamaApi(OllamaApi.builder().restClientBuilder(http).build())
			.retryTemplate(template)
			.build();
	}

	private static RestClient.Builder jdk() {
		return RestClient.builder().requestFactory(new JdkClientHttpRequestFactory());
	}

	private record Logging(ChatModel model) implements ChatModel {

		@Override
		public ChatResponse call(Prompt prompt) {
			return this.model.call(prompt);
		}

	}

	private record Bedrock(StubBedrockRuntimeClient client) implements ChatModel {

		@Override
		public ChatResponse call(Prompt prompt) {
			throw new UnsupportedOperationException();
		}

	}

	static final class RetryingModel implements ChatModel {

		private final RetryTemplate template;

		RetryingModel(RetryTemplate template) {
			this.template = template;
		}

		@Override
		public ChatResponse call(Prompt prompt) {
			throw new UnsupportedOperationException();
		}

	}

	@AutoConfiguration
	static class Templates {

		@Bean
		RetryTemplate retryTemplate() {
			return new RetryTemplate(RetryPolicy.builder().maxRetries(7).delay(Duration.ofMillis(1)).build());
		}

	}

	@AutoConfiguration
	static class Models {

		@Bean
		RetryingModel mistralModel(ObjectProvider<RestClient.Builder> http, ObjectProvider<RetryTemplate> template) {
			http.getIfAvailable(RestClient::builder);
			return new RetryingModel(template.getIfUnique(RetryTemplate::new));
		}

		@Bean
		RetryingModel dashModel(RetryTemplate template) {
			return new RetryingModel(template);
		}

		@Bean
		RetryingModel otherModel(ObjectProvider<RetryTemplate> template) {
			return new RetryingModel(template.getIfUnique(RetryTemplate::new));
		}

	}

}
