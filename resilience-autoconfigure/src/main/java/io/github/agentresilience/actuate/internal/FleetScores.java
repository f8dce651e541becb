package io.github.agentresilience.actuate.internal;

import io.github.agentresilience.actuate.internal.answer.FleetScoreAnswer;

/**
 * The scorecards of all instances of a fleet.
 */
@FunctionalInterface
public interface FleetScores {

	/** All of them together, and each. May take a few seconds. */
	FleetScoreAnswer now();

}
