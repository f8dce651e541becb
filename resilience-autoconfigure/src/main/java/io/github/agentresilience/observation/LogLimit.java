package io.github.agentresilience.observation;

import java.time.Duration;

/**
 * Lets one line through in a while and counts what is left out meanwhile.
 */
final class LogLimit {

	private static final long ONE_LINE_EVERY_NANOS = Duration.ofSeconds(10).toNanos();

	private boolean saidBefore;

	private long lastNanos;

	private long unsaid;

	/** Whether a line may be written now; if so, it is taken to be. */
	synchronized boolean passes(long nowNanos) {
		if (this.saidBefore && nowNanos - this.lastNanos < ONE_LINE_EVERY_NANOS) {
			return false;
		}
		this.saidBefore = true;
		this.lastNanos = nowNanos;
		return true;
	}

	synchronized void leftOut() {
		this.unsaid++;
	}

	/** How much has been left out since this was last asked. */
	synchronized long unsaid() {
		long count = this.unsaid;
		this.unsaid = 0;
		return count;
	}

}
