package io.github.agentresilience.fleet;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Carries what the instances of a fleet tell each other, and keeps it for those that come
 * later. One on Redis comes with the library; a bean of this type takes its place.
 *
 * <p>
 * No method is called on the thread of a call to a target. They are called one after the
 * other, may wait for a few seconds, and throw when the store cannot be reached or
 * refuses; the instance then goes on by itself and tries {@link #open} again a little
 * later.
 */
public interface FleetChannel extends AutoCloseable {

	/**
	 * Connects, and begins to listen. Called again after a failure.
	 * @param instance the id of this instance, which no other has
	 * @param listener is told what other instances tell, from now on
	 */
	void open(String instance, Listener listener) throws Exception;

	/**
	 * Keeps an entry and tells it to all instances, unless something is known of its key
	 * that came to hold later. The same value again prolongs what is known and never
	 * shortens it. All times are durations, since clocks differ.
	 * @param age how long ago the value came to hold
	 * @param ttl for how long it holds from then on
	 * @return what holds now, {@code null} where nothing does
	 */
	@Nullable FleetEntry put(String topic, String key, String value, Duration age, Duration ttl) throws Exception;

	/**
	 * Keeps an entry of this instance in the place of what is known of its key, and tells
	 * nobody.
	 * @param ttl for how long it holds from now on
	 */
	void keep(String topic, String key, String value, Duration ttl) throws Exception;

	/** Tells all instances, and keeps nothing. */
	void send(String topic, String key, String value) throws Exception;

	/**
	 * Says that this instance is there.
	 * @param ttl for how long it counts unless it says so again
	 * @return how many instances are there
	 */
	int beat(Duration ttl) throws Exception;

	/** All entries of a topic that still hold. */
	List<FleetEntry> read(String topic) throws Exception;

	/**
	 * Takes a lock, or prolongs it where this instance has it.
	 * @param ttl when it is released by itself
	 * @return zero when this instance has it; else for how long another one has it at
	 * most
	 */
	Duration lock(String name, Duration ttl) throws Exception;

	/** Releases a lock where this instance has it. */
	void unlock(String name) throws Exception;

	/**
	 * Whether it seems to be connected; asked often, so that a lost connection is
	 * noticed.
	 */
	default boolean isOpen() {
		return true;
	}

	/**
	 * Gives up what {@link #open} took, at any time. It may be opened again.
	 */
	@Override
	void close();

	/**
	 * Hears of other instances.
	 */
	interface Listener {

		/** Another instance has told something. May be called on any thread. */
		void heard(FleetEntry entry);

		/**
		 * Something came that cannot be understood, and is ignored.
		 * @param reason one of few, for a metric
		 */
		void ignored(String reason);

	}

}
