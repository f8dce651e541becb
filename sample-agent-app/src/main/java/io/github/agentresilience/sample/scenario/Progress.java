package io.github.agentresilience.sample.scenario;

import java.io.PrintStream;

/**
 * Shows how far a scenario is.
 */
interface Progress {

	/** One more question is answered. */
	void step();

	/** All of them are. */
	void end();

	/**
	 * Of what is asked under one title.
	 * @param terminal whether a line can be written over; elsewhere one line at the end
	 * has to do
	 */
	static Progress of(PrintStream out, boolean terminal, String title, int total) {
		return terminal ? new ProgressBar(out, title, total) : new ProgressLine(out, title, total);
	}

}
