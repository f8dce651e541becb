package io.github.agentresilience.scorecard;

import java.time.Instant;

import io.github.agentresilience.chain.Layer;

/**
 * Something that happened.
 *
 * @param at when
 * @param layer on which leg
 * @param type what
 * @param subject the chain of an incident, the target of a breaker
 * @param detail the state that a breaker went to, else empty
 * @param durationMs how long an incident was, else 0
 */
public record HistoryEvent(Instant at, Layer layer, Type type, String subject, String detail, double durationMs) {

	/** What can happen. */
	public enum Type {

		INCIDENT_BEGAN, INCIDENT_ENDED, BREAKER

	}

}
