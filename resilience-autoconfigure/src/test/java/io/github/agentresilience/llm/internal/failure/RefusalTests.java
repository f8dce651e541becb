package io.github.agentresilience.llm.internal.failure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.retry.NonTransientAiException;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * What refusals are taken for, in the words of those who refuse, over HTTP.
 */
@Timeout(60)
class RefusalTests {

	private static final AtomicReference<Failure> LAST = new AtomicReference<>();

	private static final AtomicReference<String> QUOTING = new AtomicReference<>("");

	private static ScriptedProvider provider;

	private static ConfigurableApplicationContext context;

	private record Refusal(int status, String kind, String reason, String who, String body) {

		boolean isEvent() {
			return this.body.startsWith("data:");
		}

		Reply reply() {
			if (isEvent()) {
				return Reply.raw(this.status, "text/event-stream", this.body + "\n\n");
			}
			boolean json = this.body.startsWith("{") || this.body.startsWith("[");
			String type = json ? "application/json" : this.body.startsWith("<") ? "text/html" : "text/plain";
			return Reply.raw(this.status, this.who.contains("binary") ? "application/octet-stream" : type, this.body);
		}

		@Override
		public String toString() {
			return this.status + " " + this.who + ": " + this.reason;
		}

	}

	static List<Refusal> refusals() throws IOException {
		List<Refusal> refusals = new ArrayList<>();
		try (InputStream data = RefusalTests.class.getResourceAsStream("/refusals/refusals.txt")) {
			List<String> lines = new String(data.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
			for (int i = 0; i < lines.size(); i++) {
				if (lines.get(i).startsWith("= ")) {
					String[] row = lines.get(i).substring(2).split(" \\| ");
					String[] expected = row[0].split(" ");
					refusals.add(new Refusal(Integer.parseInt(expected[0]), expected[1], expected[2], row[1],
							lines.get(i + 1)));
				}
			}
		}
		return refusals;
	}

	static Stream<Refusal> refusalsOfCalls() throws IOException {
		return refusals().stream().filter((refusal) -> !refusal.isEvent());
	}

	@BeforeAll
	static void start() {
		provider = new ScriptedProvider();
		context = TestApplication.start(WebApplicationType.NONE, Recording.class,
				List.of("resilience.llm.targets.a.base-url=" + provider.baseUrl(), "resilience.llm.targets.a.model=m",
						"resilience.llm.targets.q.bean=quoting", "resilience.llm.chains.default=a",
						"resilience.llm.chains.bean=q", "resilience.llm.retry.max-attempts=1",
						"resilience.llm.breaker.window=5000", "resilience.llm.breaker.minimum-calls=5000"));
	}

	@AfterAll
	static void stop() {
		context.close();
		provider.close();
	}

	private static Failure failure(String model, Reply reply, String prompt, boolean stream) {
		ChatModel asked = model.equals("default") ? context.getBean(ChatModel.class)
				: context.getBean(model, ChatModel.class);
		provider.always(reply);
		LAST.set(null);
		Throwable thrown = catchThrowable(() -> {
			if (stream) {
				asked.stream(new Prompt(prompt)).blockLast();
			}
			else {
				asked.call(new Prompt(prompt));
			}
		});
		assertThat(thrown).isNotNull();
		assertThat(LAST.get()).isNotNull();
		return LAST.get();
	}

	private static void expect(Refusal refusal, Failure failure) {
		String kind = failure.unclear() ? "unclear" : switch (failure.kind()) {
			case CALLER -> "caller";
			case TARGET -> failure.countsForBreaker() ? "target!" : "target";
			case TRANSIENT -> "transient";
			default -> String.valueOf(failure.kind());
		};
		assertThat(kind + " " + failure.reason())
			.isEqualTo(refusal.kind + " " + (refusal.reason.equals("-") ? null : refusal.reason));
	}

	@ParameterizedTest
	@MethodSource("refusalsOfCalls")
	void ofACall(Refusal refusal) {
		expect(refusal, failure("default", refusal.reply(), "hi", false));
	}

	@ParameterizedTest
	@MethodSource("refusals")
	void ofAStream(Refusal refusal) {
		expect(refusal, failure("default", refusal.reply(), "hi", true));
	}

	static Stream<String> promptsThatSpeakOfErrors() {
		return Stream.of("API key not valid",
				"Please explain \"API key not valid. Please pass a valid API key.\" to me",
				"First line\nmaximum context length of this model\nthird line",
				"{\"error\":{\"code\":\"invalid_api_key\"}}",
				"Was bedeutet \u00fcberhaupt 'Unsupported parameter: this model does not support tools'?",
				"\u8bf7\u89e3\u91ca: 余额不足或无可用资源包,请充值 \u662f\u4ec0\u4e48\u610f\u601d");
	}

	@ParameterizedTest
	@MethodSource("promptsThatSpeakOfErrors")
	void aPromptThatIsQuotedDecidesNothing(String prompt) {
		String json = new String(JsonStringEncoder.getInstance().quoteAsString(prompt));
		StringBuilder ascii = new StringBuilder();
		json.chars().forEach((c) -> ascii.append(c < 128 ? String.valueOf((char) c) : "\\u%04x".formatted(c)));
		String twice = new String(JsonStringEncoder.getInstance().quoteAsString("{\"input\":\"" + json + "\"}"));
		for (String body : List
			.of("{\"error\":{\"message\":\"I will not answer: " + json + "\"}}",
					"{\"error\":{\"message\":\"I will not answer: " + ascii + "\"}}",
					"[{\"error\":{\"message\":\"I will not answer\",\"asked\":\"" + json + "\"}}]",
					"{\"detail\":[{\"msg\":\"no\",\"loc\":[\"body\"],\"input\":\"" + json + "\",\"ctx\":{\"was\":\""
							+ json + "\"}}]}",
					"{\"error\":{\"message\":\"" + twice + "\"}}", "I will not answer: " + prompt)) {
			for (boolean stream : new boolean[] { false, true }) {
				Failure failure = failure("default", Reply.raw(400, "application/json; charset=utf-8", body), prompt,
						stream);
				assertThat(failure.unclear()).as(body).isTrue();
				assertThat(failure.reason()).as(body).isNull();
			}
		}
		Failure inside = failure("default",
				Reply.raw(200, "application/json", "{\"error\":{\"message\":\"cannot do " + json + "\"}}"), prompt,
				false);
		assertThat(inside.kind()).isEqualTo(FailureKind.TRANSIENT);
	}

	@ParameterizedTest
	@MethodSource("promptsThatSpeakOfErrors")
	void norDoesItWhereTheWireIsNotOurs(String prompt) {
		QUOTING.set("HTTP 400 - {\"error\":{\"message\":\"cannot answer %s\"}}");
		for (boolean stream : new boolean[] { false, true }) {
			assertThat(failure("beanChatModel", Reply.status(500), prompt, stream).unclear()).isTrue();
		}
		QUOTING.set("HTTP 400 - {\"error\":{\"message\":\"%s: maximum context length exceeded\"}}");
		assertThat(failure("beanChatModel", Reply.status(500), "Tell me something", false).reason())
			.isEqualTo("context-length");
	}

	@Test
	void whatAProviderSaysBesidesTheQuotationDecides() {
		String prompt = "Is \"context length\" the same as \"max tokens\"?";
		Failure failure = failure("default", Reply.error(400, "invalid_request_error", "invalid_api_key",
				"You asked: " + prompt.replace("\"", "\\\"")), prompt, false);
		assertThat(failure.reason()).isEqualTo("credentials");
	}

	@ParameterizedTest
	@ValueSource(strings = { "ISO-8859-1", "UTF-16", "GBK" })
	void aBodyInAnotherCharsetIsRead(String charset) {
		Reply reply = Reply
			.raw(400, "application/json; charset=" + charset, "{\"error\":{\"message\":\"Your API key is invalid\"}}")
			.charset(charset);
		assertThat(failure("default", reply, "hi", false).reason()).isEqualTo("credentials");
		assertThat(failure("default", reply, "hi", true).reason()).isEqualTo("credentials");
	}

	@Test
	void whatARefusalSaysReachesTheCaller() {
		assertThat(failure("default", Reply.raw(400, "text/plain", "No such thing"), "hi", false).cause())
			.hasMessage("400: No such thing");
		assertThat(
				failure("default", Reply.raw(400, "application/json", "[{\"error\":{\"message\":\"No such thing\"}}]"),
						"hi", false)
					.cause())
			.hasMessage("400: No such thing");
		assertThat(failure("default",
				Reply.raw(422, "application/json", "{\"error\":\"No\",\"detail\":\"such thing\"}"), "hi", true)
			.cause()).hasMessage("422: No: such thing");
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Recording {

		@Bean
		FailureClassifier llmFailureClassifier(ChatFailureClassifier standard) {
			return (thrown) -> {
				Failure failure = standard.classify(thrown);
				LAST.set(failure);
				return failure;
			};
		}

		@Bean
		ChatModel quoting() {
			return new ChatModel() {

				@Override
				public ChatResponse call(Prompt prompt) {
					throw new NonTransientAiException(QUOTING.get().formatted(prompt.getContents()));
				}

				@Override
				public Flux<ChatResponse> stream(Prompt prompt) {
					return Flux.error(() -> new NonTransientAiException(QUOTING.get().formatted(prompt.getContents())));
				}

			};
		}

	}

}
