package io.github.agentresilience.llm.internal.http;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.time.SystemTime;
import io.github.agentresilience.llm.internal.model.LlmFixture;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.scorecard.internal.ScorecardSnapshot.TargetSnapshot;
import io.github.agentresilience.support.Http2Server;
import io.github.agentresilience.support.RawServer;
import io.github.agentresilience.support.RawServer.Behaviour;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TestCertificate;
import io.github.agentresilience.support.WhatHangs;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.http.okhttp.OpenAiHttpClientBuilderCustomizer;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Kept connections that the server closes: a request that it has done nothing with is
 * sent over another one, unseen by attempts, breaker and scorecard; a request that it may
 * have worked on is not.
 */
@Timeout(60)
class StaleConnectionTests {

	private static final int CALLS = 12;

	private static final int AT_ONCE = 16;

	private static TestCertificate certificate;

	private static RawServer plain;

	private static RawServer tls;

	private static RawServer http2;

	private static ConfigurableApplicationContext context;

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

	private static RawServer server(String name) {
		return switch (name) {
			case "tls" -> tls;
			case "http2" -> http2;
			default -> plain;
		};
	}

	private static ChatModel model(String name) {
		return context.getBean(name + "ChatModel", ChatModel.class);
	}

	private static TargetSnapshot score(String target) {
		return context.getBean(Scorecard.class).snapshot().layers().get(Layer.LLM).targets().get(target);
	}

	private static String ask(ChatModel model, boolean stream) {
		if (!stream) {
			return model.call(new Prompt("hi")).getResult().getOutput().getText();
		}
		StringBuilder text = new StringBuilder();
		model.stream(new Prompt("hi")).toIterable().forEach((chunk) -> text.append(LlmFixture.chunkText(chunk)));
		return text.toString();
	}

	private static RawServer.Behaviour afterEachAnswer(Behaviour then) {
		return (connection) -> {
			if (connection.answer(connection.request())) {
				then.serve(connection);
			}
		};
	}

	private static void untilTheClientCloses(RawServer.Connection connection) throws IOException {
		connection.in().transferTo(OutputStream.nullOutputStream());
	}

	static Stream<Arguments> closings() {
		List<Named<Behaviour>> closings = List.of(Named.of("closes", afterEachAnswer((connection) -> {
		})), Named.of("closes when the next request begins to come",
				afterEachAnswer((connection) -> connection.in().read())),
				Named.of("closes when the next request has come", afterEachAnswer(RawServer.Connection::request)),
				Named.of("resets", afterEachAnswer((connection) -> {
					// A reset takes away what has not been read
					connection.idle(20);
					connection.reset();
				})), Named.of("resets when the next request has come", afterEachAnswer((connection) -> {
					connection.request();
					connection.reset();
				})), Named.of("closes after some silence", afterEachAnswer((connection) -> connection.idle(20))),
				Named.of("closes its own direction only", afterEachAnswer((connection) -> {
					connection.socket().shutdownOutput();
					untilTheClientCloses(connection);
				})));
		return closings.stream()
			.flatMap((closing) -> Stream.of("plain", "tls")
				.flatMap((server) -> Stream.of(false, true).map((stream) -> Arguments.of(server, stream, closing))));
	}

	@ParameterizedTest(name = "{0}, stream {1}: {2}")
	@MethodSource("closings")
	void aConnectionThatTheServerClosedIsReplacedUnseen(String server, boolean stream, Behaviour closing)
			throws Exception {
		server(server).does(closing);
		for (int i = 0; i < CALLS; i++) {
			assertThat(ask(model(server), stream)).isEqualTo("Here I am");
			// Until the close, or what else comes unasked, is here
			TimeUnit.MILLISECONDS.sleep(i % 3 * 10);
		}
		assertNothingShows(server, CALLS);
	}

	@Test
	void asManyConnectionsAreKeptAsCallsRunAtOnce() throws Exception {
		CyclicBarrier together = new CyclicBarrier(AT_ONCE);
		plain.does((connection) -> {
			try {
				do {
					ScriptedProvider.Request request = connection.request();
					if (request == null) {
						return;
					}
					together.await(30, TimeUnit.SECONDS);
					connection.answer(request);
				}
				while (true);
			}
			catch (InterruptedException | BrokenBarrierException | TimeoutException ex) {
				throw new IllegalStateException(ex);
			}
		});
		ExecutorService callers = Executors.newFixedThreadPool(AT_ONCE);
		try {
			for (int round = 0; round < 3; round++) {
				Callable<String> call = () -> ask(model("plain"), false);
				for (Future<String> answer : callers.invokeAll(Collections.nCopies(AT_ONCE, call))) {
					assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo("Here I am");
				}
			}
		}
		finally {
			callers.shutdownNow();
		}
		assertThat(plain.connections()).isEqualTo(AT_ONCE);
	}

	@Test
	void a408ThatAnswersNoRequestIsNotTakenForTheAnswerToTheNext() throws Exception {
		Semaphore said = new Semaphore(0);
		plain.does(afterEachAnswer((connection) -> {
			connection.idle(20);
			connection.send("HTTP/1.1 408 Request Time-out\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
			connection.socket().shutdownOutput();
			said.release();
			untilTheClientCloses(connection);
		}));
		for (int i = 0; i < CALLS; i++) {
			assertThat(ask(model("plain"), false)).isEqualTo("Here I am");
			assertThat(said.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
		}
		assertNothingShows("plain", CALLS);
	}

	private static void assertNothingShows(String server, int calls) {
		assertThat(server(server).answered()).isEqualTo(calls);
		assertThat(score(server).attempts()).isEqualTo(calls);
		assertThat(score(server).failed()).isZero();
		assertThat(context.getBean(Scorecard.class).snapshot().overall().failed()).isZero();
	}

	@Test
	void manyStaleConnectionsAtOnceAreAllReplaced() throws Exception {
		int atOnce = 5;
		for (int round = 0; round < 2; round++) {
			CountDownLatch all = new CountDownLatch(atOnce);
			plain.does((connection) -> {
				ScriptedProvider.Request request = connection.request();
				all.countDown();
				try {
					all.await(10, TimeUnit.SECONDS);
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
				connection.answer(request);
				connection.request();
			});
			inParallel(atOnce);
			assertThat(score("plain").failed()).isZero();
			assertThat(plain.connections()).isEqualTo(atOnce);
		}
		assertNothingShows("plain", atOnce);
	}

	private static void inParallel(int calls) throws Exception {
		context.getBean(Scorecard.class).reset();
		ExecutorService threads = Executors.newFixedThreadPool(calls);
		List<Future<String>> answers = new ArrayList<>();
		for (int i = 0; i < calls; i++) {
			answers.add(threads.submit(() -> ask(model("plain"), false)));
		}
		for (Future<String> answer : answers) {
			assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo("Here I am");
		}
		threads.shutdown();
	}

	static Stream<Arguments> beginnings() {
		List<Named<Behaviour>> beginnings = List.of(begun("in the status line", "HTTP/1.1 2"),
				begun("after one byte", "H"), begun("after the status line", "HTTP/1.1 200 OK\r\n"),
				begun("after a header", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"),
				begun("in a header", "HTTP/1.1 200 OK\r\nContent-"),
				begun("in the body",
						"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"),
				Named.of("after headers, with a reset", afterEachAnswer((connection) -> {
					connection.request();
					connection.send("HTTP/1.1 200 OK\r\nContent-");
					connection.idle(50);
					connection.reset();
				})));
		return beginnings.stream()
			.flatMap((beginning) -> Stream.of("plain", "tls").map((server) -> Arguments.of(server, beginning)));
	}

	private static Named<Behaviour> begun(String name, String beginning) {
		return Named.of(name, afterEachAnswer((connection) -> {
			connection.request();
			connection.send(beginning);
		}));
	}

	@ParameterizedTest(name = "{0}: {1}")
	@MethodSource("beginnings")
	void whatTheServerHasBegunToAnswerIsARetryOfTheChain(String server, Behaviour closing) {
		server(server).does(closing);
		ask(model(server), false);
		assertThat(score(server).lastFailure()).isNull();
		ask(model(server), false);
		assertThat(server(server).requests()).hasSize(3);
		assertThat(score(server).attempts()).isEqualTo(3);
		assertThat(score(server).failed()).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "plain", "tls" })
	void aStatusIsNeverRepeatedBelowTheChain(String server) {
		server(server).does((connection) -> {
			while (connection.request() != null) {
				connection.send((server(server).requests().size() % 2 == 1)
						? "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"
						: "HTTP/1.1 503 Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n");
			}
		});
		assertThatExceptionOfType(ChainExhaustedException.class).isThrownBy(() -> ask(model(server), false));
		assertThat(server(server).requests()).hasSize(2);
		assertThat(score(server).failed()).isEqualTo(2);
	}

	@ParameterizedTest
	@ValueSource(strings = { "plain", "tls", "http2" })
	void aFreshConnectionThatIsClosedIsAFailureOfTheTarget(String server) {
		server(server).does((connection) -> {
			if (server.equals("http2")) {
				new Http2Server(connection).request();
			}
			else {
				connection.request();
			}
		});
		WhatHangs hanging = new WhatHangs(Duration.ofSeconds(10));
		try (hanging) {
			assertThatExceptionOfType(ChainExhaustedException.class).isThrownBy(() -> ask(model(server), false));
		}
		assertThat(server(server).requests()).as(hanging::toString).hasSize(2);
		assertThat(score(server).failed()).isEqualTo(2);
	}

	@Test
	void aBodyCanBeReadAgainUntilItsRequestIsAboutToBeSent() {
		RequestBody body = StaleConnections.guarded(RequestBody.create("{}", null));
		Request request = new Request.Builder().url("http://localhost/").post(body).build();
		assertThat(body.isOneShot()).isFalse();
		assertThat(StaleConnections.guarded(request)).isSameAs(request);
		assertThat(body.isOneShot()).isTrue();
	}

	static Stream<Named<Behaviour>> refusals() {
		return Stream.of(Named.of("goes away after each answer", (connection) -> {
			Http2Server server = new Http2Server(connection);
			int stream = server.request();
			server.answer(stream);
			server.goAway(stream);
		}), Named.of("goes away when the next request has come", (connection) -> {
			Http2Server server = new Http2Server(connection);
			int stream = server.request();
			server.answer(stream);
			server.request();
			server.goAway(stream);
			untilTheClientCloses(connection);
		}), Named.of("refuses each first stream of a connection", (connection) -> {
			Http2Server server = new Http2Server(connection);
			server.refuse(server.request());
			while (true) {
				server.answer(server.request());
			}
		}), Named.of("refuses each second stream", (connection) -> {
			Http2Server server = new Http2Server(connection);
			while (true) {
				server.answer(server.request());
				server.refuse(server.request());
			}
		}), Named.of("closes when the next request has come", (connection) -> {
			Http2Server server = new Http2Server(connection);
			server.answer(server.request());
			server.request();
		}));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("refusals")
	void whatHttp2RefusesIsSentAgainUnseen(Behaviour refusing) {
		http2.does(refusing);
		for (int i = 0; i < CALLS; i++) {
			assertThat(ask(model("http2"), false)).isEqualTo("Here I am");
		}
		assertNothingShows("http2", CALLS);
	}

	@Test
	void whatHttp2HasBegunToAnswerIsARetryOfTheChain() {
		http2.does((connection) -> {
			Http2Server server = new Http2Server(connection);
			server.answer(server.request());
			server.begin(server.request());
			// Headers and an end at once could reach the client as an end alone
			connection.idle(50);
		});
		ask(model("http2"), false);
		ask(model("http2"), false);
		assertThat(http2.requests()).hasSize(3);
		assertThat(score("http2").failed()).isEqualTo(1);
	}

	/**
	 * On the used connection nothing came back for longer than a closed one takes to
	 * refuse.
	 */
	@Test
	void whatWasWorkedOnForSomeTimeIsNotSentAgain() throws Exception {
		OkHttpClient client = new OkHttpClient.Builder().socketFactory(new CountedSockets())
			.addNetworkInterceptor(new StaleConnections(new SystemTime(), Duration.ofMillis(100)))
			.build();
		Request request = new Request.Builder().url(plain.baseUrl())
			.post(RequestBody.create("{}", MediaType.get("application/json")))
			.build();
		for (int pause : new int[] { 1, 500 }) {
			plain.does(afterEachAnswer((connection) -> {
				connection.request();
				connection.idle(pause);
			}));
			try (Response first = client.newCall(StaleConnections.guarded(request)).execute()) {
				first.body().string();
			}
			if (pause == 1) {
				client.newCall(StaleConnections.guarded(request)).execute().close();
				assertThat(plain.requests()).hasSize(3);
			}
			else {
				assertThatIOException().isThrownBy(() -> client.newCall(StaleConnections.guarded(request)).execute());
				assertThat(plain.requests()).hasSize(2);
			}
		}
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
