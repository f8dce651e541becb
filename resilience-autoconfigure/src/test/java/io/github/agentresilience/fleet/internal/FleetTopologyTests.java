package io.github.agentresilience.fleet.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.github.agentresilience.actuate.internal.ResilienceEndpoint;
import io.github.agentresilience.actuate.internal.ResilienceHealthIndicator;
import io.github.agentresilience.support.RedisServer;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Fleets that meet in more than one server of Redis: a cluster, and a primary with a
 * replica that a sentinel promotes.
 */
@Timeout(120)
class FleetTopologyTests {

	private final ScriptedProvider a = new ScriptedProvider().always(Reply.text("from a"));

	private final ScriptedProvider b = new ScriptedProvider().always(Reply.text("from b"));

	private final List<ConfigurableApplicationContext> applications = new ArrayList<>();

	private final List<RedisServer> servers = new ArrayList<>();

	@TempDir
	private Path folder;

	@AfterEach
	void close() {
		this.applications.forEach(ConfigurableApplicationContext::close);
		this.servers.forEach(RedisServer::close);
		this.a.close();
		this.b.close();
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(60, TimeUnit.SECONDS);
	}

	private RedisServer server(RedisServer server) {
		this.servers.add(server);
		return server;
	}

	private Path folder(String name) throws IOException {
		return Files.createDirectory(this.folder.resolve(name));
	}

	private ConfigurableApplicationContext start(String... redis) {
		ConfigurableApplicationContext application = TestApplication
			.run(List.of("resilience.llm.targets.a.base-url=" + this.a.baseUrl(), "resilience.llm.targets.a.model=m",
					"resilience.llm.targets.a.limits.requests-per-minute=4",
					"resilience.llm.targets.b.base-url=" + this.b.baseUrl(), "resilience.llm.targets.b.model=m",
					"resilience.llm.chains.default=a,b", "resilience.llm.warm-up=false",
					"resilience.fleet.enabled=true", "resilience.fleet.timeout=1s", "spring.application.name=agents",
					"management.endpoints.web.exposure.include=*"), redis);
		this.applications.add(application);
		await().until(() -> fleet(application).get("connected").equals(true));
		return application;
	}

	private static Map<?, ?> fleet(ConfigurableApplicationContext application) {
		return (Map<?, ?>) application.getBean(ResilienceHealthIndicator.class).health().getDetails().get("fleet");
	}

	private static State state(ConfigurableApplicationContext application) {
		return application.getBean(CircuitBreakerRegistry.class).circuitBreaker("llm-b").getState();
	}

	private static void set(ConfigurableApplicationContext application, State state) {
		assertThat(application.getBean(ResilienceEndpoint.class).set("b", state.name()).getStatus()).isEqualTo(200);
	}

	private static String ask(ConfigurableApplicationContext application) {
		return application.getBean(ChatModel.class).call("hi");
	}

	/** What one is told, and what one has used, the other knows. */
	private static void actAsOne(ConfigurableApplicationContext one, ConfigurableApplicationContext other) {
		await().until(() -> Objects.equals(fleet(one).get("instances"), 2)
				&& Objects.equals(fleet(other).get("instances"), 2));
		set(one, State.FORCED_OPEN);
		await().until(() -> state(other) == State.FORCED_OPEN);
		set(other, State.CLOSED);
		await().until(() -> state(one) == State.CLOSED);
	}

	@Test
	void aClusterIsOnePlaceToMeet() throws Exception {
		List<RedisServer> nodes = new ArrayList<>();
		for (String each : List.of("one", "other")) {
			nodes.add(server(new RedisServer(folder(each), "--cluster-enabled", "yes", "--cluster-port",
					String.valueOf(RedisServer.freePort()))));
		}
		RedisServer first = nodes.get(0);
		RedisServer second = nodes.get(1);
		first.command("CLUSTER", "ADDSLOTSRANGE", "0", "8191");
		second.command("CLUSTER", "ADDSLOTSRANGE", "8192", "16383");
		String bus = second.option("--cluster-port");
		assertThat(first.command("CLUSTER", "MEET", "127.0.0.1", String.valueOf(second.port()), bus)).isEqualTo("+OK");
		// Either has the key or says who has, where the cluster is whole
		await().until(() -> nodes.stream()
			.map((node) -> node.command("SET", "x", "y"))
			.allMatch((answer) -> answer.equals("+OK") || answer.startsWith("-MOVED")));
		String redis = "spring.data.redis.cluster.nodes=127.0.0.1:" + first.port() + ",127.0.0.1:" + second.port();
		ConfigurableApplicationContext one = start(redis);
		ConfigurableApplicationContext other = start(redis);
		actAsOne(one, other);
		assertThat(Stream.of(one, other, one, other).map(FleetTopologyTests::ask)).containsOnly("from a");
		assertThat(List.of(ask(one), ask(other))).as("over the limit together").containsOnly("from b");
		await().until(() -> fleet(one).get("limits").equals("shared") && fleet(other).get("limits").equals("shared"));
	}

	@Test
	void aSentinelSaysWhereToMeetAndAnotherPrimaryIsFound() throws Exception {
		RedisServer primary = server(new RedisServer(folder("primary")));
		RedisServer replica = server(new RedisServer(folder("replica"), "--replicaof", "127.0.0.1 " + primary.port()));
		Path settings = folder("sentinel").resolve("sentinel.conf");
		Files.writeString(settings, "sentinel monitor agents 127.0.0.1 " + primary.port() + " 1\n"
				+ "sentinel down-after-milliseconds agents 500\nsentinel failover-timeout agents 3000\n");
		RedisServer sentinel = server(RedisServer.sentinel(settings));
		await().until(() -> sentinel.command("SENTINEL", "REPLICAS", "agents").equals("*1"));
		String[] redis = { "spring.data.redis.sentinel.master=agents",
				"spring.data.redis.sentinel.nodes=127.0.0.1:" + sentinel.port() };
		ConfigurableApplicationContext one = start(redis);
		ConfigurableApplicationContext other = start(redis);
		actAsOne(one, other);
		primary.kill();
		await().until(() -> replica.command("SET", "x", "y").equals("+OK"));
		actAsOne(one, other);
		assertThat(ask(one)).isEqualTo("from a");
	}

}
