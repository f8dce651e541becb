package io.github.agentresilience.scorecard.internal;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.scorecard.internal.HistoryEvent.BreakerChange;

/**
 * The latest changes of one target's breaker. No other target's and no incident can push
 * them out.
 */
final class BreakerHistory {

	/**
	 * As many as a breaker makes in an hour whose target stays dead, at an
	 * {@code open-for} of ten seconds.
	 */
	static final int CHANGES = 2 * History.SLICES;

	private final Deque<BreakerChange> changes = new ArrayDeque<>();

	private final Layer layer;

	private final String target;

	private final Time time;

	BreakerHistory(Layer layer, String target, Time time) {
		this.layer = layer;
		this.target = target;
		this.time = time;
	}

	void changed(String from, String to, boolean byFleet) {
		Instant now = this.time.now().truncatedTo(ChronoUnit.MILLIS);
		synchronized (this.changes) {
			if (this.changes.size() == CHANGES) {
				this.changes.removeFirst();
			}
			this.changes.addLast(new BreakerChange(now, this.layer, this.target, from, to, byFleet));
		}
	}

	List<BreakerChange> since(Instant from) {
		synchronized (this.changes) {
			return this.changes.stream().filter((change) -> !change.at().isBefore(from)).toList();
		}
	}

	void reset() {
		synchronized (this.changes) {
			this.changes.clear();
		}
	}

}
