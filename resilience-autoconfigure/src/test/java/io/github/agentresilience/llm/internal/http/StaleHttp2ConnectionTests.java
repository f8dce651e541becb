package io.github.agentresilience.llm.internal.http;

import java.util.stream.Stream;

import io.github.agentresilience.support.Http2Server;
import io.github.agentresilience.support.RawServer.Behaviour;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an HTTP/2 server says that it has not worked on, by going away, refusing a stream
 * or closing, is sent again unseen; what it has begun to answer is not.
 */
class StaleHttp2ConnectionTests extends StaleConnectionFixture {

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

}
