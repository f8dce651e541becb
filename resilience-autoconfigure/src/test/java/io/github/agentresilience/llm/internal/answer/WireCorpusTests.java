package io.github.agentresilience.llm.internal.answer;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.llm.internal.model.AnswerMetadata;
import io.github.agentresilience.llm.internal.model.ChatAnswers;
import io.github.agentresilience.support.RawServer;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.WireSample;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.Usage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * What servers really send, byte by byte, and what comes of it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class WireCorpusTests {

	/** Here the two bytes that end a line end none of the file. */
	private static final Pattern MACRO = Pattern.compile("\\$(says|ends)\\(([^)]*)\\)|\\$(chunk|whole|done)|␍␊");

	private static final List<WireSample> SAMPLES = WireSample.all("/wire/llm", MACRO, WireCorpusTests::meaning);

	private static volatile Failure failure;

	private final RawServer server = new RawServer();

	private ConfigurableApplicationContext context;

	private ChatModel model;

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		ChainListener failures() {
			return (call) -> new CallObserver() {
				@Override
				public void attemptEnded(Attempt attempt) {
					failure = attempt.failure();
				}
			};
		}

	}

	@BeforeAll
	void start() {
		this.context = TestApplication.start(WebApplicationType.NONE, Application.class,
				List.of("resilience.llm.targets.a.base-url=" + this.server.baseUrl(),
						"resilience.llm.targets.a.api-key=k", "resilience.llm.targets.a.model=asked-model",
						"resilience.llm.chains.default=a", "resilience.llm.retry.max-attempts=1",
						"resilience.llm.timeout=20s", "resilience.llm.deadline=25s",
						"resilience.llm.first-token-timeout=20s", "resilience.llm.stream-idle-timeout=20s",
						"resilience.llm.breaker.window=100000", "resilience.llm.breaker.minimum-calls=100000"));
		this.model = this.context.getBean(ChatModel.class);
	}

	@AfterAll
	void stop() {
		this.context.close();
		this.server.close();
	}

	private static String meaning(MatchResult found) {
		String chunk = "\"id\":\"c-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m-1\"";
		if (found.group(1) != null) {
			boolean says = found.group(1).equals("says");
			return "data: {" + chunk + ",\"choices\":[{\"index\":0,\"delta\":"
					+ (says ? "{\"content\":\"" + found.group(2) + "\"}" : "{}") + ",\"finish_reason\":"
					+ (says ? "null" : "\"" + found.group(2) + "\"") + "}]}\n";
		}
		return switch (found.group()) {
			case "$chunk" -> chunk;
			case "$whole" -> chunk.replace("chat.completion.chunk", "chat.completion");
			case "$done" -> "data: [DONE]\n";
			default -> "\r\n";
		};
	}

	private static boolean isFor(String way, WireSample sample) {
		String ask = sample.one("ask", "both");
		return ask.equals(way) || ask.equals("both");
	}

	static Stream<Arguments> rows() {
		return SAMPLES.stream()
			.flatMap((sample) -> Stream.of("call", "stream")
				.filter((way) -> isFor(way, sample))
				.map((way) -> arguments(way, sample)));
	}

	@Test
	void thereAreMany() {
		assertThat(SAMPLES).hasSizeGreaterThanOrEqualTo(120);
		Set<String> names = new HashSet<>();
		assertThat(SAMPLES).allSatisfy((sample) -> {
			assertThat(sample.one("source", "")).as(sample.toString()).isNotBlank();
			assertThat(names.add(sample.toString())).as(sample.toString()).isTrue();
		});
	}

	@ParameterizedTest(name = "{0}, {1}")
	@MethodSource("rows")
	void whatAServerSends(String way, WireSample sample) {
		this.server.does((connection) -> {
			if (connection.request() != null) {
				answer(sample, connection);
			}
		});
		failure = null;
		Answer answer = way.equals("stream") ? stream() : call();
		if (sample.fields().containsKey("fails")) {
			assertThat(answer.thrown).as("%s", answer).isNotNull();
			List<String> expected = List.of(sample.one("fails", "").split(" "));
			assertThat(failure).isNotNull();
			List<String> said = new ArrayList<>(List.of(failure.kind().id(), String.valueOf(failure.status())));
			if (failure.reason() != null) {
				said.add(failure.reason());
			}
			assertThat(said).as("%s", failure).containsAll(expected);
			assertThat(answer.thrown).isNotInstanceOf(IllegalStateException.class);
		}
		else {
			if (answer.thrown != null) {
				throw new AssertionError(sample + ": " + failure, answer.thrown);
			}
			assertThat(failure).isNull();
		}
		assertThat(answer.text.toString()).isEqualTo(sample.one("text", "").replace("\\n", "\n"));
		assertThat(answer.tools).isEqualTo(sample.every("tool"));
		sample.every("finish").forEach((finish) -> assertThat(answer.finish).isEqualTo(finish));
		assertThat(answer.word).isEqualTo(sample.one("word", null));
		sample.every("usage").forEach((usage) -> assertThat(answer.usage).isEqualTo(usage));
		sample.every("model").forEach((name) -> assertThat(answer.model).isEqualTo(name));
		sample.every("reasoning").forEach((reasoning) -> assertThat(answer.reasoning).isEqualTo(reasoning));
	}

	private static void answer(WireSample sample, RawServer.Connection connection) throws IOException {
		int head = sample.headLength();
		byte[] body = Arrays.copyOfRange(sample.bytes(), head, sample.bytes().length);
		String start = new String(sample.bytes(), 0, head, StandardCharsets.ISO_8859_1);
		boolean chunked = start.contains("Transfer-Encoding: chunked");
		connection.send(start.replace("Content-Length: all", "Content-Length: " + body.length));
		if (sample.one("packets", "").equals("bytes")) {
			for (byte each : body) {
				connection.send(new byte[] { each });
			}
		}
		else if (chunked) {
			connection.send(Integer.toHexString(body.length) + "\r\n");
			connection.send(body);
			connection.send("\r\n");
		}
		else {
			connection.send(body);
		}
		switch (sample.one("then", "close")) {
			case "end" -> connection.send("0\r\n\r\n");
			case "open" -> connection.in().read();
			case "pings" -> goOn(connection, ": ping\n\n");
			case "flood" -> goOn(connection, "more and more\n".repeat(1000));
			default -> {
			}
		}
	}

	/** Sends until the client has had enough. */
	private static void goOn(RawServer.Connection connection, String what) throws IOException {
		connection.socket().setSoTimeout(20);
		while (true) {
			connection.send(what);
			try {
				if (connection.in().read() < 0) {
					return;
				}
			}
			catch (SocketTimeoutException ex) {
				continue;
			}
		}
	}

	private Answer call() {
		Answer answer = new Answer();
		try {
			answer.add(this.model.call(new Prompt("hi")));
		}
		catch (RuntimeException ex) {
			answer.thrown = ex;
		}
		return answer;
	}

	private Answer stream() {
		Answer answer = new Answer();
		try {
			this.model.stream(new Prompt("hi")).doOnNext(answer::add).blockLast(Duration.ofSeconds(30));
		}
		catch (RuntimeException ex) {
			answer.thrown = ex;
		}
		return answer;
	}

	/** What a user gets. */
	private static final class Answer {

		private final StringBuilder text = new StringBuilder();

		private final List<String> tools = new ArrayList<>();

		private String finish;

		private String word;

		private String usage;

		private String model;

		private String reasoning;

		private RuntimeException thrown;

		void add(ChatResponse chunk) {
			chunk.getResults().forEach((generation) -> {
				AssistantMessage message = generation.getOutput();
				this.text.append((message.getText() != null) ? message.getText() : "");
				message.getToolCalls().forEach((call) -> {
					JsonMapper.shared().readTree(call.arguments());
					assertThat(call.id()).isNotBlank();
					this.tools.add(call.name() + " " + call.arguments());
				});
				this.reasoning = String.valueOf(message.getMetadata().get("reasoningContent"));
			});
			String reason = ChatAnswers.finishReason(chunk);
			this.finish = (reason != null) ? reason : this.finish;
			String providers = chunk.getMetadata().get(AnswerMetadata.FINISH_REASON);
			this.word = (providers != null) ? providers : this.word;
			Usage used = chunk.getMetadata().getUsage();
			if (used != null && used.getTotalTokens() > 0) {
				this.usage = used.getPromptTokens() + " " + used.getCompletionTokens() + " " + used.getTotalTokens();
			}
			this.model = chunk.getMetadata().getModel();
		}

		@Override
		public String toString() {
			return this.text + " " + this.tools + " " + this.finish;
		}

	}

}
