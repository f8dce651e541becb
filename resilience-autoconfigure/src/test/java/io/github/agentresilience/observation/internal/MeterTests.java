package io.github.agentresilience.observation.internal;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.github.agentresilience.chain.BudgetExhaustedException;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.llm.internal.model.ResilientChatModel;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.scorecard.internal.ScorecardSnapshot;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TwoProviders;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Meters: those of the reference and no others, and what they count.
 */
@Timeout(90)
class MeterTests extends TwoProviders {

	private static final Path REFERENCE = Path.of("..", "docs", "reference.md");

	/** Added by Micrometer and Resilience4j on their own account. */
	private static final Set<String> TAGS_OF_OTHERS = Set.of("error", "group");

	private ResilientChatModel start(String... more) {
		this.context = TestApplication.start(WebApplicationType.NONE, TestApplication.Application.class,
				Stream
					.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(),
							"resilience.llm.targets.a.model=m",
							"resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
							"resilience.llm.targets.b.model=m", "resilience.llm.chains.default=a,b",
							"resilience.llm.retry.initial-backoff=1ms", "resilience.llm.breaker.window=10",
							"resilience.chaos.enabled=true", "resilience.chaos.experiments.outage.fault.fault=burst",
							"resilience.chaos.experiments.outage.fault.layer=llm",
							"resilience.chaos.experiments.outage.probe.prompt=ping",
							"resilience.chaos.experiments.outage.steady-state.success-rate=0.9")
					.toList(),
				more);
		return this.context.getBean(ResilientChatModel.class);
	}

	private McpSyncClient startMcp(McpTestServer first, McpTestServer second, String... more) {
		start(Stream.concat(Stream.of("spring.ai.mcp.client.streamable-http.connections.first.url=" + first.url(),
				"spring.ai.mcp.client.streamable-http.connections.second.url=" + second.url(),
				"resilience.mcp.chains.search=first,second"), Stream.of(more))
			.toArray(String[]::new));
		McpSyncClient client = (McpSyncClient) this.context.getBean("mcpSyncClients", List.class).get(0);
		client.listTools();
		return client;
	}

	private MeterRegistry meters() {
		return this.context.getBean(MeterRegistry.class);
	}

	private double count(String name, String... tags) {
		return meters().find(name).tags(tags).counters().stream().mapToDouble(Counter::count).sum();
	}

	private long timed(String name, String... tags) {
		return meters().find(name).tags(tags).timers().stream().mapToLong(Timer::count).sum();
	}

	private static Map<String, Set<String>> documented() throws Exception {
		Matcher rows = Pattern
			.compile("^\\| `(resilience[\\w.]*)` \\| (?:timer|counter|gauge)[^|]*\\| (.*) \\|$", Pattern.MULTILINE)
			.matcher(Files.readString(REFERENCE));
		Map<String, Set<String>> documented = new TreeMap<>();
		while (rows.find()) {
			Set<String> tags = new TreeSet<>();
			Matcher names = Pattern
				.compile("`(layer|chain|target|outcome|kind|reason|what|type|purpose|name|state|experiment|verdict)`")
				.matcher(rows.group(2));
			while (names.find()) {
				tags.add(names.group(1));
			}
			documented.put(rows.group(1), tags);
		}
		return documented;
	}

	@Test
	void aTurnThatExhaustsItsBudgetIsCountedByWhatWasExhausted() {
		ResilientChatModel model = start("resilience.llm.turn-budget.model-calls=1",
				"resilience.llm.retry.max-attempts=1");
		assertThat(meters().find("resilience.turn.budget.exhausted").counters()).as("they stand at 0").hasSize(4);
		this.primary.always(Reply.status(503));
		assertThatThrownBy(() -> model.call(new Prompt("hi"))).isInstanceOf(BudgetExhaustedException.class);
		assertThat(count("resilience.turn.budget.exhausted", "layer", "llm", "chain", "default", "what", "model-calls"))
			.isEqualTo(1);
		assertThat(count("resilience.turn.budget.exhausted")).isEqualTo(1);
		assertThat(count("resilience.skips", "target", "b", "reason", "budget")).isEqualTo(1);
		assertThat(timed("resilience.call", "chain", "default", "outcome", "refused")).isEqualTo(1);
		ScorecardSnapshot card = this.context.getBean(Scorecard.class).snapshot();
		assertThat(card.overall().calls()).isZero();
		assertThat(card.overall().overBudget()).isEqualTo(1);
	}

	@Test
	void anAnswerThatIsNotAcceptedIsCountedByItsReason() {
		ResilientChatModel model = start("resilience.llm.accept=length");
		assertThat(meters().find("resilience.unacceptable").counters()).as("they stand at 0").isNotEmpty();
		this.primary.then(Reply.finished("length", "cut off"));
		model.call(new Prompt("hi"));
		assertThat(count("resilience.unacceptable", "layer", "llm", "target", "a", "reason", "length")).isEqualTo(1);
		assertThat(count("resilience.unacceptable")).isEqualTo(1);
		assertThat(count("resilience.incidents")).isZero();
		assertThat(timed("resilience.attempt", "target", "a", "outcome", "unacceptable", "kind", "unacceptable"))
			.isEqualTo(1);
	}

	@Test
	void theMetersOfTheReferenceAreThoseThatThereAre() throws Exception {
		ResilientChatModel model = start("resilience.llm.hedge.enabled=true", "resilience.llm.hedge.after=300ms",
				"resilience.llm.stream-commit=restart", "resilience.llm.targets.a.price.input-per-million=1",
				"resilience.llm.targets.a.price.output-per-million=2",
				"resilience.llm.targets.a.limits.requests-per-minute=60",
				"resilience.llm.targets.a.limits.tokens-per-minute=100000",
				"resilience.llm.targets.a.limits.concurrency=8", "resilience.llm.targets.b.limits.learn=true");
		this.primary.then(Reply.text("slow").delay(Duration.ofSeconds(10)));
		model.call(new Prompt("hi"));
		this.primary.then(Reply.text("one two three").cutAfter(2));
		model.stream(new Prompt("hi")).blockLast();
		this.primary.always(Reply.status(503));
		for (int i = 0; i < 6; i++) {
			model.call(new Prompt("hi"));
		}
		Map<String, Set<String>> actual = new TreeMap<>();
		for (Meter meter : meters().getMeters()) {
			String name = meter.getId().getName();
			if (name.startsWith("resilience.") || name.equals("resilience4j.circuitbreaker.state")) {
				Set<String> tags = new TreeSet<>();
				meter.getId().getTags().forEach((tag) -> tags.add(tag.getKey()));
				tags.removeAll(TAGS_OF_OTHERS);
				assertThat(actual.getOrDefault(name, tags)).as(name).isEqualTo(tags);
				actual.put(name, tags);
			}
		}
		Map<String, Set<String>> documented = documented();
		// Those are there where a fleet is
		documented.keySet().removeIf((name) -> name.startsWith("resilience.fleet."));
		assertThat(actual).isEqualTo(documented);
		assertThat(count("resilience.fallbacks", "target", "b")).isGreaterThanOrEqualTo(6);
		assertThat(count("resilience.incidents")).isPositive();
		assertThat(count("resilience.hedges", "target", "b", "outcome", "success")).isPositive();
	}

	@Test
	void everyCounterStandsAtZeroBeforeItsFirstEvent() {
		start("resilience.llm.hedge.enabled=true");
		for (String target : List.of("a", "b")) {
			assertThat(
					meters().get("resilience.fallbacks").tags("chain", "default", "target", target).counter().count())
				.isZero();
			assertThat(meters().get("resilience.retries").tags("layer", "llm", "target", target).counter().count())
				.isZero();
			assertThat(meters().get("resilience.hedges").tags("target", target, "outcome", "failure").counter().count())
				.isZero();
			for (String reason : List.of("breaker_open", "retry_after")) {
				assertThat(meters().get("resilience.skips").tags("target", target, "reason", reason).counter().count())
					.isZero();
			}
		}
		for (String verdict : List.of("passed", "not_steady_before", "violated", "not_recovered", "aborted")) {
			assertThat(meters().get("resilience.experiment")
				.tags("experiment", "outage", "verdict", verdict)
				.counter()
				.count()).isZero();
		}
	}

	@Test
	void aRequestThatIsRefusedForWhatItIsIsNoFailureOfTheAgent() {
		ResilientChatModel model = start();
		this.primary.then(Reply.refusal(400));
		assertThatThrownBy(() -> model.call(new Prompt("hi"))).isInstanceOf(RuntimeException.class);
		this.primary.then(Reply.refusal(400));
		assertThatThrownBy(() -> model.stream(new Prompt("hi")).blockLast()).isInstanceOf(RuntimeException.class);
		assertThat(timed("resilience.call", "chain", "default", "outcome", "refused")).isEqualTo(2);
		this.primary.always(Reply.status(503));
		this.fallback.always(Reply.status(503));
		assertThatThrownBy(() -> model.call(new Prompt("hi"))).hasMessageContaining("of the llm chain");
		assertThat(timed("resilience.call", "chain", "default", "outcome", "failed")).isEqualTo(1);
	}

	@Test
	void probesOfExperimentsAreMarkedOrLeftOut() {
		ResilientChatModel model = start();
		this.primary.always(Reply.status(503));
		for (int i = 0; i < 4; i++) {
			model.probe(new Prompt("hi"));
		}
		for (String name : List.of("retries", "skips", "fallbacks", "incidents")) {
			assertThat(count("resilience." + name, "layer", "llm")).as(name).isZero();
		}
		assertThat(timed("resilience.call", "chain", "default")).isZero();
		assertThat(timed("resilience.call", "chain", "default:probe")).isEqualTo(4);
		assertThat(timed("resilience.attempt", "target", "a")).isZero();
		assertThat(timed("resilience.attempt", "target", "a:probe")).isGreaterThanOrEqualTo(5);
	}

	@Test
	void aHedgeThatAnswersWithAToolErrorIsCountedOnce() {
		McpSchema.ToolAnnotations readOnly = McpSchema.ToolAnnotations.builder().readOnlyHint(true).build();
		try (McpTestServer first = new McpTestServer("one").with("look", readOnly);
				McpTestServer second = new McpTestServer("two").with("look", readOnly)) {
			McpSyncClient client = startMcp(first, second, "resilience.mcp.hedge.enabled=true",
					"resilience.mcp.hedge.after=100ms");
			client.callTool(CallToolRequest.builder("echo").arguments(Map.of("text", "warm")).build());
			Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> second.faults().received("tools/list") > 0);
			first.faults().delayTools(Duration.ofSeconds(2));
			second.faults().toolErrors();
			CallToolResult result = client
				.callTool(CallToolRequest.builder("look").arguments(Map.of("text", "x")).build());
			assertThat(result.isError()).isFalse();
			assertThat(second.executions("look")).isEqualTo(1);
			assertThat(count("resilience.hedges", "layer", "mcp")).isEqualTo(1);
		}
	}

	@Test
	void aToolErrorIsNoAnswerThatAFallbackServed() {
		try (McpTestServer first = new McpTestServer("one"); McpTestServer second = new McpTestServer("two")) {
			McpSyncClient client = startMcp(first, second);
			this.context.getBean(ChainRegistry.class).targets(Layer.MCP).get(0).breaker().transitionToForcedOpenState();
			second.faults().toolErrors();
			CallToolResult result = client
				.callTool(CallToolRequest.builder("search").arguments(Map.of("text", "x")).build());
			assertThat(result.isError()).isTrue();
			assertThat(count("resilience.fallbacks", "layer", "mcp")).isZero();
			assertThat(timed("resilience.call", "layer", "mcp", "outcome", "tool_error")).isEqualTo(1);
		}
	}

}
