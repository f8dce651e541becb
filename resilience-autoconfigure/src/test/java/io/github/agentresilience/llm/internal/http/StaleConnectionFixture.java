package io.github.agentresilience.llm.internal.http;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.llm.internal.model.LlmFixture;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.scorecard.internal.ScorecardSnapshot.TargetSnapshot;
import io.github.agentresilience.support.RawServer;
import io.github.agentresilience.support.RawServer.Behaviour;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TestCertificate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.http.okhttp.OpenAiHttpClientBuilderCustomizer;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application with a target over each of plain HTTP, TLS and HTTP/2, and servers that
 * end kept connections as a test says.
 */
@Timeout(60)
abstract class StaleConnectionFixture {

	static final int CALLS = 12;

	static TestCertificate certificate;

	static RawServer plain;

	static RawServer tls;

	static RawServer http2;

	static ConfigurableApplicationContext context;

	@BeforeAll
	static void start() throws Exception {
		certificate = new TestCertificate();
		plain = new RawServer();
		tls = new RawServer(certificate.tls(), "http/1.1");
		http2 = new RawServer(certificate.tls(), "h2");
		List<String> properties = new ArrayList<>(
				List.of("resilience.llm.chains.default=plain", "resilience.llm.retry.initial-backoff=1ms",
						"resilience.llm.retry.max-attempts=2", "resilience.llm.retry.budget=1",
						// What hangs is over before the test's own time is
						"resilience.llm.timeout=15s"));
		Stream.of("plain", "tls", "http2").forEach((name) -> {
			properties.add("resilience.llm.chains." + name + "=" + name);
			properties.add("resilience.llm.targets." + name + ".base-url=" + server(name).baseUrl());
			properties.add("resilience.llm.targets." + name + ".model=m");
		});
		context = TestApplication.start(WebApplicationType.NONE, Trusting.class, properties);
	}

	@AfterAll
	static void stop() {
		Stream.of(context, plain, tls, http2).forEach((each) -> {
			try (AutoCloseable closing = each) {
				// Closed
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		});
	}

	@BeforeEach
	void forget() {
		context.getBean(Scorecard.class).reset();
		context.getBean(ChainRegistry.class)
			.targets(Layer.LLM)
			.forEach((target) -> ((GuardedTarget<?, ?>) target).breaker().reset());
	}

	static RawServer server(String name) {
		return switch (name) {
			case "tls" -> tls;
			case "http2" -> http2;
			default -> plain;
		};
	}

	static ChatModel model(String name) {
		return context.getBean(name + "ChatModel", ChatModel.class);
	}

	static TargetSnapshot score(String target) {
		return context.getBean(Scorecard.class).snapshot().layers().get(Layer.LLM).targets().get(target);
	}

	static String ask(ChatModel model, boolean stream) {
		if (!stream) {
			return model.call(new Prompt("hi")).getResult().getOutput().getText();
		}
		StringBuilder text = new StringBuilder();
		model.stream(new Prompt("hi")).toIterable().forEach((chunk) -> text.append(LlmFixture.chunkText(chunk)));
		return text.toString();
	}

	static RawServer.Behaviour afterEachAnswer(Behaviour then) {
		return (connection) -> {
			if (connection.answer(connection.request())) {
				then.serve(connection);
			}
		};
	}

	static void untilTheClientCloses(RawServer.Connection connection) throws IOException {
		connection.in().transferTo(OutputStream.nullOutputStream());
	}

	static void assertNothingShows(String server, int calls) {
		assertThat(server(server).answered()).isEqualTo(calls);
		assertThat(score(server).attempts()).isEqualTo(calls);
		assertThat(score(server).failed()).isZero();
		assertThat(context.getBean(Scorecard.class).snapshot().overall().failed()).isZero();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Trusting {

		@Bean
		OpenAiHttpClientBuilderCustomizer trusting() {
			return (builder) -> builder.sslSocketFactory(certificate.tls().getSocketFactory())
				.trustManager(certificate.trust());
		}

	}

}
