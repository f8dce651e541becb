package io.github.agentresilience.llm.internal.http;

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
import io.github.agentresilience.chain.internal.time.SystemTime;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.support.Http2Server;
import io.github.agentresilience.support.RawServer;
import io.github.agentresilience.support.RawServer.Behaviour;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.WhatHangs;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Kept connections that the server closes: a request that it has done nothing with is
 * sent over another one, unseen by attempts, breaker and scorecard; a request that it may
 * have worked on is not.
 */
class StaleConnectionTests extends StaleConnectionFixture {

	private static final int AT_ONCE = 16;

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

}
