package io.github.agentresilience.llm.internal.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import io.github.agentresilience.support.NativeDialect;
import io.github.agentresilience.support.RawServer;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.NullSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.anthropic.autoconfigure.AnthropicChatAutoConfiguration;
import org.springframework.ai.model.google.genai.autoconfigure.chat.GoogleGenAiChatAutoConfiguration;
import org.springframework.ai.model.ollama.autoconfigure.OllamaApiAutoConfiguration;
import org.springframework.ai.model.ollama.autoconfigure.OllamaChatAutoConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Models that are beans of Spring AI's, whose provider sends the headers of an answer at
 * once and then nothing. What their clients do when the answer is given up differs, and
 * some wait for its next byte.
 */
@Timeout(120)
class SilentStreamTests {

	/** A fail-over takes less, and the silence lasts longer. */
	private static final Duration SOON = Duration.ofSeconds(10);

	private final RawServer provider = new RawServer();

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
	@NullSource
	@EnumSource
	void theNextTargetAnswers(NativeDialect dialect) {
		this.provider.does((connection) -> {
			connection.request();
			connection.send("HTTP/1.1 200 OK\r\nContent-Type: "
					+ ((dialect == NativeDialect.OLLAMA) ? "application/x-ndjson" : "text/event-stream")
					+ "\r\nTransfer-Encoding: chunked\r\n\r\n");
			connection.idle(Duration.ofMinutes(1).toMillis());
		});
		List<String> properties = new ArrayList<>((dialect != null) ? dialect.properties(this.provider.baseUrl())
				: List.of("spring.ai.openai.base-url=" + this.provider.baseUrl()));
		properties.addAll(List.of("spring.ai.openai.api-key=sk-test",
				(dialect != null) ? dialect.selection() : "spring.ai.model.chat=openai",
				"resilience.llm.targets.a.bean=" + ((dialect != null) ? dialect.bean() : "openAiChatModel"),
				"resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(), "resilience.llm.targets.b.model=b",
				"resilience.llm.chains.default=a,b", "resilience.llm.retry.max-attempts=1",
				"resilience.llm.breaker.window=1000", "resilience.llm.breaker.minimum-calls=1000",
				"resilience.llm.timeout=300ms", "resilience.llm.first-token-timeout=300ms"));
		this.context = TestApplication.start(WebApplicationType.NONE, Starters.class, properties);
		ChatModel model = this.context.getBean(ChatModel.class);
		// The first is not yet reading its answer when its time is over
		for (boolean streaming : new boolean[] { true, true, false }) {
			answered(model, streaming);
		}
		// On a busy machine an attempt may be over before its request is sent
		Awaitility.await().until(() -> {
			if (this.provider.requests().size() >= 2) {
				return true;
			}
			answered(model, true);
			return false;
		});
	}

	private static void answered(ChatModel model, boolean streaming) {
		long start = System.nanoTime();
		Stream<ChatResponse> answer = streaming ? model.stream(new Prompt("hi")).toStream()
				: Stream.of(model.call(new Prompt("hi")));
		assertThat(answer.filter((chunk) -> chunk.getResult() != null)
			.map((chunk) -> String.valueOf(chunk.getResult().getOutput().getText()))
			.reduce("", String::concat)).contains("I am the fallback");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).as("stream %s", streaming).isLessThan(SOON);
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	@ImportAutoConfiguration({ AnthropicChatAutoConfiguration.class, GoogleGenAiChatAutoConfiguration.class,
			OllamaApiAutoConfiguration.class, OllamaChatAutoConfiguration.class })
	static class Starters {

	}

}
