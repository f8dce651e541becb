package io.github.agentresilience.observation.internal;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The lines about the breaker of one target. Transitions that come too soon after another
 * are written later, in order and with the time at which they happened, whether or not
 * another call is made: the last line must show the present state.
 */
final class BreakerLog {

	/**
	 * A breaker that flaps faster than this has the rest of its transitions counted only.
	 */
	private static final int MOST_HELD = 8;

	private final Logger logger;

	private final String layer;

	private final String target;

	private final LogPace pace;

	private final LogLimit limit;

	private final Deque<Change> held = new ArrayDeque<>();

	BreakerLog(Logger logger, String layer, String target, LogPace pace) {
		this.logger = logger;
		this.layer = layer;
		this.target = target;
		this.pace = pace;
		this.limit = new LogLimit(pace, () -> logHeld(false));
	}

	void changed(CircuitBreaker.StateTransition transition, Instant at) {
		synchronized (this) {
			this.held.add(new Change(transition, at));
			if (this.held.size() > MOST_HELD) {
				this.held.remove();
				this.limit.leftOut();
			}
		}
		logHeld(false, at);
	}

	/**
	 * Says what is held back.
	 * @param anyway whether it is said even if it is too soon, because nothing is said
	 * any longer
	 */
	void logHeld(boolean anyway) {
		logHeld(anyway, null);
	}

	private void logHeld(boolean anyway, @Nullable Instant present) {
		List<Change> due;
		synchronized (this) {
			if (this.held.isEmpty()) {
				return;
			}
			boolean now = this.limit.passes(this.pace.now()) || anyway;
			due = now ? new ArrayList<>(this.held) : List.of();
			if (now) {
				this.held.clear();
			}
		}
		if (due.isEmpty()) {
			this.limit.heldBack();
		}
		due.forEach((change) -> log(change, change.at == present));
	}

	private void log(Change change, boolean now) {
		CircuitBreaker.State state = change.transition.getToState();
		this.logger.atWarn()
			.addKeyValue("event", "breaker")
			.addKeyValue("layer", this.layer)
			.addKeyValue("target", this.target)
			.addKeyValue("from", change.transition.getFromState())
			.addKeyValue("to", state)
			.addKeyValue("at", change.at)
			.addKeyValue("suppressed", this.limit.suppressed())
			.log("The breaker of the {} target '{}' is {}{}", this.layer, this.target, state,
					now ? "" : " since " + change.at);
	}

	private record Change(CircuitBreaker.StateTransition transition, Instant at) {
	}

}
