package io.github.agentresilience.scorecard;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.scorecard.HistoryEvent.BreakerChange;

/**
 * The latest changes of one target's breaker. No other target's and no incident can push them out.
 */
final class BreakerHistory {

	/** As many as a breaker makes in an hour whose target stays dead, at an {@code open-for} of ten seconds. */
	static final int CHANGES = 2 * History.SLICES;

	private final Deque<BreakerChange> changes = new ArrayDeque<>();

	private final Layer layer;

	private final String target;

	private final Clock clock;

	BreakerHistory(Layer layer, String target, Clock clock) {
		this.layer = layer;
		this.target = target;
		this.clock = clock;
	}

	void changed(String from, String to) {
		Instant now = this.clock.instant().truncatedTo(ChronoUnit.MILLIS);
		synchronized (this.changes) {
			if (this.changes.size() == CHANGES) {
				this.changes.removeFirst();
			}
			this.changes.addLast(new BreakerChange(now, this.layer, this.target, from, to));
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
