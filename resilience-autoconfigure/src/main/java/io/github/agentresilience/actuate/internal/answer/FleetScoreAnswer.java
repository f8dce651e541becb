package io.github.agentresilience.actuate.internal.answer;

import java.util.List;
import java.util.Map;

import io.github.agentresilience.actuate.internal.answer.ScorecardAnswer.Figures;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * The scorecard of a fleet.
 *
 * @param fleet its name
 * @param connected whether it can be reached; else this instance is all there is
 * @param expected how many instances have said lately that they are there
 * @param instances those whose figures are in the sums
 * @param notHeard those that have reported before and not lately, whose figures are not
 * @param overall both layers together
 */
@AnswerJson
public record FleetScoreAnswer(String fleet, boolean connected, int expected, List<HeardInstance> instances,
		List<SilentInstance> notHeard, Figures overall, FleetLayer llm,
		FleetLayer mcp) implements OperationResponseBody {

	/**
	 * An instance.
	 *
	 * @param here whether it is the one that answers
	 * @param ageMs how old its figures are
	 */
	@AnswerJson
	public record HeardInstance(String id, boolean here, long ageMs, Figures overall) {

	}

	/**
	 * An instance that was not heard of lately.
	 *
	 * @param lastMs how long ago it was
	 */
	@AnswerJson
	public record SilentInstance(String id, long lastMs) {

	}

	/** One layer. */
	@AnswerJson
	public record FleetLayer(Figures summary, Map<String, FleetChain> chains) {

	}

	/**
	 * One chain.
	 *
	 * @param instances what each instance says of it, by its id
	 */
	@AnswerJson
	public record FleetChain(Figures summary, Map<String, Figures> instances) {

	}

}
