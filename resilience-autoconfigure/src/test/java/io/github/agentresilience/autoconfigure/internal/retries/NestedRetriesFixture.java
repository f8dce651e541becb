package io.github.agentresilience.autoconfigure.internal.retries;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import io.github.agentresilience.support.NativeDialect;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

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
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * The models that Spring AI's starters for Anthropic, Ollama and Google make, over real
 * HTTP.
 */
@ExtendWith(OutputCaptureExtension.class)
@Timeout(120)
abstract class NestedRetriesFixture {

	static final String RETRIES = "retries of its own";

	final ScriptedProvider provider = new ScriptedProvider();

	final ScriptedProvider fallback = new ScriptedProvider().always(Reply.text("I am the fallback"));

	ConfigurableApplicationContext context;

	@AfterEach
	void close() {
		if (this.context != null) {
			this.context.close();
		}
		this.provider.close();
		this.fallback.close();
	}

	static String ask(ChatModel model, boolean streaming) {
		Stream<ChatResponse> chunks = streaming ? model.stream(new Prompt("hi")).toStream()
				: Stream.of(model.call(new Prompt("hi")));
		StringBuilder text = new StringBuilder();
		chunks.filter((chunk) -> chunk.getResult() != null && chunk.getResult().getOutput().getText() != null)
			.forEach((chunk) -> text.append(chunk.getResult().getOutput().getText()));
		return text.toString();
	}

	ChatModel targets(Class<?> configuration, NativeDialect dialect, String... more) {
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

	ChatModel single(Class<?> configuration, NativeDialect dialect, String... more) {
		return start(configuration,
				Stream.of(dialect.properties(this.provider), List.of(dialect.selection()), Arrays.asList(more))
					.flatMap(List::stream)
					.toArray(String[]::new));
	}

	ChatModel start(Class<?> configuration, String... properties) {
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

}
