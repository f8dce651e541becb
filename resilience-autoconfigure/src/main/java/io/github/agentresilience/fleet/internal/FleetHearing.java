package io.github.agentresilience.fleet.internal;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiPredicate;
import java.util.function.Consumer;

import io.github.agentresilience.fleet.FleetChannel;
import io.github.agentresilience.fleet.FleetEntry;
import org.jspecify.annotations.Nullable;

/**
 * Hears what other instances tell, and hands it to whom it is about, on the fleet's
 * worker.
 */
final class FleetHearing implements FleetChannel.Listener {

	/** How targets are; kept. */
	static final String STATE = "state";

	/** How calls to targets went; not kept. */
	static final String CALLS = "calls";

	private final FleetStatus status;

	private final SerialWorker worker;

	/** Whether this instance has yet to tell something later of a topic and a key. */
	private final BiPredicate<String, String> knowsBetter;

	private final Map<String, SharedTarget> targets = new ConcurrentHashMap<>();

	private final Map<String, Consumer<FleetEntry>> topics = new ConcurrentHashMap<>();

	private final Map<String, Slot> slots = new ConcurrentHashMap<>();

	FleetHearing(FleetStatus status, SerialWorker worker, BiPredicate<String, String> knowsBetter) {
		this.status = status;
		this.worker = worker;
		this.knowsBetter = knowsBetter;
	}

	boolean knows(String id) {
		return this.targets.containsKey(id);
	}

	void add(String id, SharedTarget target) {
		target.slots().forEach((slot) -> this.slots.put(slot.key(), slot));
		this.targets.put(id, target);
	}

	void listen(String topic, Consumer<FleetEntry> listener) {
		this.topics.put(topic, listener);
	}

	/** Those that are listened to, besides how targets are. */
	Set<String> topics() {
		return this.topics.keySet();
	}

	/** Has each target keep what its operator decided. */
	void keepDecisions(Map<String, FleetEntry> known) {
		this.targets.values().forEach((target) -> target.keepDecision(known));
	}

	/** Something is known, whether told or read. On the fleet's worker. */
	void known(FleetEntry entry) {
		if (this.knowsBetter.test(entry.topic(), entry.key())) {
			return;
		}
		boolean own = entry.instance().equals(this.status.instance());
		Slot slot = entry.topic().equals(STATE) ? this.slots.get(entry.key()) : null;
		if (slot != null) {
			if (slot.isNews(entry.version())) {
				slot.known(entry.version());
				if (!own) {
					slot.target().heard(slot.kind(), entry);
				}
			}
			return;
		}
		Consumer<FleetEntry> listener = this.topics.get(entry.topic());
		if (listener != null && !own) {
			listener.accept(entry);
		}
	}

	@Override
	public void heard(FleetEntry entry) {
		switch (entry.topic()) {
			case STATE -> handOver(this.slots.get(entry.key()), () -> known(entry));
			case CALLS -> {
				SharedTarget called = this.targets.get(entry.key());
				handOver(called, () -> {
					if (called != null) {
						called.calls(entry);
					}
				});
			}
			default -> {
				// What is on another topic may be of no interest to this instance
				if (this.topics.containsKey(entry.topic())) {
					handOver(entry, () -> known(entry));
				}
			}
		}
	}

	private void handOver(@Nullable Object target, Runnable task) {
		if (target == null) {
			ignored("target");
		}
		else if (!this.worker.offer(task)) {
			ignored("overflow");
		}
	}

	@Override
	public void ignored(String reason) {
		this.status.ignore(reason);
	}

}
