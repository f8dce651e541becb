package io.github.agentresilience.fleet.internal;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.internal.engine.ChainFixture;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.limit.Limits;
import io.github.agentresilience.chain.internal.limit.Precedence;
import io.github.agentresilience.chain.internal.limit.Reservation;
import io.github.agentresilience.chain.internal.limit.TokenEstimate;
import io.github.agentresilience.chain.internal.limit.Waiting;
import io.github.agentresilience.chain.internal.policy.LimitPolicy;
import io.github.agentresilience.fleet.internal.redis.RedisBuckets;
import io.github.agentresilience.fleet.internal.redis.RedisFleetChannel;
import io.github.agentresilience.support.ManualTime;
import io.github.agentresilience.support.RedisServer;
import io.github.agentresilience.support.SilentProxy;
import io.lettuce.core.RedisClient;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Instances that keep limits together in a real Redis.
 */
@Timeout(60)
class FleetLimitsTests extends ChainFixture {

	/** How many times as fast as the system's the instances' time goes. */
	private static final int FAST = 5;

	/**
	 * Redis keeps its own pace, so what an instance believes of its time may be ahead by
	 * as much as has passed since it was last told, which is up to a second.
	 */
	private static final int AHEAD = 3 * FAST;

	/** No instance waits that long for Redis here, whatever else this machine does. */
	private static final Duration LONG_ENOUGH = Duration.ofSeconds(FAST);

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final List<Instance> instances = new ArrayList<>();

	@TempDir
	private Path folder;

	private RedisServer redis;

	private SilentProxy proxy;

	FleetLimitsTests() {
		super(ManualTime.running(FAST));
	}

	@BeforeEach
	void open() {
		this.redis = new RedisServer(this.folder);
		this.proxy = new SilentProxy(this.redis.port());
	}

	@AfterEach
	void end() {
		this.instances.forEach(Instance::close);
		this.threads.shutdownNow();
		if (this.redis != null) {
			this.proxy.close();
			this.redis.close();
		}
	}

	private List<Instance> three(LimitPolicy policy) {
		for (int i = 0; i < 3; i++) {
			this.instances.add(new Instance(policy, LONG_ENOUGH));
		}
		Awaitility.await()
			.atMost(20, TimeUnit.SECONDS)
			.until(() -> this.instances.stream().allMatch((each) -> each.fleet.status().instances() == 3));
		return this.instances;
	}

	@Test
	void allInstancesTogetherTakeNoMoreThanTheLimit() throws Exception {
		List<Instance> all = three(new LimitPolicy(60, 0, 0));
		long begun = this.runtime.nanoTime();
		List<Future<Integer>> taken = new ArrayList<>();
		for (Instance each : all) {
			taken.add(this.threads.submit(() -> each.takes(40)));
		}
		int sum = 0;
		for (Future<Integer> each : taken) {
			sum += each.get();
		}
		long come = TimeUnit.NANOSECONDS.toSeconds(this.runtime.nanoTime() - begun) + 1;
		assertThat(sum).as("not three times 40").isBetween(60, (int) (60 + come + AHEAD));
		assertThat(all).allMatch((each) -> each.fleet.status().limits() == FleetStatus.Limits.SHARED);
	}

	@Test
	void whatOneUsedOrGaveBackTheOthersSee() {
		List<Instance> all = three(new LimitPolicy(0, 6_000, 0));
		Reservation reservation = all.get(0).take(6_000);
		assertThat(reservation).isNotNull();
		assertThat(all.get(1).take(3_000)).isNull();
		reservation.released();
		Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> all.get(1).take(3_000) != null);
		assertThat(all.get(2).take(6_000)).isNull();
	}

	@Test
	void whoWaitsIsGivenWhatComesWithoutHoldingUpAnybody() {
		List<Instance> all = three(new LimitPolicy(0, 12_000, 0));
		assertThat(all.get(0).take(12_000)).isNotNull();
		assertThat(all.get(1).take(12_000)).isNull();
		assertThat(waits(all.get(1), 500)).isNotNull();
	}

	@Test
	void whoWaitsWhenRedisGoesSilentIsServedByTheShareAndSharesAgainAfterwards() {
		Instance one = new Instance(new LimitPolicy(0, 12_000, 0), LONG_ENOUGH, this.proxy.port());
		this.instances.add(one);
		Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> one.fleet.status().isConnected());
		assertThat(one.take(12_000)).isNotNull();
		this.proxy.goSilent();
		assertThat(waits(one, 500)).isNotNull();
		this.proxy.speak();
		for (int i = 0; i < 2; i++) {
			Awaitility.await()
				.atMost(30, TimeUnit.SECONDS)
				.until(() -> one.fleet.status().limits() == FleetStatus.Limits.SHARED);
			long before = one.fleet.status().byShares();
			assertThat(waits(one, 50)).isNotNull();
			assertThat(one.fleet.status().byShares()).as("counted together").isEqualTo(before);
		}
	}

	private static Waiting.Grant waits(Instance instance, int tokens) {
		Limits limits = instance.limits();
		Waiting waiting = new Waiting(Precedence.NONE, List.of(limits.place(0, tokens(tokens), 0)), null,
				TimeUnit.SECONDS.toNanos(30));
		assertThat(waiting.begin()).isTrue();
		Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> waiting.over().isDone());
		return waiting.end();
	}

	@Test
	void withoutRedisEachTakesItsShareOfWhatWasLeft() {
		List<Instance> all = three(new LimitPolicy(60, 0, 0));
		assertThat(all.get(0).takes(30)).isEqualTo(30);
		all.forEach((each) -> each.takes(1));
		this.redis.kill();
		Awaitility.await()
			.atMost(20, TimeUnit.SECONDS)
			.until(() -> all.stream().noneMatch((each) -> each.fleet.status().isConnected()));
		int sum = 0;
		for (Instance each : all) {
			int taken = each.takes(40);
			assertThat(taken).as("a share of what was left, and what has come since").isBetween(6, 20);
			sum += taken;
			assertThat(each.fleet.status().limits()).isEqualTo(FleetStatus.Limits.BY_SHARE);
		}
		assertThat(sum).isLessThanOrEqualTo(60);
		this.redis.start();
		Awaitility.await()
			.atMost(20, TimeUnit.SECONDS)
			.until(() -> all.stream()
				.allMatch((each) -> each.fleet.status().limits() == FleetStatus.Limits.SHARED
						&& each.fleet.status().isConnected()));
	}

	@Test
	void aSlowRedisIsWaitedForOnceAndThenLeftToItself() {
		Instance one = new Instance(new LimitPolicy(6_000, 0, 0), Duration.ofMillis(20 * FAST), this.proxy.port());
		this.instances.add(one);
		Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> one.fleet.status().isConnected());
		Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> {
			long before = one.fleet.status().byShares();
			return one.takes(1) == 1 && one.fleet.status().byShares() == before;
		});
		this.proxy.answerLate(2_000);
		long begun = System.nanoTime();
		assertThat(one.takes(200)).isEqualTo(200);
		assertThat(Duration.ofNanos(System.nanoTime() - begun)).as("one wait for 20 ms, not 200 of them")
			.isLessThan(Duration.ofSeconds(2));
		assertThat(one.fleet.status().byShares()).isGreaterThanOrEqualTo(200);
		assertThat(one.fleet.status().limits()).isEqualTo(FleetStatus.Limits.BY_SHARE);
		this.proxy.answerLate(0);
		Awaitility.await()
			.atMost(30, TimeUnit.SECONDS)
			.until(() -> one.fleet.status().limits() == FleetStatus.Limits.SHARED);
	}

	@Test
	void whatIsInRedisIsNotBelievedWhereItCannotBe() {
		Instance one = new Instance(new LimitPolicy(60, 0, 0), LONG_ENOUGH);
		this.instances.add(one);
		Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> one.fleet.status().isConnected());
		String key = "resilience:{test}:limit:a%2Frequests%2F60";
		for (String garbage : List.of("x", "\u0000".repeat(64), "x".repeat(100_000))) {
			this.redis.command("SET", key, garbage);
			assertThat(one.takes(1)).as("goes on by itself").isEqualTo(1);
			this.redis.command("DEL", key);
			Awaitility.await()
				.atMost(20, TimeUnit.SECONDS)
				.until(() -> one.fleet.status().limits() == FleetStatus.Limits.SHARED);
		}
		this.redis.command("FLUSHALL");
		assertThat(one.takes(10)).isEqualTo(10);
	}

	@Test
	void whereThereIsNoPlaceForBucketsEachTakesItsShare() {
		MemoryChannel.Store store = new MemoryChannel.Store(this.runtime.time());
		List<Instance> all = List.of(new Instance(new LimitPolicy(60, 0, 0), store),
				new Instance(new LimitPolicy(60, 0, 0), store));
		this.instances.addAll(all);
		Awaitility.await()
			.atMost(20, TimeUnit.SECONDS)
			.until(() -> all.stream().allMatch((each) -> each.fleet.status().instances() == 2));
		long begun = this.runtime.nanoTime();
		int taken = all.get(0).takes(60);
		assertThat(taken).isBetween(30, (int) (32 + TimeUnit.NANOSECONDS.toSeconds(this.runtime.nanoTime() - begun)));
	}

	private static TokenEstimate tokens(int tokens) {
		return new TokenEstimate() {

			@Override
			public int input() {
				return tokens - 1;
			}

			@Override
			public int output(int position) {
				return 1;
			}

		};
	}

	/** One of them, with one target. */
	private final class Instance {

		private final GuardedTarget<String, String> target;

		private final RedisClient client;

		private final Fleet fleet;

		Instance(LimitPolicy policy, Duration timeout) {
			this(policy, timeout, FleetLimitsTests.this.redis.port());
		}

		Instance(LimitPolicy policy, Duration timeout, int port) {
			this.target = limited(TestTarget.calling("a", (attempt) -> "here"), policy);
			this.client = RedisClient.create("redis://127.0.0.1:" + port);
			RedisFleetChannel channel = new RedisFleetChannel(() -> this.client, "test",
					FleetLimitsTests.this.runtime.time(), FleetLimitsTests.this.threads);
			this.fleet = new Fleet("test", channel, new RedisBuckets(channel), timeout, registry(),
					FleetLimitsTests.this.runtime.time(), FleetLimitsTests.this.threads);
			this.fleet.start(TimeUnit.SECONDS.toNanos(5));
		}

		Instance(LimitPolicy policy, MemoryChannel.Store store) {
			this.target = limited(TestTarget.calling("a", (attempt) -> "here"), policy);
			this.client = RedisClient.create("redis://127.0.0.1:1");
			this.fleet = new Fleet("test", new MemoryChannel(store), null, LONG_ENOUGH, registry(),
					FleetLimitsTests.this.runtime.time(), FleetLimitsTests.this.threads);
			this.fleet.start(TimeUnit.SECONDS.toNanos(5));
		}

		private ChainRegistry registry() {
			ChainRegistry registry = new ChainRegistry();
			registry.add(chain(policy(LONG), this.target));
			return registry;
		}

		Limits limits() {
			return this.target.limits();
		}

		Reservation take(int tokens) {
			return (limits().tryTake(tokens(tokens), 0) instanceof Reservation reservation) ? reservation : null;
		}

		/** How many of so many requests are let through. */
		int takes(int requests) {
			int taken = 0;
			for (int i = 0; i < requests; i++) {
				taken += (limits().tryTake(null, 0) instanceof Reservation) ? 1 : 0;
			}
			return taken;
		}

		void close() {
			this.fleet.close();
			this.client.shutdown(0, 1, TimeUnit.SECONDS);
		}

	}

}
