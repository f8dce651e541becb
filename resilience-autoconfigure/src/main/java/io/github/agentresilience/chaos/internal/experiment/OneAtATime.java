package io.github.agentresilience.chaos.internal.experiment;

import java.time.Duration;

/**
 * Lets one of several instances run experiments at a time, and start each that is due
 * once.
 */
public interface OneAtATime {

	/** For an application that is alone. */
	OneAtATime ALONE = new OneAtATime() {

		@Override
		public void enter(Duration most) {
		}

		@Override
		public void leave() {
		}

		@Override
		public boolean isFirst(String occasion, Duration most) {
			return true;
		}

	};

	/**
	 * Waits until no other instance runs an experiment.
	 * @param most how long the one that begins now may take
	 */
	void enter(Duration most) throws InterruptedException;

	/** The experiment has ended. */
	void leave();

	/**
	 * Whether this instance is the first that wants to start what is due.
	 * @param most for how long no other instance is the first after it
	 */
	boolean isFirst(String occasion, Duration most);

}
