package io.github.agentresilience.mcp.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpTransportSessionNotFoundException;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Errors that the SDK itself creates, whichever version of it is there, and others that
 * only look like them.
 */
class SdkErrorsTests {

	private static final CallToolRequest CALL = CallToolRequest.builder("search").arguments(Map.of()).build();

	private final McpFailureClassifier classifier = new McpFailureClassifier();

	@Test
	void aRequestInFlightWhenItsSessionIsClosedHasLostItsSession() {
		Scripted transport = new Scripted("{\"tools\":{}}");
		McpAsyncClient client = McpClient.async(transport).build();
		client.initialize().block();
		List<Throwable> failures = new ArrayList<>();
		client.callTool(CALL).subscribe((answer) -> {
		}, failures::add);
		client.close();
		assertThat(failures).hasSize(1).allMatch(McpFailureClassifier::isSessionLost);
		assertThat(this.classifier.classify(failures.get(0)).status()).isEqualTo(404);
	}

	@Test
	void theSameWordsFromElsewhereSayNothingOfASession() {
		for (Throwable other : List.of(new RuntimeException("MCP session with server terminated"),
				new IllegalStateException("MCP session with server terminated"))) {
			assertThat(McpFailureClassifier.isSessionLost(new RuntimeException(other))).isFalse();
		}
	}

	@Test
	void whatAServerDoesNotOfferIsTheTargetsAndDoesNotCount() {
		try (McpSyncClient client = McpClient.sync(new Scripted("{}")).build()) {
			List<Runnable> refused = List.of(() -> client.callTool(CALL), client::listTools, client::listResources,
					client::listResourceTemplates, () -> client.setLoggingLevel(McpSchema.LoggingLevel.INFO));
			for (Runnable each : refused) {
				Failure failure = this.classifier.classify(catchThrowable(each::run));
				assertThat(failure.kind()).isEqualTo(FailureKind.TARGET);
				assertThat(failure.countsForBreaker()).isFalse();
			}
		}
	}

	@Test
	void theSameWordsFromElsewhereAreAnUnknownFailure() {
		for (String words : List.of("Server does not provide tools capability", "Server went away",
				"Server's Logging capabilities are not enabled!")) {
			Failure failure = this.classifier.classify(new RuntimeException(new IllegalStateException(words)));
			assertThat(failure.kind()).isEqualTo(FailureKind.TRANSIENT);
			assertThat(failure.countsForBreaker()).isTrue();
		}
	}

	@Test
	void aSessionThatIsDroppedWhileItIsOpenedLeavesTheSdkBetweenSessions() {
		Scripted transport = new Scripted("{\"tools\":{}}");
		McpAsyncClient client = McpClient.async(transport).build();
		transport.initialized = client::close;
		Throwable thrown = catchThrowable(() -> client.callTool(CALL).block());
		assertThat(thrown).isNotNull();
		assertThat(SdkErrors.isBetweenSessions(thrown)).isTrue();
	}

	@Test
	void soDoesOneThatIsReplacedWhileItIsOpened() {
		Scripted transport = new Scripted("{\"tools\":{}}");
		McpAsyncClient client = McpClient.async(transport).initializationTimeout(Duration.ofSeconds(30)).build();
		transport.initialized = () -> {
			transport.silent = true;
			transport.exceptions.accept(new McpTransportSessionNotFoundException("lost"));
		};
		Throwable thrown = catchThrowable(() -> client.callTool(CALL).block());
		assertThat(thrown).isNotNull();
		assertThat(SdkErrors.isBetweenSessions(thrown)).isTrue();
	}

	@Test
	void anyOtherNullPointerExceptionIsAnUnknownFailure() {
		NullPointerException plain = new NullPointerException("of the application");
		assertThat(SdkErrors.isBetweenSessions(plain)).isFalse();
		assertThat(SdkErrors.isBetweenSessions(new RuntimeException("Client failed to initialize", plain))).isFalse();
		assertThat(SdkErrors.isBetweenSessions(catchThrowable(() -> Objects.requireNonNull(null)))).isFalse();
		assertThat(SdkErrors.isBetweenSessions(catchThrowable(() -> Mono.just(1).map((one) -> null).block())))
			.isFalse();
		NullPointerException traceless = new NullPointerException();
		traceless.setStackTrace(new StackTraceElement[0]);
		assertThat(SdkErrors.isBetweenSessions(traceless)).isFalse();
	}

	@Test
	void nullInATransportOfTheApplicationIsNoMissingSession() {
		Scripted transport = new Scripted("{\"tools\":{}}");
		McpAsyncClient client = McpClient.async(transport).build();
		transport.initialized = () -> {
			throw new NullPointerException("of the transport");
		};
		Throwable thrown = catchThrowable(() -> client.callTool(CALL).block());
		assertThat(thrown).hasRootCauseMessage("of the transport");
		assertThat(SdkErrors.isBetweenSessions(thrown)).isFalse();
	}

	/** Answers to an initialize request, and to nothing else. */
	private static final class Scripted implements McpClientTransport {

		private final String capabilities;

		private Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> handler = Function.identity();

		private Consumer<Throwable> exceptions = (thrown) -> {
		};

		private Runnable initialized = () -> {
		};

		private boolean silent;

		Scripted(String capabilities) {
			this.capabilities = capabilities;
		}

		@Override
		public Mono<Void> connect(Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> given) {
			this.handler = given;
			return Mono.empty();
		}

		@Override
		public void setExceptionHandler(Consumer<Throwable> given) {
			this.exceptions = given;
		}

		@Override
		public Mono<Void> sendMessage(JSONRPCMessage message) {
			return Mono.fromRunnable(() -> {
				if (message instanceof JSONRPCRequest request && request.method().equals("initialize")
						&& !this.silent) {
					this.handler.apply(Mono.just(JSONRPCResponse.result(request.id(), initialization()))).subscribe();
				}
				else if (message instanceof JSONRPCNotification) {
					this.initialized.run();
				}
			});
		}

		private Object initialization() {
			try {
				return McpJsonDefaults.getMapper()
					.readValue("{\"protocolVersion\":\"2025-06-18\",\"capabilities\":" + this.capabilities
							+ ",\"serverInfo\":{\"name\":\"scripted\",\"version\":\"1\"}}", Object.class);
			}
			catch (java.io.IOException ex) {
				throw new java.io.UncheckedIOException(ex);
			}
		}

		@Override
		public List<String> protocolVersions() {
			return List.of("2025-06-18");
		}

		@Override
		public Mono<Void> closeGracefully() {
			return Mono.empty();
		}

		@Override
		public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
			return McpJsonDefaults.getMapper().convertValue(data, type);
		}

	}

}
