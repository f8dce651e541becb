package io.github.agentresilience.observation.internal;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;

import com.sun.net.httpserver.HttpServer;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TwoProviders;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.BaggageInScope;
import io.micrometer.tracing.Tracer;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Traces with Boot's own OpenTelemetry starter.
 */
@Timeout(60)
class TraceTests extends TwoProviders {

	private ChatModel start(String... more) {
		this.context = TestApplication.start(WebApplicationType.NONE, Collecting.class, Stream
			.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(), "resilience.llm.targets.a.model=m",
					"resilience.llm.targets.a.api-key=sk-secret-trace",
					"resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(), "resilience.llm.targets.b.model=m",
					"resilience.llm.targets.c.bean=recordingModel", "resilience.llm.chains.default=a,b",
					"resilience.llm.chains.recording=c", "resilience.llm.retry.initial-backoff=10ms",
					"management.tracing.sampling.probability=1", "management.tracing.baggage.remote-fields=tenant")
			.toList(), more);
		return this.context.getBean(ChatModel.class);
	}

	private List<SpanData> spans(String name) {
		return this.context.getBean(Collecting.class).spans.stream()
			.filter((span) -> span.getName().equals(name))
			.toList();
	}

	private <T> T under(String parent, Supplier<T> task) {
		return Observation.createNotStarted(parent, this.context.getBean(ObservationRegistry.class)).observe(task);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aCallHasOneSpanAndAChildForEachAttempt(boolean stream) {
		ChatModel model = start();
		this.primary.always(Reply.status(503));
		under("the turn", () -> stream ? model.stream(new Prompt("private")).contextCapture().blockLast()
				: model.call(new Prompt("private")));
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> !spans("the turn").isEmpty());
		SpanData turn = spans("the turn").get(0);
		SpanData call = spans("resilience.call").get(0);
		List<SpanData> attempts = spans("resilience.attempt");
		assertThat(call.getParentSpanId()).isEqualTo(turn.getSpanId());
		assertThat(attempts).hasSize(3).allMatch((attempt) -> attempt.getParentSpanId().equals(call.getSpanId()));
		SpanData retried = attempts.get(1);
		assertThat(retried.getAttributes().get(AttributeKey.stringKey("target"))).isEqualTo("a");
		assertThat(retried.getAttributes().get(AttributeKey.stringKey("http.response.status_code"))).isEqualTo("503");
		assertThat(retried.getAttributes().get(AttributeKey.stringKey("error.type"))).isEqualTo("transient");
		assertThat(retried.getAttributes().get(AttributeKey.stringKey("gen_ai.operation.name"))).isEqualTo("chat");
		assertThat(Long.parseLong(retried.getAttributes().get(AttributeKey.stringKey("resilience.attempt.backoff_ms"))))
			.isBetween(5L, 10L);
		assertThat(this.context.getBean(Collecting.class).spans.toString()).doesNotContain("private", "sk-secret");
	}

	@Test
	void theSpanOfAnAnswerThatIsNotAcceptedSaysWhy() {
		ChatModel model = start("resilience.llm.accept=length");
		this.primary.then(Reply.finished("length", "private"));
		model.call(new Prompt("hi"));
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> !spans("resilience.call").isEmpty());
		SpanData attempt = spans("resilience.attempt").get(0);
		assertThat(attempt.getAttributes().get(AttributeKey.stringKey("outcome"))).isEqualTo("unacceptable");
		assertThat(attempt.getAttributes().get(AttributeKey.stringKey("resilience.failure.reason")))
			.isEqualTo("length");
		assertThat(this.context.getBean(Collecting.class).spans.toString()).doesNotContain("private");
	}

	@Test
	void skippedTargetsAndBreakersAreEventsOfTheCall() {
		ChatModel model = start();
		this.primary.always(Reply.status(503));
		for (int i = 0; i < 4; i++) {
			model.call(new Prompt("hi"));
		}
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> spans("resilience.call").size() == 4);
		List<String> events = spans("resilience.call").stream()
			.flatMap((span) -> span.getEvents().stream())
			.map((event) -> event.getName())
			.toList();
		assertThat(events).anyMatch((event) -> event.contains("a") && event.contains("OPEN"))
			.anyMatch((event) -> event.startsWith("skipped"));
	}

	@Test
	void parentAndBaggageReachATargetOnAnotherThread() {
		start();
		ChatModel model = this.context.getBean("recordingChatModel", ChatModel.class);
		Tracer tracer = this.context.getBean(Tracer.class);
		String outer = under("the turn", () -> {
			try (BaggageInScope tenant = tracer.createBaggageInScope("tenant", "acme")) {
				model.call(new Prompt("hi"));
				return tracer.currentSpan().context().traceId();
			}
		});
		Collecting.Recording seen = this.context.getBean(Collecting.class).recording;
		assertThat(seen.thread).isNotEqualTo(Thread.currentThread().getName());
		assertThat(seen.traceId).isEqualTo(outer);
		assertThat(seen.baggage).isEqualTo("acme");
	}

	@Test
	void spansArriveAtAnOtlpReceiver() throws IOException {
		List<String> received = new CopyOnWriteArrayList<>();
		HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		receiver.createContext("/v1/traces", (exchange) -> {
			received.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
			exchange.sendResponseHeaders(200, -1);
			exchange.close();
		});
		receiver.start();
		try {
			start("management.opentelemetry.tracing.export.otlp.endpoint=http://127.0.0.1:"
					+ receiver.getAddress().getPort() + "/v1/traces",
					"management.opentelemetry.tracing.export.otlp.compression=none")
				.call(new Prompt("private"));
			Awaitility.await()
				.atMost(Duration.ofSeconds(20))
				.until(() -> String.join("", received).contains("resilience.call"));
			assertThat(String.join("", received)).contains("resilience.attempt", "gen_ai.operation.name")
				.doesNotContain("private", "sk-secret");
		}
		finally {
			receiver.stop(0);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Collecting {

		final List<SpanData> spans = new CopyOnWriteArrayList<>();

		private final Recording recording = new Recording();

		@Bean
		SpanExporter collectingExporter() {
			return new SpanExporter() {

				@Override
				public CompletableResultCode export(Collection<SpanData> exported) {
					Collecting.this.spans.addAll(exported);
					return CompletableResultCode.ofSuccess();
				}

				@Override
				public CompletableResultCode flush() {
					return CompletableResultCode.ofSuccess();
				}

				@Override
				public CompletableResultCode shutdown() {
					return CompletableResultCode.ofSuccess();
				}

			};
		}

		@Bean
		ChatModel recordingModel(ObjectProvider<Tracer> tracer) {
			return (prompt) -> {
				this.recording.thread = Thread.currentThread().getName();
				this.recording.traceId = tracer.getObject().currentSpan().context().traceId();
				this.recording.baggage = tracer.getObject().getBaggage("tenant").get();
				return new ChatResponse(List.of(new Generation(new AssistantMessage("seen"))));
			};
		}

		static class Recording {

			private volatile String thread;

			private volatile String traceId;

			private volatile String baggage;

		}

	}

}
