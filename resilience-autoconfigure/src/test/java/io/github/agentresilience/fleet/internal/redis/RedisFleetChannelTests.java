package io.github.agentresilience.fleet.internal.redis;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.internal.time.SystemTime;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.fleet.FleetChannel;
import io.github.agentresilience.fleet.FleetEntry;
import io.github.agentresilience.support.RedisServer;
import io.github.bucket4j.distributed.AsyncBucketProxy;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Against a real server.
 */
@Timeout(60)
class RedisFleetChannelTests {

	private static final Duration NOW = Duration.ZERO;

	private static final Duration TTL = Duration.ofSeconds(20);

	@TempDir
	private static Path folder;

	private static RedisServer redis;

	private final Time time = new SystemTime();

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private RedisClient client;

	private final Queue<String> heard = new ConcurrentLinkedQueue<>();

	private final Queue<String> ignored = new ConcurrentLinkedQueue<>();

	private FleetChannel one;

	private FleetChannel other;

	@BeforeAll
	static void start() {
		redis = new RedisServer(folder);
	}

	@AfterAll
	static void stop() {
		if (redis != null) {
			redis.close();
		}
	}

	@BeforeEach
	void open() throws Exception {
		redis.command("FLUSHALL");
		this.client = RedisClient.create("redis://127.0.0.1:" + redis.port());
		this.one = open("one");
		this.other = open("other");
	}

	@AfterEach
	void close() {
		this.client.shutdown(0, 1, TimeUnit.SECONDS);
		this.threads.shutdownNow();
		this.time.close();
	}

	private FleetChannel open(String instance) throws Exception {
		RedisFleetChannel channel = new RedisFleetChannel(() -> this.client, "test", this.time, this.threads);
		channel.open(instance, new FleetChannel.Listener() {

			@Override
			public void heard(FleetEntry entry) {
				RedisFleetChannelTests.this.heard.add(instance + " hears " + entry.value() + " of " + entry.key());
			}

			@Override
			public void ignored(String reason) {
				RedisFleetChannelTests.this.ignored.add(reason);
			}

		});
		return channel;
	}

	@Test
	void whatOneTellsTheOthersHearAndThoseWhoComeLaterRead() throws Exception {
		FleetEntry told = this.one.put("state", "llm-a b/breaker", "OPEN", Duration.ofSeconds(5), TTL);
		assertThat(told.left()).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(15));
		Awaitility.await().until(() -> List.copyOf(this.heard).equals(List.of("other hears OPEN of llm-a b/breaker")));
		FleetEntry read = this.other.read("state").get(0);
		assertThat(read.key()).isEqualTo("llm-a b/breaker");
		assertThat(read.instance()).isEqualTo("one");
		assertThat(read.version()).isEqualTo(told.version());
		assertThat(read.left()).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(15));
		assertThat(redis.command("PTTL", "resilience:{test}:state")).matches(":1[34]\\d{3}|:15000");
	}

	@Test
	void theSameAgainOnlyProlongsAndWhatIsOlderChangesNothing() throws Exception {
		FleetEntry longer = this.one.put("state", "a", "OPEN", NOW, TTL);
		FleetEntry shorter = this.other.put("state", "a", "OPEN", NOW, Duration.ofSeconds(3));
		assertThat(shorter.version()).isEqualTo(longer.version());
		assertThat(shorter.left()).isGreaterThan(Duration.ofSeconds(15));
		FleetEntry closed = this.other.put("state", "a", "CLOSED", NOW, Duration.ofSeconds(30));
		assertThat(this.one.put("state", "a", "OPEN", Duration.ofSeconds(2), TTL)).extracting(FleetEntry::value)
			.isEqualTo("CLOSED");
		assertThat(this.one.read("state")).extracting(FleetEntry::version).containsExactly(closed.version());
		assertThat(this.one.put("state", "a", "OPEN", NOW, TTL)).extracting(FleetEntry::value).isEqualTo("OPEN");
		assertThat(this.one.put("state", "b", "OPEN", TTL, TTL)).isNull();
	}

	@Test
	void aLockIsForOneUntilItExpiresOrIsReleasedByItsOwner() throws Exception {
		assertThat(this.one.lock("a", Duration.ofSeconds(10))).isZero();
		assertThat(this.one.lock("a", Duration.ofSeconds(20))).isZero();
		assertThat(this.other.lock("a", TTL)).isBetween(Duration.ofSeconds(10), TTL);
		this.other.unlock("a");
		assertThat(this.other.lock("a", TTL)).isPositive();
		this.one.unlock("a");
		assertThat(this.other.lock("a", Duration.ofMillis(1))).isZero();
		Awaitility.await().until(() -> this.one.lock("a", TTL).isZero());
	}

	@Test
	void whatOthersWroteIsReadWithCare() throws Exception {
		String now = String.valueOf(System.currentTimeMillis() * 1000);
		String later = String.valueOf(System.currentTimeMillis() * 1000 + 9_000_000_000_000L);
		String channel = "resilience:{test}:told";
		for (String message : List.of("nonsense", now + " state a 2 0 " + later + " x OPEN",
				later + " state a 1 0 " + later + " x OPEN", now + " state a 1 " + later + " " + later + " x OPEN",
				now + " state a 1 0 1 x OPEN", now + " state a%zz 1 0 " + later + " x OPEN", "x".repeat(20_000))) {
			redis.command("PUBLISH", channel, message);
		}
		Awaitility.await().until(() -> this.ignored.size() == 14);
		assertThat(this.ignored).containsOnly("malformed", "version", "time", "expired", "too_long");
		redis.command("PUBLISH", channel, now + " state a 1 0 " + later + " x OPEN");
		Awaitility.await().until(() -> this.heard.size() == 2);
		redis.command("HSET", "resilience:{test}:state", "a", "nonsense");
		redis.command("HSET", "resilience:{test}:state", "b", "2 0 " + later + " x OPEN");
		redis.command("HSET", "resilience:{test}:state", "c", "1 0 " + later + " x " + "y".repeat(20_000));
		redis.command("HSET", "resilience:{test}:state", "d", "1 0 1 x OPEN");
		assertThat(this.one.read("state")).isEmpty();
		assertThat(redis.command("HLEN", "resilience:{test}:state")).isEqualTo(":3");
		assertThat(this.one.put("state", "a", "OPEN", NOW, TTL)).isNotNull();
	}

	@Test
	void aFloodOfEntriesIsRefused() throws Exception {
		for (int i = 0; i < 2001; i++) {
			redis.command("HSET", "resilience:{test}:state", "k" + i, "v");
		}
		assertThatThrownBy(() -> this.one.put("state", "a", "OPEN", NOW, TTL)).hasMessageStartingWith("FULL");
		assertThatThrownBy(() -> this.one.read("state")).hasMessageStartingWith("FULL");
	}

	@Test
	void aServerThatRefusesFailsTheChannelAndNothingElse() throws Exception {
		RedisClient wrong = RedisClient.create("redis://somebody:wrong@127.0.0.1:" + redis.port());
		RedisFleetChannel refused = new RedisFleetChannel(() -> wrong, "test", this.time, this.threads);
		assertThatThrownBy(() -> refused.open("x", null)).isInstanceOf(RedisConnectionException.class);
		assertThatThrownBy(() -> refused.read("state")).isInstanceOf(IllegalStateException.class);
		refused.close();
		wrong.shutdown(0, 1, TimeUnit.SECONDS);
	}

	@Test
	void theCommandsThatTheGuideNamesSuffice() throws Exception {
		assertThat(redis.command("ACL", "SETUSER", "fleet", "on", ">secret", "resetkeys", "resetchannels",
				"~resilience:{test}:*", "&resilience:{test}:*", "-@all", "+eval", "+time", "+get", "+getrange", "+set",
				"+del", "+psetex", "+pttl", "+pexpire", "+hget", "+hset", "+hdel", "+hlen", "+hgetall", "+publish",
				"+subscribe", "+hello", "+auth", "+ping", "+client|setname"))
			.isEqualTo("+OK");
		RedisClient limited = RedisClient.create("redis://fleet:secret@127.0.0.1:" + redis.port());
		RedisFleetChannel channel = new RedisFleetChannel(() -> limited, "test", this.time, this.threads);
		channel.open("limited", new FleetChannel.Listener() {

			@Override
			public void heard(FleetEntry entry) {
				RedisFleetChannelTests.this.heard.add("limited");
			}

			@Override
			public void ignored(String reason) {
			}

		});
		this.one.put("state", "a", "OPEN", NOW, TTL);
		Awaitility.await().until(() -> this.heard.contains("limited"));
		channel.put("state", "a", "CLOSED", NOW, TTL);
		assertThat(channel.read("state")).hasSize(1);
		assertThat(channel.lock("a", TTL)).isZero();
		channel.unlock("a");
		AsyncBucketProxy bucket = new RedisBuckets(channel).bucket("llm-a b/requests", 60);
		assertThat(bucket.tryConsumeAndReturnRemaining(50).get(10, TimeUnit.SECONDS).getRemainingTokens())
			.isEqualTo(10);
		assertThat(bucket.tryConsumeAndReturnRemaining(50).get(10, TimeUnit.SECONDS).isConsumed()).isFalse();
		bucket.addTokens(40).get(10, TimeUnit.SECONDS);
		assertThat(bucket.tryConsumeAndReturnRemaining(50).get(10, TimeUnit.SECONDS).isConsumed()).isTrue();
		assertThat(redis.command("PTTL", "resilience:{test}:limit:llm-a+b%2Frequests")).matches(":[67]\\d{4}");
		channel.close();
		limited.shutdown(0, 1, TimeUnit.SECONDS);
	}

}
