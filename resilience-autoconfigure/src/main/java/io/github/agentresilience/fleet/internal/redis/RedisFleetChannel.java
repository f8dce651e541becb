package io.github.agentresilience.fleet.internal.redis;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.github.agentresilience.chain.internal.time.Nanos;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.fleet.FleetChannel;
import io.github.agentresilience.fleet.FleetEntry;
import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import org.jspecify.annotations.Nullable;

/**
 * A fleet that meets in Redis or Valkey. It has two connections of its own, one to hear
 * and one to speak, made by the client that Spring Data Redis has configured; after a
 * failure both are made anew.
 */
public final class RedisFleetChannel implements FleetChannel {

	/** How long Redis may take to answer. No call waits for it. */
	private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(3);

	/** Of what is told and not kept; nobody hears it later than that. */
	private static final Duration SENT_TTL = Duration.ofSeconds(10);

	/** A client that is shut down warns of connections that are still being closed. */
	private static final long MOST_CLOSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

	private static final String MOST_ENTRIES = "2000";

	private final Supplier<AbstractRedisClient> client;

	private final String prefix;

	private final Time time;

	private final Executor connects;

	private String instance = "";

	private volatile @Nullable RedisConnections connections;

	/** The time of Redis less ours, in microseconds; {@code null} until it is known. */
	private volatile @Nullable Long offsetMicros;

	/**
	 * A channel.
	 * @param client connects
	 * @param name the name of the fleet
	 * @param time what is waited by
	 * @param connects makes connections, which may take longer than is waited for them
	 */
	public RedisFleetChannel(Supplier<AbstractRedisClient> client, String name, Time time, Executor connects) {
		this.client = client;
		// In braces, so that a cluster has all of a fleet in one slot
		this.prefix = "resilience:{" + name + "}:";
		this.time = time;
		this.connects = connects;
	}

	@Override
	public void open(String instance, Listener listener) throws Exception {
		close();
		this.instance = instance;
		RedisConnections made = connect();
		this.connections = made;
		boolean whole = false;
		try {
			made.heard().addListener(new RedisPubSubAdapter<>() {

				@Override
				public void message(String channel, String message) {
					hear(message, listener);
				}

			});
			read("state");
			awaitEnd(made.heard().async().subscribe(channel()));
			whole = true;
		}
		finally {
			if (!whole) {
				close();
			}
		}
	}

	private void hear(String message, Listener listener) {
		Long offset = this.offsetMicros;
		if (offset == null) {
			return;
		}
		try {
			FleetEntry entry = EntryReader.message(message, ourMicros() + offset);
			if (!entry.instance().equals(this.instance)) {
				listener.heard(entry);
			}
		}
		catch (EntryReader.IgnoredException ex) {
			listener.ignored(ex.reason());
		}
	}

	/** A connection that comes when it is no longer waited for is closed. */
	private RedisConnections connect() throws Exception {
		CompletableFuture<RedisConnections> made = new CompletableFuture<>();
		this.connects.execute(() -> {
			try {
				RedisConnections late = RedisConnections.of(this.client.get());
				if (!made.complete(late)) {
					late.close();
				}
			}
			catch (Throwable ex) {
				made.completeExceptionally(ex);
			}
		});
		try {
			return this.time.await(made, TIMEOUT_NANOS);
		}
		catch (ExecutionException ex) {
			throw unwrapped(ex);
		}
		finally {
			made.cancel(false);
		}
	}

	@Override
	public @Nullable FleetEntry put(String topic, String key, String value, Duration age, Duration ttl)
			throws Exception {
		List<String> answer = list(RedisScripts.PUT, topic, channel(), topic, encoded(key), value, this.instance,
				micros(age), micros(ttl), MOST_ENTRIES);
		try {
			return (answer.size() < 2) ? null : EntryReader.entry(topic, encoded(key), answer.get(1), present(answer));
		}
		catch (EntryReader.IgnoredException ex) {
			return null;
		}
	}

	@Override
	public void keep(String topic, String key, String value, Duration ttl) throws Exception {
		list(RedisScripts.KEEP, topic, encoded(key), value, this.instance, micros(ttl), MOST_ENTRIES);
	}

	@Override
	public void send(String topic, String key, String value) throws Exception {
		list(RedisScripts.SEND, topic, channel(), topic, encoded(key), value, this.instance, micros(SENT_TTL));
	}

	@Override
	public int beat(Duration ttl) throws Exception {
		return Integer.parseInt(list(RedisScripts.BEAT, "instances", this.instance, micros(ttl), MOST_ENTRIES).get(1));
	}

	@Override
	public List<FleetEntry> read(String topic) throws Exception {
		List<String> answer = list(RedisScripts.READ, topic, MOST_ENTRIES, String.valueOf(EntryReader.LONGEST));
		long now = present(answer);
		List<FleetEntry> entries = new ArrayList<>();
		for (int i = 1; i + 1 < answer.size(); i += 2) {
			try {
				FleetEntry entry = EntryReader.entry(topic, answer.get(i), answer.get(i + 1), now);
				if (entry != null) {
					entries.add(entry);
				}
			}
			catch (EntryReader.IgnoredException ignored) {
				// It comes again each time, and would be counted again
			}
		}
		return entries;
	}

	@Override
	public Duration lock(String name, Duration ttl) throws Exception {
		Long others = await(eval(RedisScripts.LOCK, ScriptOutputType.INTEGER, "lock:" + encoded(name), this.instance,
				String.valueOf(Math.max(1, ttl.toMillis()))));
		return Duration.ofMillis(others);
	}

	@Override
	public void unlock(String name) throws Exception {
		awaitEnd(
				this.<Long>eval(RedisScripts.UNLOCK, ScriptOutputType.INTEGER, "lock:" + encoded(name), this.instance));
	}

	private List<String> list(String script, String topic, String... arguments) throws Exception {
		List<byte[]> bytes = await(eval(script, ScriptOutputType.MULTI, topic, arguments));
		List<String> answer = bytes.stream().map((each) -> new String(each, StandardCharsets.UTF_8)).toList();
		this.offsetMicros = present(answer) - ourMicros();
		return answer;
	}

	private <T> RedisFuture<T> eval(String script, ScriptOutputType output, String key, String... arguments) {
		byte[][] values = Stream.of(arguments)
			.map((each) -> each.getBytes(StandardCharsets.UTF_8))
			.toArray(byte[][]::new);
		return commands().eval(script, output, new String[] { name(key) }, values);
	}

	/** The commands, where it is connected. */
	RedisClusterAsyncCommands<String, byte[]> commands() {
		return open().async();
	}

	/** What a key is called in Redis. */
	String name(String key) {
		return this.prefix + key;
	}

	/** The time of Redis, as far as it is known, in nanoseconds. */
	long presentNanos() {
		Long offset = this.offsetMicros;
		return TimeUnit.MICROSECONDS.toNanos(ourMicros() + ((offset != null) ? offset : 0));
	}

	private long present(List<String> answer) {
		return Long.parseLong(answer.get(0));
	}

	private long ourMicros() {
		return TimeUnit.NANOSECONDS.toMicros(this.time.nanos());
	}

	private RedisConnections open() {
		RedisConnections open = this.connections;
		if (open == null || !open.isOpen()) {
			throw new IllegalStateException("not connected");
		}
		return open;
	}

	private <T> T await(RedisFuture<T> answer) throws Exception {
		awaitEnd(answer);
		return Objects.requireNonNull(answer.get());
	}

	private void awaitEnd(RedisFuture<?> answer) throws Exception {
		try {
			this.time.await(answer, TIMEOUT_NANOS);
		}
		catch (ExecutionException ex) {
			throw unwrapped(ex);
		}
		catch (TimeoutException | InterruptedException ex) {
			answer.cancel(true);
			throw ex;
		}
	}

	private static Exception unwrapped(ExecutionException thrown) {
		return (thrown.getCause() instanceof Exception cause) ? cause : thrown;
	}

	private String channel() {
		return this.prefix + "told";
	}

	static String encoded(String key) {
		return URLEncoder.encode(key, StandardCharsets.UTF_8);
	}

	private static String micros(Duration duration) {
		return String.valueOf(TimeUnit.NANOSECONDS.toMicros(Math.max(0, Nanos.of(duration))));
	}

	@Override
	public boolean isOpen() {
		RedisConnections open = this.connections;
		return open != null && open.isOpen();
	}

	@Override
	public void close() {
		RedisConnections open = this.connections;
		this.connections = null;
		if (open != null) {
			try {
				this.time.await(open.close(), MOST_CLOSE_NANOS);
			}
			catch (ExecutionException | TimeoutException goesOnBeingClosed) {
				// Nothing hangs on it
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}
	}

}
