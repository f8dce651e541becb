package io.github.agentresilience.fleet.internal;

/**
 * Units that are taken of a common bucket in the background, for those who wait in line:
 * whoever hands out there must not wait for the store.
 */
final class PreparedUnits {

	private long units;

	private boolean asked;

	private long askedAt;

	/**
	 * Takes units where they are there.
	 * @param timeoutNanos how long whoever asks for them waits for the answer
	 */
	synchronized State take(long wanted, long nowNanos, long timeoutNanos) {
		if (this.units >= wanted) {
			this.units -= wanted;
			return State.THERE;
		}
		if (!this.asked) {
			this.asked = true;
			this.askedAt = nowNanos;
			return State.TO_ASK_FOR;
		}
		if (nowNanos - this.askedAt <= timeoutNanos) {
			return State.ASKED_FOR;
		}
		// There may never be an answer
		this.asked = false;
		return State.TOO_LATE;
	}

	/**
	 * The store has answered.
	 * @param got how many it has given
	 */
	synchronized void answered(long got) {
		this.asked = false;
		this.units += got;
	}

	/** Takes all that nobody wanted. */
	synchronized long rest() {
		long rest = this.units;
		this.units = 0;
		return rest;
	}

	synchronized boolean isAskedFor() {
		return this.asked && this.units == 0;
	}

	/** How it is with units that somebody wants. */
	enum State {

		/** They were there, and are taken. */
		THERE,

		/** They are to be asked for now. */
		TO_ASK_FOR,

		/** They have been asked for. */
		ASKED_FOR,

		/** They have been asked for, and there is no answer in time. */
		TOO_LATE

	}

}
