package io.github.agentresilience.scorecard;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * Both clocks of a scorecard, going on when they are told to.
 */
final class SteppedClock extends Clock {

	private long nanos;

	void pass(Duration time) {
		this.nanos += time.toNanos();
	}

	long nanoTime() {
		return this.nanos;
	}

	@Override
	public Instant instant() {
		return Instant.EPOCH.plusNanos(this.nanos);
	}

	@Override
	public ZoneId getZone() {
		return ZoneOffset.UTC;
	}

	@Override
	public Clock withZone(ZoneId zone) {
		return this;
	}

}
