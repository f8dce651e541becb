package io.github.agentresilience.fleet.internal;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.actuate.internal.ChaosEndpoint;
import io.github.agentresilience.actuate.internal.ResilienceEndpoint;
import io.github.agentresilience.actuate.internal.ResilienceHealthIndicator;
import io.github.agentresilience.actuate.internal.ScorecardEndpoint;
import io.github.agentresilience.actuate.internal.ScorecardFormat;
import io.github.agentresilience.actuate.internal.answer.FaultAnswer;
import io.github.agentresilience.actuate.internal.answer.FleetScoreAnswer;
import io.github.agentresilience.actuate.internal.answer.HistoryAnswer;
import io.github.agentresilience.actuate.internal.answer.ScorecardAnswer;
import io.github.agentresilience.autoconfigure.internal.fleet.SharedScores;
import io.github.agentresilience.support.RedisServer;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Applications whose Redis comes late, goes, comes back empty and is full.
 */
@Timeout(90)
@ExtendWith(OutputCaptureExtension.class)
class FleetRedisTests {

	private final ScriptedProvider provider = new ScriptedProvider().always(Reply.text("hi"));

	private final List<ConfigurableApplicationContext> applications = new ArrayList<>();

	private RedisServer redis;

	@TempDir
	private Path folder;

	@AfterEach
	void close() {
		this.applications.forEach(ConfigurableApplicationContext::close);
		if (this.redis != null) {
			this.redis.close();
		}
		this.provider.close();
	}

	private ConfigurableApplicationContext start(String... more) {
		ConfigurableApplicationContext application = TestApplication.run(List.of(
				"resilience.llm.targets.a.base-url=" + this.provider.baseUrl(), "resilience.llm.targets.a.model=m",
				"resilience.llm.targets.b.base-url=" + this.provider.baseUrl(), "resilience.llm.targets.b.model=m",
				"resilience.llm.chains.default=a,b", "resilience.llm.warm-up=false", "resilience.fleet.enabled=true",
				"spring.application.name=agents", "spring.data.redis.host=127.0.0.1",
				"spring.data.redis.port=" + this.redis.port(), "management.endpoints.web.exposure.include=*",
				"logging.level.io.github.agentresilience.events=INFO"), more);
		this.applications.add(application);
		return application;
	}

	private static void answers(ConfigurableApplicationContext application) {
		assertThat(application.getBean(ChatModel.class).call("hi")).isEqualTo("hi");
	}

	private static State state(ConfigurableApplicationContext application) {
		return application.getBean(CircuitBreakerRegistry.class).circuitBreaker("llm-a").getState();
	}

	private static Map<?, ?> fleet(ConfigurableApplicationContext application) {
		Health health = application.getBean(ResilienceHealthIndicator.class).health();
		assertThat(health.getStatus()).isEqualTo(Status.UP);
		return (Map<?, ?>) health.getDetails().get("fleet");
	}

	private static void awaitConnected(ConfigurableApplicationContext application, boolean connected) {
		Awaitility.await()
			.atMost(30, TimeUnit.SECONDS)
			.until(() -> fleet(application).get("connected").equals(connected));
		assertThat(application.getBean(MeterRegistry.class).get("resilience.fleet.connected").gauge().value())
			.isEqualTo(connected ? 1 : 0);
	}

	private static void set(ConfigurableApplicationContext application, String state) {
		assertThat(application.getBean(ResilienceEndpoint.class).set("a", state).getStatus()).isEqualTo(200);
	}

	@Test
	void theFleetIsJoinedWheneverRedisIsThereAndMissedByNoCall(CapturedOutput output) {
		this.redis = new RedisServer(this.folder, RedisServer.freePort());
		ConfigurableApplicationContext one = start();
		awaitConnected(one, false);
		answers(one);
		this.redis.start();
		awaitConnected(one, true);
		ConfigurableApplicationContext other = start();
		assertThat(fleet(other).get("connected")).isEqualTo(true);
		assertThat(fleet(other).get("name")).isEqualTo("agents");
		assertThat(fleet(other).get("instances")).isEqualTo(2);
		set(one, "FORCED_OPEN");
		Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> state(other) == State.FORCED_OPEN);
		answers(other);
		assertThat(this.redis.command("KEYS", "*")).as("states, instances, scores after a while").isIn("*2", "*3");
		this.redis.kill();
		awaitConnected(one, false);
		awaitConnected(other, false);
		assertThat(state(other)).isEqualTo(State.FORCED_OPEN);
		answers(one);
		this.redis.start();
		awaitConnected(one, true);
		ConfigurableApplicationContext late = start();
		assertThat(state(late)).as("known before the first call").isEqualTo(State.FORCED_OPEN);
		set(late, "CLOSED");
		awaitConnected(other, true);
		Awaitility.await()
			.atMost(Duration.ofSeconds(30))
			.until(() -> state(one) == State.CLOSED && state(other) == State.CLOSED);
		this.redis.command("CONFIG", "SET", "maxmemory", "1");
		set(one, "DISABLED");
		awaitConnected(one, false);
		assertThat(fleet(one).get("problem")).isEqualTo("RedisCommandExecutionException OOM");
		answers(one);
		this.redis.command("CONFIG", "SET", "maxmemory", "0");
		awaitConnected(one, true);
		Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> state(other) == State.DISABLED);
		String instance = String.valueOf(fleet(one).get("instance"));
		assertThat(
				output.getOut().lines().filter((line) -> line.contains("has joined the fleet 'agents' as " + instance)))
			.hasSize(3);
	}

	@Test
	void aFaultOfTheFleetHitsAllInstancesUntilItIsTakenAwayOrEndsByItself() {
		this.redis = new RedisServer(this.folder);
		String[] chaos = { "resilience.chaos.enabled=true", "management.endpoint.chaos.access=unrestricted" };
		ConfigurableApplicationContext one = start(chaos);
		ConfigurableApplicationContext other = start(chaos);
		FaultAnswer fault = burst(one, "20s", "fleet");
		assertThat(fault.scope()).isEqualTo("fleet");
		Awaitility.await().until(() -> faults(other).size() == 1);
		ConfigurableApplicationContext late = start(chaos);
		assertThat(faults(late)).singleElement().satisfies((heard) -> {
			assertThat(heard.id()).isEqualTo(fault.id());
			assertThat(heard.target()).isEqualTo("a");
			assertThat(heard.fields()).isEqualTo(new FaultAnswer.OfBurst(503, 3, 3));
			assertThat(Instant.parse(heard.until())).isCloseTo(Instant.parse(fault.until()),
					within(1, ChronoUnit.SECONDS));
		});
		assertThat(other.getBean(ChatModel.class).call(new Prompt("hi")).getMetadata().<String>get("resilience.target"))
			.isEqualTo("b");
		burst(one, "60s", null);
		FaultAnswer second = burst(other, "60s", "fleet");
		Awaitility.await().until(() -> faults(one).size() == 3);
		assertThat(late.getBean(ChaosEndpoint.class).remove(fault.id()).getStatus()).isEqualTo(204);
		Awaitility.await().until(() -> faults(one).size() == 2 && faults(other).size() == 1);
		late.getBean(ChaosEndpoint.class).clear();
		Awaitility.await().until(() -> faults(other).isEmpty());
		Awaitility.await().until(() -> faults(one).size() == 1);
		assertThat(faults(one)).as("its own").extracting(FaultAnswer::scope).containsOnlyNulls();
		assertThat(other.getBean(ChaosEndpoint.class).remove(second.id()).getStatus()).isEqualTo(404);
		burst(one, "3s", "fleet");
		Awaitility.await().until(() -> faults(other).size() == 1);
		this.redis.kill();
		Awaitility.await().until(() -> faults(other).isEmpty());
	}

	@Test
	void aFaultIsTakenAwayByAnInstanceThatHasNotHeardOfIt() {
		this.redis = new RedisServer(this.folder);
		ConfigurableApplicationContext one = start("resilience.chaos.enabled=true",
				"management.endpoint.chaos.access=unrestricted");
		awaitConnected(one, true);
		keep("fleet-00000001");
		assertThat(one.getBean(ChaosEndpoint.class).remove("fleet-00000001").getStatus()).isEqualTo(204);
		assertThat(one.getBean(ChaosEndpoint.class).remove("fleet-00000001").getStatus()).isEqualTo(404);
		assertThat(one.getBean(ChaosEndpoint.class).remove("fleet-00000000").getStatus()).isEqualTo(404);
		awaitRemoved("fleet-00000001");
		keep("fleet-00000002");
		keep("fleet-00000003");
		one.getBean(ChaosEndpoint.class).clear();
		awaitRemoved("fleet-00000002");
		awaitRemoved("fleet-00000003");
		assertThat(faults(one)).isEmpty();
	}

	/** As another instance does, whose message nobody hears. */
	private void keep(String fault) {
		long now = System.currentTimeMillis() * 1000;
		this.redis.command("HSET", "resilience:{agents}:faults", fault,
				"1 " + now + " " + (now + 60_000_000) + " other fault=burst&layer=llm&target=a");
	}

	private void awaitRemoved(String fault) {
		Awaitility.await()
			.atMost(Duration.ofSeconds(3))
			.until(() -> this.redis
				.command("EVAL", "return{ok=redis.call('HGET',KEYS[1],ARGV[1])}", "1", "resilience:{agents}:faults",
						fault)
				.endsWith(" removed"));
	}

	private static FaultAnswer burst(ConfigurableApplicationContext application, String ttl, String scope) {
		return (FaultAnswer) application.getBean(ChaosEndpoint.class)
			.inject("burst", "llm", "a", ttl, "3", null, null, null, null, null, null, null, null, scope)
			.getBody();
	}

	private static List<FaultAnswer> faults(ConfigurableApplicationContext application) {
		return application.getBean(ChaosEndpoint.class).list();
	}

	@Test
	void theScorecardOfTheFleetIsThatOfAllInstances() {
		this.redis = new RedisServer(this.folder);
		ConfigurableApplicationContext one = start();
		ConfigurableApplicationContext other = start();
		awaitConnected(one, true);
		awaitConnected(other, true);
		answers(one);
		answers(other);
		answers(other);
		other.getBean(SharedScores.class).report();
		Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> scores(one).overall().calls() == 3);
		FleetScoreAnswer all = scores(one);
		assertThat(all.fleet()).isEqualTo("agents");
		assertThat(all.connected()).isTrue();
		assertThat(all.expected()).isEqualTo(2);
		assertThat(all.instances()).extracting((each) -> each.overall().calls()).containsExactly(1L, 2L);
		assertThat(all.instances().get(0).here()).isTrue();
		assertThat(all.llm().summary().succeeded()).isEqualTo(3);
		assertThat(all.llm().chains().get("default").instances()).hasSize(2);
		assertThat(all.mcp().chains()).isEmpty();
		assertThat(all.notHeard()).isEmpty();
		assertThat(this.redis.command("HLEN", "resilience:{agents}:scores")).as("the first may have reported by itself")
			.isIn(":1", ":2");
		String instance = other.getBean(Fleet.class).status().instance();
		this.redis.command("HSET", "resilience:{agents}:scores", instance + "%2Fllm%2Fdefault", "nonsense_1");
		this.redis.command("HSET", "resilience:{agents}:scores", instance + "%2Fllm%2Fx", "nonsense");
		Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> scores(one).instances().size() == 1);
		this.redis.kill();
		awaitConnected(one, false);
		Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> !scores(one).connected());
		assertThat(scores(one).overall().calls()).isEqualTo(1);
		assertThat(one.getBean(ScorecardEndpoint.class)
			.scorecard(ScorecardFormat.JSON, null, null, null, "planet")
			.getStatus()).isEqualTo(400);
	}

	@Test
	void whatInstancesHaveReportedThatAreGoneDoesNotStay() {
		this.redis = new RedisServer(this.folder);
		this.redis.command("HSET", "resilience:{agents}:scores", "gone%2Fllm%2Fdefault", "1 1 2 gone AAAA");
		ConfigurableApplicationContext one = start();
		awaitConnected(one, true);
		one.getBean(SharedScores.class).report();
		Awaitility.await()
			.until(() -> this.redis.command("HEXISTS", "resilience:{agents}:scores", "gone%2Fllm%2Fdefault")
				.equals(":0"));
		this.redis.command("SET", "resilience:{agents}:scores", "nonsense");
		assertThat(scores(one).connected()).isFalse();
		assertThat(fleet(one).get("connected")).as("it is no part of it that calls need").isEqualTo(true);
	}

	private static FleetScoreAnswer scores(ConfigurableApplicationContext application) {
		return (FleetScoreAnswer) application.getBean(ScorecardEndpoint.class)
			.scorecard(ScorecardFormat.JSON, null, null, null, "fleet")
			.getBody();
	}

	@Test
	void theScorecardSaysWhereABreakerMovedBecauseOthersTold() {
		this.redis = new RedisServer(this.folder);
		ConfigurableApplicationContext one = start();
		ConfigurableApplicationContext other = start();
		awaitConnected(one, true);
		awaitConnected(other, true);
		set(one, "FORCED_OPEN");
		Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> state(other) == State.FORCED_OPEN);
		assertThat(byFleet(one)).containsExactly((Boolean) null);
		assertThat(byFleet(other)).containsExactly(true);
		assertThat(String.valueOf(other.getBean(ScorecardEndpoint.class)
			.scorecard(ScorecardFormat.HTML, null, null, null, null)
			.getBody())).contains("FORCED_OPEN*").contains("\"fleet\":true");
	}

	private static List<Boolean> byFleet(ConfigurableApplicationContext application) {
		ScorecardAnswer card = (ScorecardAnswer) application.getBean(ScorecardEndpoint.class)
			.scorecard(ScorecardFormat.JSON, null, "5m", null, null)
			.getBody();
		return ((HistoryAnswer) card.history()).events()
			.stream()
			.map((event) -> ((HistoryAnswer.BreakerEvent) event).byFleet())
			.toList();
	}

	@Test
	void aStoppedRedisHoldsUpNeitherTheStartNorACall() {
		this.redis = new RedisServer(this.folder);
		this.redis.pause();
		long before = System.nanoTime();
		ConfigurableApplicationContext one = start();
		answers(one);
		assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(20));
		assertThat(fleet(one).get("connected")).isEqualTo(false);
		this.redis.resume();
		awaitConnected(one, true);
	}

}
