package io.github.agentresilience.fleet.internal;

import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What is to be told. Of each key only the latest waits, so that it never holds more than
 * there are keys, however long nothing can be told.
 */
final class Outbox {

	private final Map<String, Change> waiting = new LinkedHashMap<>();

	synchronized void add(Change change) {
		this.waiting.remove(change.name());
		this.waiting.put(change.name(), change);
	}

	/** Puts back what could not be told, unless there is something later. */
	synchronized void putBack(Change change) {
		this.waiting.putIfAbsent(change.name(), change);
	}

	synchronized boolean holds(String topic, String key) {
		return !this.waiting.isEmpty() && this.waiting.containsKey(topic + ' ' + key);
	}

	synchronized @Nullable Change next() {
		var all = this.waiting.values().iterator();
		if (!all.hasNext()) {
			return null;
		}
		Change first = all.next();
		all.remove();
		return first;
	}

	/**
	 * A change of this instance.
	 *
	 * @param key what of the topic it changes
	 * @param sinceNanos when it happened, by the runtime's time
	 * @param ttlNanos for how long it holds from then on
	 */
	record Change(String topic, String key, String value, long sinceNanos, long ttlNanos) {

		private String name() {
			return this.topic + ' ' + this.key;
		}

	}

}
