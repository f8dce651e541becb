package io.github.agentresilience.autoconfigure;

import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.LastResort;
import io.github.agentresilience.chain.internal.engine.Hostile;
import io.github.agentresilience.chaos.ExperimentReport;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.TestApplication;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;
import io.micrometer.observation.GlobalObservationConvention;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationFilter;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationPredicate;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.mcp.McpToolsChangedEvent;
import org.springframework.ai.mcp.customizer.McpClientCustomizer;
import org.springframework.ai.openai.http.okhttp.OpenAiHttpClientBuilderCustomizer;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.execution.ToolExecutionExceptionProcessor;
import org.springframework.ai.tool.function.FunctionToolCallback;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * Beans and handlers of an application that throw, one of them at a time, by turns an
 * exception, a stack that does overflow, and an {@code Error} of either kind.
 */
@Configuration(proxyBeanMethods = false)
@Import(TestApplication.Application.class)
class HostileBeans {

	static final String NOWHERE = "nowhere";

	/** How often the throwing place has been come by. */
	static final AtomicInteger visits = new AtomicInteger();

	private static volatile String throwing = NOWHERE;

	static void throwAt(String place) {
		visits.set(0);
		throwing = place;
	}

	private static void at(String place) {
		if (throwing.equals(place)) {
			switch (visits.getAndIncrement() % 5) {
				case 0 -> throw new IllegalStateException("hostile");
				case 1 -> Hostile.overflow();
				case 2 -> throw new AssertionError("hostile");
				case 3 -> throw new NoClassDefFoundError("hostile");
				default -> {
				}
			}
		}
	}

	/**
	 * Has a server tell of other tools until the throwing place has been come by: it
	 * tells nobody while the client has not opened its stream yet.
	 */
	static void comeByTools(McpTestServer server) {
		int before = visits.get();
		Awaitility.await()
			.pollDelay(Duration.ZERO)
			.pollInterval(Duration.ofMillis(100))
			.atMost(Duration.ofSeconds(20))
			.until(() -> {
				if (visits.get() == before) {
					server.addTool("tool-" + UUID.randomUUID());
				}
				return visits.get() > before;
			});
	}

	@Bean
	McpClientCustomizer<McpClient.SyncSpec> handlers() {
		return (name, spec) -> spec.toolsChangeConsumer((tools) -> at("mcp tools changed"))
			.progressConsumer((progress) -> at("mcp progress"))
			.loggingConsumer((message) -> at("mcp logging"));
	}

	/** They throw both where they make what is to be done, and where it is done. */
	@Bean
	McpClientCustomizer<McpClient.AsyncSpec> asyncHandlers() {
		return (name, spec) -> spec.toolsChangeConsumer((tools) -> Mono.fromRunnable(() -> at("mcp tools changed")))
			.progressConsumer((progress) -> {
				at("mcp progress");
				return Mono.empty();
			})
			.loggingConsumer((message) -> Mono.fromRunnable(() -> at("mcp logging")));
	}

	@Bean
	McpClientCustomizer<HttpClientStreamableHttpTransport.Builder> requests() {
		return (name, transport) -> transport
			.httpRequestCustomizer((request, method, uri, body, context) -> at("mcp request"));
	}

	@Bean
	ToolCallback local() {
		return FunctionToolCallback.builder("local", (Map<String, Object> arguments) -> {
			at("tool");
			if (throwing.equals("tool failure")) {
				throw new IllegalStateException("the tool fails");
			}
			return "ran";
		}).description("A tool").inputType(Map.class).build();
	}

	@Bean
	ToolExecutionExceptionProcessor toolFailures() {
		return (failure) -> {
			at("tool failure");
			return "failed";
		};
	}

	@Bean
	ApplicationListener<McpToolsChangedEvent> toolsChanged() {
		return (event) -> at("tools changed event");
	}

	@Bean
	ExperimentListener experiments() {
		return new ExperimentListener();
	}

	@Bean
	MeterFilter meters() {
		return new MeterFilter() {

			@Override
			public Meter.Id map(Meter.Id id) {
				if (id.getName().startsWith("resilience.")) {
					at("meter map");
				}
				return id;
			}

			@Override
			public MeterFilterReply accept(Meter.Id id) {
				if (id.getName().startsWith("resilience.")) {
					at("meter accept");
				}
				return MeterFilterReply.NEUTRAL;
			}

		};
	}

	@Bean
	ObservationHandler<Observation.Context> throwing() {
		return new Throwing();
	}

	@Bean
	Counting counting() {
		return new Counting();
	}

	@Bean
	ObservationPredicate predicate() {
		return (name, observed) -> {
			if (String.valueOf(name).startsWith("resilience.")) {
				at("predicate");
			}
			return true;
		};
	}

	@Bean
	ObservationFilter filter() {
		return (observed) -> {
			at("filter", observed);
			return observed;
		};
	}

	@Bean
	GlobalObservationConvention<Observation.Context> convention() {
		return new GlobalObservationConvention<>() {

			@Override
			public boolean supportsContext(Observation.Context observed) {
				return isOurs(observed);
			}

			@Override
			public KeyValues getLowCardinalityKeyValues(Observation.Context observed) {
				at("convention");
				return KeyValues.empty();
			}

		};
	}

	@Bean
	ChainListener listener() {
		return (call) -> {
			at("listener");
			return new Observing();
		};
	}

	@Bean
	LastResort<Prompt, ChatResponse> lastResort() {
		return new LastResort<>() {

			@Override
			public @Nullable ChatResponse answer(Prompt request, ChainExhaustedException why) {
				at("last resort");
				return null;
			}

		};
	}

	@Bean
	FailureClassifier llmFailureClassifier() {
		return (thrown) -> {
			at("llm classifier");
			return Failure.ofTransient(503, "as the application says", thrown);
		};
	}

	@Bean
	FailureClassifier mcpFailureClassifier() {
		return (thrown) -> {
			at("mcp classifier");
			return Failure.ofTransient(503, "as the application says", thrown);
		};
	}

	@Bean
	OpenAiHttpClientBuilderCustomizer interceptors() {
		return (builder) -> builder.interceptor((chain) -> {
			at("http interceptor");
			return chain.proceed(chain.request());
		});
	}

	private static boolean isOurs(Observation.@Nullable Context observed) {
		return observed != null && String.valueOf(observed.getName()).startsWith("resilience.");
	}

	private static void at(String place, Observation.@Nullable Context observed) {
		if (isOurs(observed)) {
			at(place);
		}
	}

	private static final class ExperimentListener
			implements ApplicationListener<PayloadApplicationEvent<ExperimentReport>> {

		@Override
		public void onApplicationEvent(PayloadApplicationEvent<ExperimentReport> event) {
			at("experiment listener");
		}

	}

	private static final class Observing implements CallObserver {

		@Override
		public void attemptStarted(Attempt attempt) {
			at("observer");
		}

		@Override
		public void attemptEnded(Attempt attempt) {
			at("observer");
		}

		@Override
		public void callEnded(Call ended) {
			at("observer");
		}

	}

	private static class Throwing implements ObservationHandler<Observation.Context> {

		@Override
		public boolean supportsContext(Observation.Context observed) {
			at("handler supports", observed);
			return isOurs(observed);
		}

		@Override
		public void onStart(Observation.Context observed) {
			at("handler start");
		}

		@Override
		public void onError(Observation.Context observed) {
			at("handler error");
		}

		@Override
		public void onScopeOpened(Observation.Context observed) {
			at("handler scope opened");
		}

		@Override
		public void onScopeClosed(Observation.Context observed) {
			at("handler scope closed");
		}

		@Override
		public void onStop(Observation.Context observed) {
			at("handler stop");
		}

	}

	static final class Counting implements ObservationHandler<Observation.Context> {

		final AtomicInteger started = new AtomicInteger();

		final AtomicInteger stopped = new AtomicInteger();

		final AtomicInteger scopesOpened = new AtomicInteger();

		final AtomicInteger scopesClosed = new AtomicInteger();

		@Override
		public boolean supportsContext(Observation.Context observed) {
			return isOurs(observed);
		}

		@Override
		public void onStart(Observation.Context observed) {
			this.started.incrementAndGet();
		}

		@Override
		public void onStop(Observation.Context observed) {
			this.stopped.incrementAndGet();
		}

		@Override
		public void onScopeOpened(Observation.Context observed) {
			this.scopesOpened.incrementAndGet();
		}

		@Override
		public void onScopeClosed(Observation.Context observed) {
			this.scopesClosed.incrementAndGet();
		}

	}

}
