package io.github.agentresilience.chain.internal.time;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * The wall clock of a {@link Time}, for those who know the JDK's clock only.
 */
final class TimeClock extends Clock {

	private final Time time;

	private final ZoneId zone;

	TimeClock(Time time) {
		this(time, ZoneOffset.UTC);
	}

	private TimeClock(Time time, ZoneId zone) {
		this.time = time;
		this.zone = zone;
	}

	@Override
	public Instant instant() {
		return this.time.now();
	}

	@Override
	public ZoneId getZone() {
		return this.zone;
	}

	@Override
	public Clock withZone(ZoneId zone) {
		return new TimeClock(this.time, zone);
	}

}
