package io.github.agentresilience.actuate.internal.answer;

import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/**
 * What a native image has to hold so that answers can be written as JSON: of each record
 * its components. Those that stand for others in a sealed type are found through nothing
 * else.
 */
public final class AnswerHints implements RuntimeHintsRegistrar {

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		new BindingReflectionHintsRegistrar().registerReflectionHints(hints.reflection(), ProblemAnswer.class,
				TargetStateAnswer.class, PoliciesAnswer.class, ExperimentAnswer.class, FaultAnswer.class,
				FaultAnswer.OfBurst.class, FaultAnswer.OfRandom.class, FaultAnswer.OfBrownout.class,
				FaultAnswer.OfRateLimit.class, FaultAnswer.OfStreamCut.class, FaultAnswer.OfSlowDrip.class,
				FaultAnswer.OfCount.class, FaultAnswer.OfTool.class, ScorecardAnswer.class, HistoryAnswer.class,
				HistoryAnswer.BreakerEvent.class, HistoryAnswer.IncidentsEvent.class, PackedHistoryAnswer.class,
				FleetScoreAnswer.class, WhatIfAnswer.class, RecordingAnswer.class);
	}

}
