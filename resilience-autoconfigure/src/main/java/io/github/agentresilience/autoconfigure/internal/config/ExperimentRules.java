package io.github.agentresilience.autoconfigure.internal.config;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

import io.github.agentresilience.actuate.internal.FaultForm;
import io.github.agentresilience.autoconfigure.ResilienceConfigurationException;
import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.autoconfigure.ResilienceProperties.ChaosExperiment;
import io.github.agentresilience.autoconfigure.ResilienceProperties.ExperimentProbe;
import io.github.agentresilience.autoconfigure.ResilienceProperties.SteadyStateLimits;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chaos.Fault;
import io.github.agentresilience.chaos.InvalidFaultException;
import io.github.agentresilience.chaos.RandomFault;
import io.github.agentresilience.chaos.RefuseHistoryFault;
import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.support.CronExpression;

/**
 * What must hold of declared experiments. A slip in one of them must not make it pass: an
 * experiment that cannot fail is refused.
 */
public final class ExperimentRules {

	private static final double FASTEST = 50;

	private ExperimentRules() {
	}

	public static void check(ResilienceProperties properties) {
		properties.chaos()
			.experiments()
			.forEach((name, each) -> experiment(ConfigurationRules.EXPERIMENTS + name, each, properties.llm()));
		String once = properties.chaos().runOnce();
		ConfigurationRules.require(once == null || properties.chaos().experiments().containsKey(once),
				"resilience.chaos.run-once", "names the unknown experiment '" + once + "'",
				"Declare it under resilience.chaos.experiments.");
		ConfigurationRules.require(once == null || properties.chaos().enabled(), "resilience.chaos.run-once",
				"is set, but resilience.chaos.enabled is not, so nothing would be run",
				"Set resilience.chaos.enabled=true as well.");
	}

	private static void experiment(String property, ChaosExperiment experiment, ResilienceProperties.Llm llm) {
		ConfigurationRules.positive(property + ".duration", experiment.duration());
		ConfigurationRules.require(experiment.duration().compareTo(Fault.LONGEST_TTL) <= 0, property + ".duration",
				"is longer than 1h, which is how long a fault may stay", "Use at most 1h.");
		ConfigurationRules.optionallyPositive(property + ".every", experiment.every());
		ConfigurationRules.require(experiment.schedule() == null || experiment.every() == null, property,
				"has both a schedule and every", "Keep the one that is meant.");
		ConfigurationRules.require(
				experiment.schedule() == null || CronExpression.isValidExpression(experiment.schedule()),
				property + ".schedule", "is no cron expression",
				"Use six fields, such as '0 0 3 * * *' for three at night.");
		steadyState(property + ".steady-state", experiment.steadyState());
		probe(property + ".probe", experiment.probe(), experiment.steadyState());
		FaultForm.Wanted wanted = fault(property + ".fault", experiment.fault());
		mayHit(property, wanted, experiment.probe());
		if (experiment.probe().prompt() != null && !llm.targets().isEmpty()) {
			targets(property, wanted, experiment.probe(), llm.allChains());
		}
	}

	private static void steadyState(String property, SteadyStateLimits limits) {
		Double rate = limits.successRate();
		ConfigurationRules.require(rate == null || (rate >= 0 && rate <= 1), property + ".success-rate",
				"is not between 0 and 1", "Use the share of probes that must be answered, such as 0.99.");
		ConfigurationRules.optionallyPositive(property + ".p95", limits.p95());
		ConfigurationRules.optionallyPositive(property + ".mttr", limits.mttr());
		ConfigurationRules.require((rate != null && rate > 0) || limits.p95() != null || limits.mttr() != null,
				property, "asks for nothing, so the experiment could not fail",
				"Set success-rate above 0, p95 or mttr.");
	}

	private static void probe(String property, ExperimentProbe probe, SteadyStateLimits limits) {
		ConfigurationRules.require((probe.prompt() == null) != (probe.tool() == null), property,
				"names neither or both of a prompt and a tool", "Set either 'prompt' or 'tool'.");
		ConfigurationRules.require(probe.rate() > 0 && probe.rate() <= FASTEST, property + ".rate",
				"is not above 0 and at most 50", "Use a number of probes a second, such as 5.");
		ConfigurationRules.optionallyPositive(property + ".timeout", probe.timeout());
		ConfigurationRules.require(
				probe.timeout() == null || limits.p95() == null || probe.timeout().compareTo(limits.p95()) >= 0,
				property + ".timeout", "is shorter than steady-state.p95, which could not be exceeded then",
				"Use at least " + limits.p95() + ", or leave it out.");
	}

	private static FaultForm.Wanted fault(String property, Map<String, String> fields) {
		try {
			return FaultForm.parse(fields);
		}
		catch (InvalidFaultException ex) {
			throw new ResilienceConfigurationException(property + "." + kebabCase(ex.field()),
					"is no fault's: " + ex.getMessage(), "Use the fields of POST /actuator/chaos.");
		}
	}

	private static String kebabCase(String field) {
		return field.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
	}

	private static void mayHit(String property, FaultForm.Wanted wanted, ExperimentProbe probe) {
		Layer probed = (probe.prompt() != null) ? Layer.LLM : Layer.MCP;
		ConfigurationRules.require(wanted.layer() == probed, property + ".fault",
				"hits the layer '" + wanted.layer().id() + "', but the probe asks the layer '" + probed.id() + "'",
				"Probe with a 'prompt' for llm, with a 'tool' for mcp.");
		String tool = wanted.fault().tool();
		ConfigurationRules.require(tool == null || tool.equals(probe.tool()), property + ".fault.tool",
				"is '" + tool + "', but the probe calls '" + probe.tool() + "', which the fault would never hit",
				"Name the same tool, or leave it out of the fault.");
		ConfigurationRules.require(!(wanted.fault() instanceof RandomFault random) || random.rate() > 0,
				property + ".fault.rate", "is 0, so the fault would never hit", "Use a chance above 0, such as 0.6.");
		ConfigurationRules.require(!(wanted.fault() instanceof RefuseHistoryFault), property + ".fault.fault",
				"is 'refuse-history', but a probe has no conversation that another target began",
				"Inject it with the actuator or in a test, while conversations go on.");
	}

	private static void targets(String property, FaultForm.Wanted wanted, ExperimentProbe probe,
			Map<String, List<String>> chains) {
		String chain = (probe.chain() != null) ? probe.chain() : ResilienceProperties.DEFAULT_CHAIN;
		ConfigurationRules.require(chains.containsKey(chain), property + ".probe.chain",
				"names the unknown chain '" + chain + "'",
				"Declare it under resilience.llm.chains, or use one of: " + String.join(", ", chains.keySet()));
		checkTarget(property, wanted.target(), Objects.requireNonNull(chains.get(chain)));
	}

	/**
	 * Checks that the fault's target is one of the chain that is probed; no other can be
	 * hit by a probe.
	 */
	public static void checkTarget(String property, @Nullable String target, Collection<String> members) {
		ConfigurationRules.require(target == null || members.contains(target), property + ".fault.target",
				"is '" + target + "', which is no target of the chain that is probed",
				"Use one of: " + String.join(", ", members) + "; or probe another chain with probe.chain.");
	}

}
