package io.github.agentresilience.observation.internal;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TwoProviders;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.tracing.BaggageInScope;
import io.micrometer.tracing.Tracer;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.SpanData;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

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
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What spans say, and what they keep to themselves.
 */
@Timeout(90)
class TraceDetailTests extends TwoProviders {

	private ChatModel start(String... more) {
		this.context = TestApplication.start(WebApplicationType.NONE, Models.class, Stream
			.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(), "resilience.llm.targets.a.model=model-a",
					"resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
					"resilience.llm.targets.b.model=model-b", "resilience.llm.targets.indiscreet.bean=indiscreetModel",
					"resilience.llm.targets.streaming.bean=streamingModel", "resilience.llm.chains.default=a,b",
					"resilience.llm.chains.indiscreet=indiscreet", "resilience.llm.chains.streaming=streaming",
					"resilience.llm.retry.initial-backoff=1ms", "management.tracing.sampling.probability=1",
					"management.tracing.baggage.remote-fields=tenant")
			.toList(), more);
		return this.context.getBean(ChatModel.class);
	}

	private List<SpanData> spans(String name) {
		return this.context.getBean(TraceTests.Collecting.class).spans.stream()
			.filter((span) -> span.getName().equals(name))
			.toList();
	}

	private List<SpanData> awaitSpans(String name, int count) {
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> spans(name).size() >= count);
		return spans(name);
	}

	private static String attribute(SpanData span, String key) {
		return span.getAttributes().get(AttributeKey.stringKey(key));
	}

	private <T> T under(String parent, Supplier<T> task) {
		return Observation.createNotStarted(parent, this.context.getBean(ObservationRegistry.class)).observe(task);
	}

	private static List<String> events(List<SpanData> spans) {
		return spans.stream().flatMap((span) -> span.getEvents().stream()).map(EventData::getName).toList();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whatATargetThrowsIsNotRepeated(boolean stream) {
		start();
		ChatModel model = this.context.getBean("indiscreetChatModel", ChatModel.class);
		assertThatThrownBy(() -> {
			if (stream) {
				model.stream(new Prompt("hi")).blockLast();
			}
			else {
				model.call(new Prompt("hi"));
			}
		}).hasMessageContaining("of the llm chain");
		List<SpanData> spans = Stream
			.concat(awaitSpans("resilience.call", 1).stream(), awaitSpans("resilience.attempt", 2).stream())
			.toList();
		assertThat(spans).allMatch((span) -> span.getStatus().getDescription().contains("IllegalStateException")
				|| span.getStatus().getDescription().contains("of the llm chain"));
		assertThat(spans.toString()).doesNotContain("private words");
		assertThat(spans).allSatisfy((span) -> assertThat(span.getEvents()).isNotEmpty()
			.allSatisfy(
					(event) -> assertThat(event.getAttributes().asMap().toString()).doesNotContain("private words")));
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void breakersAndSkippedTargetsAreEventsOfTheCall(boolean stream) {
		ChatModel model = start("resilience.llm.breaker.open-for=300ms");
		this.primary.always(Reply.status(503));
		for (int i = 0; i < 4; i++) {
			ask(model, stream);
		}
		List<String> events = events(awaitSpans("resilience.call", 4));
		assertThat(events).contains("breaker of a is OPEN").anyMatch((event) -> event.startsWith("skipped"));
		this.primary.always(Reply.text("back"));
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> {
			ask(model, stream);
			return events(spans("resilience.call")).contains("breaker of a is CLOSED");
		});
		assertThat(events(spans("resilience.call"))).contains("breaker of a is HALF_OPEN");
		assertThat(events(spans("resilience.attempt"))).noneMatch((event) -> event.startsWith("breaker"));
	}

	@Test
	void aStreamThatIsBegunAnewIsAnEventOfTheCall() {
		ChatModel model = start("resilience.llm.stream-commit=restart");
		this.primary.then(Reply.text("one two three").cutAfter(2));
		model.stream(new Prompt("hi")).blockLast();
		assertThat(events(awaitSpans("resilience.call", 1))).containsExactly("the answer of a broke and is begun anew");
	}

	private static void ask(ChatModel model, boolean stream) {
		if (stream) {
			model.stream(new Prompt("hi")).blockLast();
		}
		else {
			model.call(new Prompt("hi"));
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void anAttemptSaysWhichModelWasAskedAndWhatAnswered(boolean stream) {
		ChatModel model = start("resilience.llm.targets.b.price.input-per-million=0.1",
				"resilience.llm.targets.b.price.output-per-million=0.4");
		this.primary.then(Reply.status(503)).then(Reply.status(503));
		ask(model, stream);
		List<SpanData> attempts = awaitSpans("resilience.attempt", 3);
		assertThat(attempts).extracting((span) -> attribute(span, "gen_ai.request.model"))
			.containsExactly("model-a", "model-a", "model-b");
		assertThat(attempts).allSatisfy((span) -> {
			assertThat(attribute(span, "gen_ai.operation.name")).isEqualTo("chat");
			assertThat(attribute(span, "gen_ai.provider.name")).isEqualTo("openai");
		});
		assertThat(attribute(attempts.get(0), "gen_ai.response.model")).isNull();
		SpanData answered = attempts.get(2);
		assertThat(attribute(answered, "gen_ai.response.model")).isEqualTo("model-b");
		assertThat(attribute(answered, "gen_ai.usage.input_tokens")).isEqualTo("3");
		assertThat(attribute(answered, "gen_ai.usage.output_tokens")).isEqualTo("5");
		assertThat(attribute(answered, "resilience.attempt.cost")).isEqualTo("0.0000023");
		assertThat(attribute(attempts.get(0), "resilience.attempt.cost")).isNull();
	}

	@Test
	void nothingIsAddedToObservationsOfOthers() {
		start();
		under("someone else's", () -> {
			this.context.getBean(ChainRegistry.class)
				.targets(Layer.LLM)
				.forEach((target) -> target.breaker().transitionToForcedOpenState());
			return null;
		});
		assertThat(awaitSpans("someone else's", 1).get(0).getEvents()).isEmpty();
		assertThat(this.context.getBean(MeterRegistry.class).getMeters())
			.noneMatch((meter) -> meter.getId().getName().endsWith(".breaker"));
	}

	@Test
	void aHedgeIsAChildOfItsCall() {
		ChatModel model = start("resilience.llm.hedge.enabled=true", "resilience.llm.hedge.after=200ms");
		this.primary.always(Reply.text("slow").delay(Duration.ofSeconds(20)));
		under("the turn", () -> model.call(new Prompt("hi")));
		SpanData turn = awaitSpans("the turn", 1).get(0);
		SpanData call = awaitSpans("resilience.call", 1).get(0);
		assertThat(call.getParentSpanId()).isEqualTo(turn.getSpanId());
		List<SpanData> attempts = awaitSpans("resilience.attempt", 2);
		assertThat(attempts).hasSize(2).allMatch((span) -> span.getParentSpanId().equals(call.getSpanId()));
		SpanData hedge = attempts.stream()
			.filter((span) -> "true".equals(attribute(span, "resilience.attempt.hedge")))
			.findFirst()
			.orElseThrow();
		assertThat(attribute(hedge, "target")).isEqualTo("b");
		assertThat(attribute(hedge, "outcome")).isEqualTo("success");
	}

	@Test
	void parentAndBaggageReachAStreamingTarget() {
		start();
		ChatModel model = this.context.getBean("streamingChatModel", ChatModel.class);
		Tracer tracer = this.context.getBean(Tracer.class);
		String trace = under("the turn", () -> {
			try (BaggageInScope tenant = tracer.createBaggageInScope("tenant", "acme")) {
				model.stream(new Prompt("hi")).contextCapture().blockLast();
				return tracer.currentSpan().context().traceId();
			}
		});
		assertThat(this.context.getBean(Models.class).seen.get()).isEqualTo(trace + " acme");
	}

	@Test
	void aToolCallSaysItsMethod() {
		try (McpTestServer server = new McpTestServer("one")) {
			start("spring.ai.mcp.client.streamable-http.connections.first.url=" + server.url());
			McpSyncClient client = (McpSyncClient) this.context.getBean("mcpSyncClients", List.class).get(0);
			client.listTools();
			under("the turn", () -> client
				.callTool(CallToolRequest.builder("search").arguments(Map.of("text", "private")).build()));
			SpanData turn = awaitSpans("the turn", 1).get(0);
			SpanData call = awaitSpans("resilience.call", 1).stream()
				.filter((span) -> span.getParentSpanId().equals(turn.getSpanId()))
				.findFirst()
				.orElseThrow();
			SpanData attempt = awaitSpans("resilience.attempt", 1).stream()
				.filter((span) -> span.getParentSpanId().equals(call.getSpanId()))
				.findFirst()
				.orElseThrow();
			assertThat(attribute(attempt, "mcp.method.name")).isEqualTo("tools/call");
			assertThat(attribute(attempt, "gen_ai.operation.name")).isEqualTo("execute_tool");
			assertThat(attribute(attempt, "gen_ai.tool.name")).isEqualTo("search");
			assertThat(attribute(attempt, "layer")).isEqualTo("mcp");
			server.faults().toolErrors();
			client.callTool(CallToolRequest.builder("search").arguments(Map.of("text", "private")).build());
			Awaitility.await()
				.atMost(30, TimeUnit.SECONDS)
				.until(() -> spans("resilience.attempt").stream()
					.anyMatch((span) -> "tool_error".equals(attribute(span, "error.type"))));
			assertThat(this.context.getBean(TraceTests.Collecting.class).spans.toString()).doesNotContain("private");
		}
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TraceTests.Collecting.class)
	static class Models {

		private final AtomicReference<String> seen = new AtomicReference<>();

		@Bean
		ChatModel indiscreetModel() {
			return new ChatModel() {

				@Override
				public ChatResponse call(Prompt prompt) {
					throw new IllegalStateException("private words",
							new IllegalArgumentException("more private words"));
				}

				@Override
				public Flux<ChatResponse> stream(Prompt prompt) {
					return Flux.error(() -> new IllegalStateException("private words"));
				}

			};
		}

		@Bean
		ChatModel streamingModel(ObjectProvider<Tracer> tracer) {
			return new ChatModel() {

				@Override
				public ChatResponse call(Prompt prompt) {
					throw new UnsupportedOperationException();
				}

				@Override
				public Flux<ChatResponse> stream(Prompt prompt) {
					return Flux.deferContextual((context) -> {
						Observation observation = context.get(ObservationThreadLocalAccessor.KEY);
						observation
							.scoped(() -> Models.this.seen.set(tracer.getObject().currentSpan().context().traceId()
									+ " " + tracer.getObject().getBaggage("tenant").get()));
						return Flux.just(new ChatResponse(List.of(new Generation(new AssistantMessage("seen")))));
					}).subscribeOn(Schedulers.boundedElastic());
				}

			};
		}

	}

}
