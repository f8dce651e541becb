package io.github.agentresilience.chaos.internal.experiment;

import java.time.Duration;
import java.util.concurrent.Callable;

/**
 * What an experiment asks meanwhile.
 *
 * @param call one call through the real chain: whether it was answered; an exception says
 * that it was not
 * @param perSecond how often it is made
 * @param patience how long one may take before it counts as unanswered
 * @param patienceUnderFault the same while the fault is there, where a target's timeout
 * may have to pass first
 */
public record ProbeSpec(Callable<Boolean> call, double perSecond, Duration patience, Duration patienceUnderFault) {
}
