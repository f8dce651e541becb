package io.github.agentresilience.fleet.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.fleet.FleetChannel;
import io.github.agentresilience.fleet.FleetEntry;

/**
 * A channel to a store in memory, which goes by the time of the test.
 */
final class MemoryChannel implements FleetChannel {

	private final Store store;

	/** Whether this instance is cut off. */
	boolean down;

	/** Who has asked the store. */
	final Set<Thread> asking = ConcurrentHashMap.newKeySet();

	/** What those who ask wait for. */
	volatile CountDownLatch hanging = new CountDownLatch(0);

	private String instance;

	private Listener listener;

	MemoryChannel(Store store) {
		this.store = store;
	}

	@Override
	public void open(String instance, Listener listener) {
		reach();
		this.instance = instance;
		this.listener = listener;
		this.store.open.add(this);
	}

	private void reach() {
		this.asking.add(Thread.currentThread());
		try {
			this.hanging.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
		if (this.down) {
			throw new IllegalStateException("down");
		}
	}

	@Override
	public FleetEntry put(String topic, String key, String value, Duration age, Duration ttl) {
		reach();
		long now = this.store.time.nanos();
		long at = now - age.toNanos();
		long until = at + ttl.toNanos();
		Kept old = this.store.kept.get(topic + " " + key);
		if (old != null && old.until > now) {
			boolean same = old.value.equals(value);
			boolean own = old.instance.equals(this.instance);
			if (same ? old.until >= until : old.at >= at && !own) {
				return old.entry(topic, key, now);
			}
			at = same ? Math.max(at, old.at) : own ? Math.max(at, old.at + 1000) : at;
		}
		Kept kept = new Kept(value, this.instance, at, until);
		this.store.kept.put(topic + " " + key, kept);
		tell(kept.entry(topic, key, now));
		return kept.entry(topic, key, now);
	}

	@Override
	public void keep(String topic, String key, String value, Duration ttl) {
		reach();
		long now = this.store.time.nanos();
		this.store.kept.put(topic + " " + key, new Kept(value, this.instance, now, now + ttl.toNanos()));
	}

	@Override
	public void send(String topic, String key, String value) {
		reach();
		tell(new FleetEntry(topic, key, value, this.instance, this.store.time.nanos() / 1000, Duration.ofSeconds(1)));
	}

	/** Tells all others, whatever it is. */
	void tell(FleetEntry entry) {
		for (MemoryChannel other : List.copyOf(this.store.open)) {
			if (other != this && !other.down) {
				other.listener.heard(entry);
			}
		}
	}

	@Override
	public int beat(Duration ttl) {
		reach();
		return this.store.open.size();
	}

	@Override
	public List<FleetEntry> read(String topic) {
		reach();
		List<FleetEntry> found = new ArrayList<>();
		this.store.kept.forEach((name, kept) -> {
			if (name.startsWith(topic + " ") && kept.until > this.store.time.nanos()) {
				found.add(kept.entry(topic, name.substring(topic.length() + 1), this.store.time.nanos()));
			}
		});
		return found;
	}

	@Override
	public Duration lock(String name, Duration ttl) {
		reach();
		long now = this.store.time.nanos();
		Kept lock = this.store.locks.get(name);
		if (lock != null && lock.until > now && !lock.instance.equals(this.instance)) {
			return Duration.ofNanos(lock.until - now);
		}
		this.store.locks.put(name, new Kept("", this.instance, now, now + ttl.toNanos()));
		return Duration.ZERO;
	}

	@Override
	public void unlock(String name) {
		reach();
		this.store.locks.values().removeIf((lock) -> lock.instance.equals(this.instance));
	}

	@Override
	public void close() {
		this.store.open.remove(this);
	}

	/** What all have in common. */
	static final class Store {

		final Map<String, Kept> kept = new LinkedHashMap<>();

		final Map<String, Kept> locks = new HashMap<>();

		private final List<MemoryChannel> open = new ArrayList<>();

		private final Time time;

		Store(Time time) {
			this.time = time;
		}

	}

	/** Something kept. */
	record Kept(String value, String instance, long at, long until) {

		FleetEntry entry(String topic, String key, long now) {
			return new FleetEntry(topic, key, this.value, this.instance, this.at / 1000,
					Duration.ofNanos(this.until - now));
		}

	}

}
