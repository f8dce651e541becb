package io.github.agentresilience.chaos.internal.experiment;

import java.time.Duration;
import java.util.function.Supplier;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chaos.Fault;
import org.jspecify.annotations.Nullable;

/**
 * A fault that is injected on purpose for a while, to see that what must hold does.
 *
 * @param name its name
 * @param duration how long the fault stays
 * @param fault what
 * @param layer on which layer
 * @param target on which target, {@code null} for every target of the layer
 * @param steadyState what must hold before, during and after
 * @param probe what is asked meanwhile
 * @param obstacle why it cannot be run as it is, {@code null} where it can; asked before
 * each run
 */
public record Experiment(String name, Duration duration, Fault fault, Layer layer, @Nullable String target,
		SteadyState steadyState, ProbeSpec probe, Supplier<@Nullable String> obstacle) {
}
