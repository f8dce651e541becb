package io.github.agentresilience.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chaos.ExperimentReport;
import io.github.agentresilience.chaos.internal.experiment.Experiments;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application each of whose beans and handlers throws in its turn whatever can be
 * thrown. Each call ends in time and with an answer, where it is not the throwing part
 * that would give it, and afterwards all is as it was.
 */
@Timeout(120)
class HostileApplicationTests {

	/** Each kind of what is thrown comes at least once. */
	private static final int ROUNDS = 6;

	private static final Duration DEADLINE = Duration.ofSeconds(3);

	/** For a machine that has other things to do. */
	private static final Duration GRACE = Duration.ofSeconds(10);

	private static final int HALF_OPEN_CALLS = 2;

	private static final String OUTAGE = "resilience.chaos.experiments.outage.";

	private static final String TOOL_CALL = """
			{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"tool_calls",
			"message":{"role":"assistant","content":null,"tool_calls":[
			{"id":"call_1","type":"function","function":{"name":"local","arguments":"{}"}}]}}],
			"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""";

	private static final ScriptedProvider primary = new ScriptedProvider();

	private static final ScriptedProvider fallback = new ScriptedProvider();

	private static final McpTestServer first = new McpTestServer("one").offeringAll();

	private static final McpTestServer second = new McpTestServer("two").offeringAll();

	private static ConfigurableApplicationContext context;

	@BeforeAll
	static void start() {
		for (McpTestServer server : List.of(first, second)) {
			server.logging();
			server.progressIn(1);
		}
		context = TestApplication.start(WebApplicationType.NONE, HostileBeans.class,
				List.of("resilience.llm.targets.a.base-url=" + primary.baseUrl(), "resilience.llm.targets.a.model=m",
						"resilience.llm.targets.b.base-url=" + fallback.baseUrl(), "resilience.llm.targets.b.model=m",
						"resilience.llm.chains.default=a,b", "resilience.llm.timeout=1s", "resilience.llm.deadline=3s",
						"resilience.llm.retry.initial-backoff=1ms", "resilience.llm.breaker.half-open-calls=2",
						"resilience.llm.breaker.window=1000", "resilience.llm.breaker.minimum-calls=1000",
						"spring.ai.mcp.client.streamable-http.connections.first.url=" + first.url(),
						"spring.ai.mcp.client.streamable-http.connections.second.url=" + second.url(),
						"resilience.mcp.chains.search=first,second", "resilience.mcp.timeout=1s",
						"resilience.mcp.deadline=3s", "resilience.mcp.retry.initial-backoff=1ms",
						"resilience.mcp.reset-timeout-on-progress=true", "resilience.mcp.probe.enabled=false",
						"resilience.mcp.breaker.half-open-calls=2", "resilience.mcp.breaker.window=1000",
						"resilience.mcp.breaker.minimum-calls=1000", "resilience.chaos.enabled=true",
						OUTAGE + "fault.fault=burst", OUTAGE + "fault.layer=llm", OUTAGE + "fault.target=b",
						OUTAGE + "duration=50ms", OUTAGE + "steady-state.success-rate=0.99",
						OUTAGE + "probe.prompt=ping", OUTAGE + "probe.rate=50"));
	}

	@AfterAll
	static void close() {
		context.close();
		primary.close();
		fallback.close();
		first.close();
		second.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "mcp tools changed", "mcp progress", "mcp logging", "tool", "tool failure",
			"tools changed event", "meter map", "meter accept", "handler supports", "handler start", "handler stop",
			"handler error", "handler scope opened", "handler scope closed", "predicate", "filter", "convention",
			"listener", "observer", "last resort", "llm classifier", "mcp classifier", "http interceptor",
			"mcp request" })
	void aPlace(String place) throws Exception {
		prepare(place);
		HostileBeans.throwAt(place);
		try {
			for (int i = 0; i < ROUNDS; i++) {
				if (i == ROUNDS / 2) {
					halfOpen();
				}
				if (place.equals("mcp tools changed") || place.equals("tools changed event")) {
					HostileBeans.comeByTools(first);
				}
				for (Map.Entry<String, Callable<String>> each : calls(place).entrySet()) {
					inTime(place, each.getKey(), each.getValue());
				}
			}
			assertThat(HostileBeans.visits.get()).as("visits of %s", place).isGreaterThanOrEqualTo(5);
		}
		finally {
			HostileBeans.throwAt(HostileBeans.NOWHERE);
			List.of(primary, fallback).forEach((each) -> each.always(Reply.text("answer")));
			first.faults().heal();
		}
		nothingIsLeftOver();
	}

	@Test
	void aListenerOfExperiments() throws Exception {
		HostileBeans.throwAt("experiment listener");
		HostileBeans.visits.set(1);
		try {
			ExperimentReport report = context.getBean(Experiments.class)
				.startInTurn("outage")
				.get(30, TimeUnit.SECONDS);
			assertThat(report.verdict()).isNotEqualTo(ExperimentReport.Verdict.ABORTED);
			assertThat(HostileBeans.visits.get()).isEqualTo(2);
			assertThat(context.getBean(Experiments.class).running()).isNull();
		}
		finally {
			HostileBeans.throwAt(HostileBeans.NOWHERE);
		}
		nothingIsLeftOver();
	}

	/** Makes the calls come by the place. */
	private static void prepare(String place) {
		List.of(primary, fallback).forEach((each) -> each.always(Reply.text("answer")));
		switch (place) {
			case "llm classifier", "handler error" -> primary.always(Reply.status(503));
			case "mcp classifier" -> first.faults().status(503);
			case "last resort" -> List.of(primary, fallback).forEach((each) -> each.always(Reply.status(503)));
			// Filters are asked for meters that are new
			case "meter map", "meter accept" -> context.getBean(MeterRegistry.class).clear();
			default -> {
			}
		}
	}

	private static Map<String, Callable<String>> calls(String place) {
		ChatModel model = context.getBean(ChatModel.class);
		Map<String, Callable<String>> calls = new LinkedHashMap<>();
		calls.put("call", () -> text(model.call(new Prompt("hi"))));
		calls.put("stream", () -> {
			StringBuilder text = new StringBuilder();
			model.stream(new Prompt("hi")).toStream().forEach((chunk) -> text.append(text(chunk)));
			return text.toString();
		});
		calls.put("mcp", () -> tool(clients().get(0), place));
		calls.put("turn", () -> {
			if (!place.equals("last resort") && !place.equals("llm classifier") && !place.equals("handler error")
					&& !place.equals("http interceptor")) {
				primary.then(Reply.raw(200, "application/json", TOOL_CALL));
			}
			return context.getBean(ChatClient.Builder.class)
				.defaultTools(context.getBean("local", ToolCallback.class))
				.build()
				.prompt("use the tool")
				.call()
				.content();
		});
		return calls;
	}

	private static String text(ChatResponse response) {
		String text = (response.getResult() != null) ? response.getResult().getOutput().getText() : null;
		return (text != null) ? text : "";
	}

	private static String tool(McpSyncClient client, String text) {
		return client.callTool(CallToolRequest.builder("search").arguments(Map.of("text", text)).build())
			.content()
			.toString();
	}

	@SuppressWarnings("unchecked")
	private static List<McpSyncClient> clients() {
		return (List<McpSyncClient>) context.getBean("mcpSyncClients");
	}

	private static void inTime(String place, String kind, Callable<String> call) {
		long begun = System.nanoTime();
		Throwable thrown = null;
		try {
			assertThat(call.call()).isNotEmpty();
		}
		catch (Throwable ex) {
			thrown = ex;
		}
		Duration took = Duration.ofNanos(System.nanoTime() - begun);
		assertThat(took).as("%s at %s, which ended with %s", kind, place, thrown).isLessThan(DEADLINE.plus(GRACE));
		if (thrown != null && !isItsOwn(place, thrown)) {
			throw new AssertionError(kind + " at " + place + " has no answer after " + took, thrown);
		}
		assertThat(context.getBean(ObservationRegistry.class).getCurrentObservationScope())
			.as("scope left on the thread by %s at %s", kind, place)
			.isNull();
	}

	/** Where there can be no answer, the chain says so, or the part itself does. */
	private static boolean isItsOwn(String place, Throwable thrown) {
		return switch (place) {
			case "last resort" -> thrown instanceof ChainExhaustedException;
			case "http interceptor", "mcp request" ->
				thrown instanceof ChainExhaustedException || thrown instanceof Error;
			case "tool", "tool failure" -> thrown instanceof Error || thrown instanceof IllegalStateException;
			default -> false;
		};
	}

	private static List<GuardedTarget<?, ?>> targets() {
		List<GuardedTarget<?, ?>> targets = new ArrayList<>();
		context.getBean(ChainRegistry.class).chains().forEach((chain) -> targets.addAll(chain.targets()));
		return targets;
	}

	private static void halfOpen() {
		for (GuardedTarget<?, ?> target : targets()) {
			target.breaker().transitionToOpenState();
			target.breaker().transitionToHalfOpenState();
		}
	}

	private static void nothingIsLeftOver() {
		for (GuardedTarget<?, ?> target : targets()) {
			target.endCooldown();
			if (target.breaker().getState() == CircuitBreaker.State.HALF_OPEN) {
				assertThat(permits(target.breaker())).as("permits of " + target.name())
					.isEqualTo(HALF_OPEN_CALLS - target.breaker().getMetrics().getNumberOfBufferedCalls());
			}
			target.breaker().transitionToClosedState();
		}
		assertThat(text(context.getBean(ChatModel.class).call(new Prompt("hi")))).isEqualTo("answer");
		assertThat(tool(clients().get(0), "after")).contains("one: search of after");
		HostileBeans.Counting counting = context.getBean(HostileBeans.Counting.class);
		Awaitility.await()
			.atMost(GRACE)
			.untilAsserted(() -> assertThat(counting.stopped.get()).as("observations that ended")
				.isEqualTo(counting.started.get()));
		assertThat(counting.scopesClosed.get()).as("scopes that were closed").isEqualTo(counting.scopesOpened.get());
		assertThat(context.getBean(MeterRegistry.class)
			.getMeters()
			.stream()
			.filter((meter) -> meter instanceof LongTaskTimer && meter.getId().getName().startsWith("resilience"))
			.mapToInt((meter) -> ((LongTaskTimer) meter).activeTasks())
			.sum()).as("calls under way").isZero();
		assertThat(context.getBean("resilienceHealthIndicator", HealthIndicator.class).health().getStatus())
			.isEqualTo(Status.UP);
	}

	private static int permits(CircuitBreaker breaker) {
		int taken = 0;
		while (taken <= HALF_OPEN_CALLS && breaker.tryAcquirePermission()) {
			taken++;
		}
		for (int i = 0; i < taken; i++) {
			breaker.releasePermission();
		}
		return taken;
	}

}
