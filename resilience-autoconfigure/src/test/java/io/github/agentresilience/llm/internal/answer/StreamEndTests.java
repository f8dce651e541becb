package io.github.agentresilience.llm.internal.answer;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.support.RawServer;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * What becomes of the connection when an answer is over, and what a target counts as that
 * never ends one.
 */
@Timeout(60)
class StreamEndTests {

	private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

	private static final String ANSWER = "data: {\"choices\":[{\"delta\":{\"content\":\"I am the primary\"}}]}\n\n"
			+ "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

	private final RawServer primary = new RawServer();

	private final ScriptedProvider fallback = new ScriptedProvider().always(Reply.text("I am the fallback"));

	private ConfigurableApplicationContext context;

	@AfterEach
	void close() {
		this.context.close();
		this.primary.close();
		this.fallback.close();
	}

	private ChatModel model(String... properties) {
		this.context = TestApplication.run(List.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(),
				"resilience.llm.targets.a.model=model-a",
				"resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
				"resilience.llm.targets.b.model=model-b", "resilience.llm.chains.default=a,b",
				"resilience.llm.retry.max-attempts=1"), properties);
		return this.context.getBean(ChatModel.class);
	}

	private static String streamed(ChatModel model) {
		return model.stream(new Prompt("hi"))
			.map((chunk) -> (chunk.getResult() != null && chunk.getResult().getOutput().getText() != null)
					? chunk.getResult().getOutput().getText() : "")
			.collect(Collectors.joining())
			.block(Duration.ofSeconds(30));
	}

	/** Sends until the client has gone. */
	private static void goOn(RawServer.Connection connection, String what) throws IOException {
		connection.socket().setSoTimeout(30);
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

	@Test
	void aConnectionThatStaysOpenBehindTheEndIsClosedByUs() {
		AtomicInteger open = new AtomicInteger();
		this.primary.does((connection) -> {
			open.incrementAndGet();
			try {
				connection.request();
				connection.send(HEAD + ANSWER);
				if (connection.number() % 2 == 0) {
					goOn(connection, ": ping\n\n");
				}
				else {
					connection.in().read();
				}
			}
			finally {
				open.decrementAndGet();
			}
		});
		ChatModel model = model();
		for (int i = 0; i < 10; i++) {
			assertThat(streamed(model)).isEqualTo("I am the primary");
		}
		assertThat(this.fallback.requestCount()).isZero();
		await().atMost(Duration.ofSeconds(30)).until(() -> open.get() == 0);
	}

	@Test
	void aConnectionWhoseBodyEndsIsUsedAgain() {
		this.primary.does(RawServer.Connection::serve);
		ChatModel model = model();
		for (int i = 0; i < 5; i++) {
			assertThat(streamed(model)).isEqualTo("Here I am");
		}
		assertThat(this.primary.connections()).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "data: {\"type\":\"ping\"}\n\n", "event: ping\ndata: {}\n\n", "data: keep-alive\n\n",
			"data:\n\n", ": ping\n\n", "data: {\"choices\":[]}\n\n" })
	void whatSaysNothingIsNoProgress(String ping) {
		this.primary.does((connection) -> {
			connection.request();
			connection.send(HEAD);
			goOn(connection, ping);
		});
		assertThat(
				streamed(model("resilience.llm.first-token-timeout=500ms", "resilience.llm.stream-idle-timeout=500ms")))
			.isEqualTo("I am the fallback");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aToolCallThatCannotBeReadIsAnsweredByTheNextTarget(boolean stream) {
		brokenToolCalls();
		ChatClient.ChatClientRequestSpec asked = ChatClient.create(model())
			.prompt("What time is it?")
			.tools(new Clock());
		String answer = stream ? String.join("", asked.stream().content().collectList().block(Duration.ofSeconds(30)))
				: asked.call().content();
		assertThat(answer).isEqualTo("I am the fallback");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aToolCallThatCannotBeReadIsATargetsFailureWhereThereIsNoOtherTarget(boolean stream) {
		brokenToolCalls();
		ChatClient.ChatClientRequestSpec asked = ChatClient.create(model("resilience.llm.chains.default=a"))
			.prompt("What time is it?")
			.tools(new Clock());
		assertThatThrownBy(() -> {
			if (stream) {
				asked.stream().content().blockLast(Duration.ofSeconds(30));
			}
			else {
				asked.call().content();
			}
		}).isInstanceOfSatisfying(ChainExhaustedException.class,
				(thrown) -> assertThat(thrown.attempts()).singleElement().satisfies((attempt) -> {
					assertThat(attempt.kind()).isEqualTo(FailureKind.TARGET);
					assertThat(attempt.reason()).isEqualTo("bad-generation");
				}));
	}

	private void brokenToolCalls() {
		this.primary.does((connection) -> {
			connection.request();
			connection.send(HEAD
					+ "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"id\":\"c\",\"function\":{\"name\":\"now\","
					+ "\"arguments\":\"{\\\"zone\\\":\\\"CE\"}}]},\"finish_reason\":\"length\"}]}\n\ndata: [DONE]\n\n");
		});
	}

	static class Clock {

		@Tool(description = "the time")
		String now(String zone) {
			return "late";
		}

	}

}
