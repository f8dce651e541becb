package io.github.agentresilience.autoconfigure.internal.experiment;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;

import io.github.agentresilience.actuate.internal.FaultForm;
import io.github.agentresilience.autoconfigure.ResilienceConfigurationException;
import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.autoconfigure.ResilienceProperties.ChaosExperiment;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Connection;
import io.github.agentresilience.autoconfigure.ResilienceProperties.ExperimentProbe;
import io.github.agentresilience.autoconfigure.ResilienceProperties.LlmTarget;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Tool;
import io.github.agentresilience.autoconfigure.internal.LateChains;
import io.github.agentresilience.autoconfigure.internal.config.ConfigurationRules;
import io.github.agentresilience.autoconfigure.internal.config.ExperimentRules;
import io.github.agentresilience.autoconfigure.internal.llm.ChatModelRegistrar;
import io.github.agentresilience.autoconfigure.internal.llm.ExtraBody;
import io.github.agentresilience.autoconfigure.internal.llm.LlmChains;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.TargetChain;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chaos.StreamCutFault;
import io.github.agentresilience.chaos.internal.experiment.Experiment;
import io.github.agentresilience.chaos.internal.experiment.ProbeSpec;
import io.github.agentresilience.chaos.internal.experiment.SteadyState;
import io.github.agentresilience.llm.internal.model.ResilientChatModel;
import io.github.agentresilience.mcp.internal.McpChains;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.beans.factory.BeanFactory;

/**
 * Makes experiments from what is declared: their probes, and the checks that have to wait
 * until all chains are built.
 */
public final class DeclaredExperiments {

	private static final Duration PATIENCE = Duration.ofSeconds(10);

	/** Under a fault an attempt may have to time out before the next target is asked. */
	private static final Duration NEXT_TARGET = Duration.ofSeconds(5);

	private final ResilienceProperties properties;

	private final ChainRegistry registry;

	private final BeanFactory beans;

	public DeclaredExperiments(ResilienceProperties properties, ChainRegistry registry, BeanFactory beans) {
		this.properties = properties;
		this.registry = registry;
		this.beans = beans;
	}

	public List<Experiment> experiments() {
		return this.properties.chaos()
			.experiments()
			.entrySet()
			.stream()
			.map((each) -> experiment(each.getKey(), each.getValue()))
			.toList();
	}

	private Experiment experiment(String name, ChaosExperiment declared) {
		FaultForm.Wanted wanted = FaultForm.parse(declared.fault());
		SteadyState steady = new SteadyState(declared.steadyState().successRate(), declared.steadyState().p95(),
				declared.steadyState().mttr());
		return new Experiment(name, declared.duration(), wanted.fault(), wanted.layer(), wanted.target(), steady,
				probe(declared, wanted), () -> obstacle(name, declared));
	}

	private ProbeSpec probe(ChaosExperiment declared, FaultForm.Wanted wanted) {
		ExperimentProbe probe = declared.probe();
		Duration calm = longest(PATIENCE, declared.steadyState().p95());
		Duration underFault = longest(calm, attempt(probe).plus(NEXT_TARGET));
		Duration own = probe.timeout();
		return new ProbeSpec(call(probe, wanted.fault() instanceof StreamCutFault), probe.rate(),
				(own != null) ? own : calm, (own != null) ? own : underFault);
	}

	private Callable<Boolean> call(ExperimentProbe probe, boolean streamed) {
		if (probe.prompt() != null) {
			return ChatModels.call(this.beans, llmChain(probe), probe.prompt(), streamed);
		}
		Map<String, Object> arguments = ExtraBody.typed(probe.arguments());
		return () -> McpTools.call(this.beans, mcpChain(probe).name(), Objects.requireNonNull(probe.tool()), arguments);
	}

	/** The longest that an attempt of the probe may take, on whichever target. */
	private Duration attempt(ExperimentProbe probe) {
		ResilienceProperties.Llm llm = this.properties.llm();
		if (probe.prompt() != null) {
			return llm.targets()
				.values()
				.stream()
				.map(LlmTarget::timeout)
				.reduce(llm.timeout(), DeclaredExperiments::longest);
		}
		ResilienceProperties.Mcp mcp = this.properties.mcp();
		Tool tool = mcp.tools().get(probe.tool());
		if (tool != null && tool.timeout() != null) {
			return tool.timeout();
		}
		return mcp.connections()
			.values()
			.stream()
			.map(Connection::timeout)
			.reduce(mcp.timeout(), DeclaredExperiments::longest);
	}

	private static Duration longest(Duration one, @Nullable Duration other) {
		return (other == null || one.compareTo(other) >= 0) ? one : other;
	}

	private static String llmChain(ExperimentProbe probe) {
		return (probe.chain() != null) ? probe.chain() : ResilienceProperties.DEFAULT_CHAIN;
	}

	private TargetChain<?, ?> mcpChain(ExperimentProbe probe) {
		if (this.registry.chains(Layer.MCP).isEmpty()) {
			// With lazy initialization they may not have been asked for yet
			LateChains.MCP_CLIENTS.stream().filter(this.beans::containsBean).forEach(this.beans::getBean);
		}
		return this.registry.chains(Layer.MCP)
			.stream()
			.filter((chain) -> probe.chain() == null || chain.name().equals(probe.chain()))
			.findFirst()
			.orElseThrow(() -> new IllegalArgumentException(
					"There is no MCP chain" + (probe.chain() != null ? " '" + probe.chain() + "'" : "")));
	}

	private @Nullable String obstacle(String name, ChaosExperiment declared) {
		try {
			check(name, declared);
			return null;
		}
		catch (ResilienceConfigurationException ex) {
			return ex.getMessage();
		}
	}

	/**
	 * Checks that the chains and targets that experiments speak of are there, now that
	 * they are built.
	 */
	public void check() {
		this.properties.chaos().experiments().forEach(this::check);
	}

	private void check(String name, ChaosExperiment declared) {
		String property = ConfigurationRules.EXPERIMENTS + name;
		ExperimentProbe probe = declared.probe();
		TargetChain<?, ?> chain;
		try {
			chain = (probe.prompt() != null) ? ChatModels.chain(this.beans, llmChain(probe)) : mcpChain(probe);
		}
		catch (IllegalArgumentException ex) {
			throw new ResilienceConfigurationException(property + ".probe.chain", "names no chain: " + ex.getMessage(),
					"Use a chain of resilience.llm.chains for a prompt; for a tool one of resilience.mcp.chains, or a "
							+ "connection that stands in none.");
		}
		ExperimentRules.checkTarget(property, FaultForm.parse(declared.fault()).target(),
				chain.targets().stream().<String>map(GuardedTarget::name).toList());
	}

	/** Apart, because an application may do without this layer. */
	private static final class ChatModels {

		static Callable<Boolean> call(BeanFactory beans, String chain, String text, boolean streamed) {
			Prompt prompt = new Prompt(text);
			return () -> streamed ? model(beans, chain).probeStream(prompt) : model(beans, chain).probe(prompt);
		}

		static TargetChain<?, ?> chain(BeanFactory beans, String chain) {
			return model(beans, chain).chain();
		}

		private static ResilientChatModel model(BeanFactory beans, String chain) {
			String bean = ChatModelRegistrar.beanName(chain);
			if (!beans.containsBean(bean)) {
				throw new IllegalArgumentException("There is no chain of chat models '" + chain + "'");
			}
			return beans.getBean(LlmChains.class).model(chain);
		}

	}

	/** The same for the other layer. */
	private static final class McpTools {

		static boolean call(BeanFactory beans, String chain, String tool, Map<String, Object> arguments) {
			return beans.getBean(McpChains.class).probe(chain, tool, arguments);
		}

	}

}
