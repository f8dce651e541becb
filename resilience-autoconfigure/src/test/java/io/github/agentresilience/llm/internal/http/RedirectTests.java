package io.github.agentresilience.llm.internal.http;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.llm.internal.model.LlmFixture;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.scorecard.internal.ScorecardSnapshot.TargetSnapshot;
import io.github.agentresilience.support.RawServer;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestCertificate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.http.okhttp.OpenAiHttpClientBuilderCustomizer;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Redirects are followed as plain Spring AI follows them, at the cost of no attempt, and
 * no key goes to another host.
 */
@ExtendWith(OutputCaptureExtension.class)
class RedirectTests extends LlmFixture {

	private static final String PATH = "/elsewhere/chat/completions";

	private static final String[] SECRETS = { "resilience.llm.chains.default=a",
			"resilience.llm.targets.a.headers.api-key=" + KEY, "resilience.llm.targets.a.headers.X-Api-Key=" + KEY,
			"resilience.llm.targets.a.headers.X-Team=agents" };

	private static Reply redirect(int status, String location) {
		return Reply.raw(status, "text/plain", "moved").header("Location", location);
	}

	private String url(ScriptedProvider provider) {
		return provider.baseUrl().replace("/v1", PATH);
	}

	private String ask(ChatModel model, boolean stream) {
		return stream ? streamed(model) : text(model.call(new Prompt("hi")));
	}

	private TargetSnapshot score() {
		return this.context.getBean(Scorecard.class).snapshot().layers().get(Layer.LLM).targets().get("a");
	}

	@ParameterizedTest
	@CsvSource({ "307,false", "308,false", "307,true", "308,true" })
	void onTheSameHostAllGoesAlong(int status, boolean stream) {
		ChatModel model = model(SECRETS);
		this.primary.then(redirect(status, PATH)).then(redirect(status, url(this.primary) + "?x=1"));
		assertThat(ask(model, stream)).isEqualTo("I am the primary");
		assertThat(this.primary.requests()).extracting(ScriptedProvider.Request::path)
			.containsExactly("/v1/chat/completions", PATH, PATH + "?x=1");
		assertThat(this.primary.requests()).allSatisfy((request) -> {
			assertThat(request.method()).isEqualTo("POST");
			assertThat(request.body()).contains("\"hi\"");
			assertThat(request.headers()).containsEntry("authorization", "Bearer " + KEY)
				.containsEntry("api-key", KEY)
				.containsEntry("x-api-key", KEY)
				.containsEntry("x-team", "agents")
				.doesNotContainKey("x-resilience-attempt");
		});
		assertThat(score().attempts()).isEqualTo(1);
		assertThat(score().failed()).isZero();
	}

	@ParameterizedTest
	@CsvSource({ "307,false", "308,false", "307,true", "302,false" })
	void anotherPortIsAnotherHostWhichGetsNoKey(int status, boolean stream, CapturedOutput output) {
		ChatModel model = model(SECRETS);
		this.primary.always(redirect(status, url(this.fallback) + "?token=private"));
		assertThat(ask(model, stream && status != 302)).isEqualTo("I am the fallback");
		assertCarriesNoSecret(this.fallback.requests());
		assertThat(this.fallback.requests().get(0).body())
			.isEqualTo((status == 302) ? "" : this.primary.requests().get(0).body());
		assertThat(score().attempts()).isEqualTo(1);
		ask(model, false);
		assertThat(output.getOut()).containsOnlyOnce("resilience.llm.targets.a.base-url")
			.doesNotContain("private", KEY);
	}

	private static void assertCarriesNoSecret(List<ScriptedProvider.Request> requests) {
		assertThat(requests).isNotEmpty().allSatisfy((request) -> {
			assertThat(request.headers().values()).noneMatch((value) -> value.contains(KEY));
			assertThat(request.headers()).doesNotContainKeys("authorization", "api-key", "x-api-key", "x-team",
					"x-resilience-attempt");
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://localhost:%d" + PATH, "//localhost:%d" + PATH, "HTTP://LOCALHOST:%d" + PATH })
	void anotherNameOfTheSameMachineIsAnotherHost(String location) {
		ChatModel model = model(SECRETS);
		int port = URI.create(this.primary.baseUrl()).getPort();
		this.primary.then(redirect(307, location.formatted(port)));
		assertThat(ask(model, false)).isEqualTo("I am the primary");
		assertCarriesNoSecret(this.primary.requests().subList(1, 2));
	}

	@Test
	void aKeyThatWasLeftBehindIsNotTakenUpAgainOnTheWayBack() {
		ChatModel model = model(SECRETS);
		this.primary.then(redirect(307, url(this.fallback)));
		this.fallback.then(redirect(308, url(this.primary)));
		assertThat(ask(model, false)).isEqualTo("I am the primary");
		assertCarriesNoSecret(this.primary.requests().subList(1, 2));
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aLoopEnds(boolean stream) {
		ChatModel model = model("resilience.llm.retry.max-attempts=1");
		this.primary.always(redirect(307, PATH));
		assertThat(ask(model, stream)).isEqualTo("I am the fallback");
		assertThat(this.primary.requestCount()).isEqualTo(21);
		assertThat(score().attempts()).isEqualTo(1);
	}

	@Test
	void aRedirectSpendsTheTimeOfItsAttempt() {
		ChatModel model = model("resilience.llm.timeout=600ms", "resilience.llm.first-token-timeout=600ms",
				"resilience.llm.retry.max-attempts=1");
		this.primary
			.by((number) -> (number % 2 == 0) ? redirect(307, PATH).delay(Duration.ofMillis(100)) : Reply.hang());
		long start = System.nanoTime();
		assertThat(ask(model, false)).isEqualTo("I am the fallback");
		assertThat(ask(model, true)).isEqualTo("I am the fallback");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
		assertThat(this.primary.requestCount()).isEqualTo(4);
		Awaitility.await().until(() -> this.primary.abandoned() == 2);
	}

	@Test
	void whatAnotherHostSaysIsRedactedToo() {
		ChatModel model = model("resilience.llm.chains.default=a", "resilience.llm.retry.max-attempts=1");
		String prompt = "a prompt that must not be printed at all";
		this.primary.always(redirect(307, url(this.fallback)));
		this.fallback.always(Reply.error(401, "auth", "invalid_api_key", "Incorrect key " + KEY + " for " + prompt));
		assertThat(catchThrowable(() -> model.call(new Prompt(prompt)))).isInstanceOf(ChainExhaustedException.class)
			.satisfies((thrown) -> {
				for (Throwable at = thrown; at != null; at = at.getCause()) {
					assertThat(at.toString()).doesNotContain(KEY, prompt);
				}
			});
	}

	@Test
	void fromEncryptedToUnencryptedNothingGoes() throws Exception {
		Trusting.certificate = new TestCertificate();
		try (RawServer secure = new RawServer(Trusting.certificate.tls(), "http/1.1")) {
			secure.does((connection) -> {
				while (connection.request() != null) {
					connection
						.send("HTTP/1.1 307 Moved\r\nLocation: " + url(this.primary) + "\r\nContent-Length: 0\r\n\r\n");
				}
			});
			ChatModel model = model(Trusting.class, "resilience.llm.targets.a.base-url=" + secure.baseUrl());
			assertThat(ask(model, false)).isEqualTo("I am the fallback");
			assertThat(this.primary.requests()).isEmpty();
		}
	}

	/**
	 * Plain Spring AI is asked as well, so that this stays true whatever its client does.
	 */
	@ParameterizedTest
	@ValueSource(ints = { 300, 301, 302, 303, 307, 308 })
	void methodAndBodyAreThoseThatPlainSpringAiSends(int status) {
		ChatModel model = model("resilience.llm.chains.default=a", "resilience.llm.retry.max-attempts=1");
		ChatModel plain = OpenAiChatModel.builder()
			.options(OpenAiChatOptions.builder()
				.baseUrl(this.primary.baseUrl())
				.apiKey(KEY)
				.model("model-a")
				.maxRetries(0)
				.build())
			.build();
		List<String> ours = seen(model, redirect(status, PATH));
		assertThat(ours).isEqualTo(seen(plain, redirect(status, PATH)));
		assertThat(seen(model, Reply.raw(status, "text/plain", "moved")))
			.isEqualTo(seen(plain, Reply.raw(status, "text/plain", "moved")))
			.hasSize(1);
		assertThat(seen(model, redirect(status, "ftp://127.0.0.1/")))
			.isEqualTo(seen(plain, redirect(status, "ftp://127.0.0.1/")))
			.hasSize(1);
	}

	private List<String> seen(ChatModel model, Reply first) {
		this.primary.requests().clear();
		this.primary.then(first);
		ChatResponse answer = null;
		try {
			answer = model.call(new Prompt("hi"));
		}
		catch (RuntimeException ex) {
			// Not followed
		}
		String end = (answer != null) ? text(answer) : "failed";
		return Stream
			.concat(this.primary.requests()
				.stream()
				.map((request) -> request.method() + " " + request.path() + " " + request.body()
						+ request.headers().get("content-type") + request.headers().get("authorization")),
					Stream.of(end).filter((text) -> this.primary.requestCount() > 1))
			.toList();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Trusting {

		private static TestCertificate certificate;

		@Bean
		OpenAiHttpClientBuilderCustomizer trusting() {
			return (builder) -> builder.sslSocketFactory(certificate.tls().getSocketFactory())
				.trustManager(certificate.trust());
		}

	}

}
