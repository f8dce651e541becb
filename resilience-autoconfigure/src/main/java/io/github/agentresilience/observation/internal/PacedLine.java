package io.github.agentresilience.observation.internal;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * A line about something that may happen many times in a row. The first is written at
 * once; those that follow too soon become one line, with their number, when a line may be
 * written again.
 *
 * @param <T> what happened
 */
final class PacedLine<T> {

	private final LogPace pace;

	private final LogLimit limit;

	private final Writer<T> writer;

	private @Nullable T held;

	private @Nullable Instant heldAt;

	PacedLine(LogPace pace, Writer<T> writer) {
		this.pace = pace;
		this.writer = writer;
		this.limit = new LogLimit(pace, () -> logHeld(false));
	}

	void happened(T what) {
		long suppressed;
		synchronized (this) {
			if (this.held != null) {
				this.limit.leftOut();
			}
			if (this.limit.passes(this.pace.now())) {
				suppressed = this.limit.suppressed();
				this.held = null;
			}
			else {
				suppressed = -1;
				this.held = what;
				this.heldAt = this.pace.time().now();
			}
		}
		if (suppressed >= 0) {
			this.writer.write(what, suppressed, null);
		}
		else {
			this.limit.heldBack();
		}
	}

	/**
	 * Says what is held back.
	 * @param anyway whether it is said even if it is too soon, because nothing is said
	 * any longer
	 */
	void logHeld(boolean anyway) {
		T what;
		Instant at;
		long suppressed = 0;
		boolean now;
		synchronized (this) {
			what = this.held;
			at = this.heldAt;
			if (what == null) {
				return;
			}
			now = this.limit.passes(this.pace.now()) || anyway;
			if (now) {
				suppressed = this.limit.suppressed();
				this.held = null;
			}
		}
		if (now) {
			this.writer.write(what, suppressed, at);
		}
		else {
			this.limit.heldBack();
		}
	}

	/** Writes a line. */
	@FunctionalInterface
	interface Writer<T> {

		/**
		 * Writes a line.
		 * @param suppressed how many of the kind were left out since the last line
		 * @param at when it happened, {@code null} where that is now
		 */
		void write(T what, long suppressed, @Nullable Instant at);

	}

}
