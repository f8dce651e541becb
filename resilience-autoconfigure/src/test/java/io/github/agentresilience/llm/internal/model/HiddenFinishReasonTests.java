package io.github.agentresilience.llm.internal.model;

import java.util.List;

import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Streams of Spring AI's own OpenAI model, which cannot tell a finish reason that is none
 * of OpenAI's from one that is missing.
 */
@Timeout(60)
class HiddenFinishReasonTests {

	private static final String CHUNK = """
			data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,\
			"delta":{"content":"%s"},"finish_reason":%s}]}

			""";

	private static final String USAGE = """
			data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],\
			"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}

			""";

	private static final String DONE = "data: [DONE]\n\n";

	private static final ScriptedProvider provider = new ScriptedProvider();

	private static ConfigurableApplicationContext context;

	private static ChatClient client;

	@BeforeAll
	static void start() {
		context = TestApplication.run(List.of("spring.ai.openai.base-url=" + provider.baseUrl(),
				"spring.ai.openai.api-key=k", "spring.ai.openai.chat.model=m", "resilience.llm.retry.max-attempts=1",
				"resilience.llm.breaker.minimum-calls=1000", "resilience.llm.breaker.window=1000"));
		client = context.getBean(ChatClient.Builder.class).build();
	}

	@AfterAll
	static void stop() {
		context.close();
		provider.close();
	}

	private static List<String> read(String... events) {
		provider.always(Reply.raw(200, "text/event-stream", String.join("", events)));
		return client.prompt("hi").stream().content().collectList().block();
	}

	private static String chunk(String text, String finishReason) {
		return CHUNK.formatted(text, finishReason);
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"eos_token\"", "\"stop_sequence\"", "\"end_turn\"", "\"\"", "\"stop\"" })
	void aStreamWhoseUsageHasComeIsWholeWhateverItsFinishReason(String finishReason) {
		assertThat(read(chunk("a", "null"), chunk("b", finishReason), USAGE, DONE)).containsExactly("a", "b");
		assertThat(read(chunk("a", "null"), chunk("b", finishReason), USAGE)).containsExactly("a", "b");
	}

	@ParameterizedTest
	@CsvSource({ "true, false", "false, true", "false, false" })
	void aStreamThatBreaksBeforeItIsWholeIsInterrupted(boolean usageFirst, boolean usageAmid) {
		assertThatExceptionOfType(StreamInterruptedException.class).isThrownBy(
				() -> read(usageFirst ? USAGE : "", chunk("a", "null"), usageAmid ? USAGE : "", chunk("b", "null")));
	}

}
