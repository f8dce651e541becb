package io.github.agentresilience.autoconfigure;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;

import io.github.agentresilience.actuate.FaultForm;
import io.github.agentresilience.autoconfigure.ResilienceProperties.ChaosExperiment;
import io.github.agentresilience.autoconfigure.ResilienceProperties.ExperimentProbe;
import io.github.agentresilience.chain.ChainRegistry;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.chaos.Experiment;
import io.github.agentresilience.chaos.ExperimentReport;
import io.github.agentresilience.chaos.Experiments;
import io.github.agentresilience.chaos.SteadyState;
import io.github.agentresilience.llm.ResilientChatModel;
import io.github.agentresilience.mcp.McpLeg;

import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Experiments, where faults can be injected.
 */
@AutoConfiguration(after = { ChaosAutoConfiguration.class, LlmAutoConfiguration.class, McpAutoConfiguration.class })
@ConditionalOnBean(Chaos.class)
public final class ExperimentsAutoConfiguration {

	@Bean
	Experiments resilienceExperiments(ResilienceProperties properties, Chaos chaos, ChainRegistry registry,
			ApplicationContext beans, ApplicationEventPublisher events) {
		List<Experiment> experiments = properties.chaos()
			.experiments()
			.entrySet()
			.stream()
			.map((each) -> experiment(each.getKey(), each.getValue(), registry, beans))
			.toList();
		ExperimentMeters.register(beans, properties.chaos().experiments().keySet());
		return new Experiments(experiments, chaos, Clock.systemUTC(), (report) -> {
			ExperimentMeters.count(beans, report);
			events.publishEvent(report);
		});
	}

	private static Experiment experiment(String name, ChaosExperiment properties, ChainRegistry registry,
			ApplicationContext beans) {
		FaultForm.Wanted wanted = FaultForm.parse(properties.fault());
		SteadyState steady = new SteadyState(properties.steadyState().successRate(), properties.steadyState().p95(),
				properties.steadyState().mttr());
		return new Experiment(name, properties.duration(), wanted.fault(), wanted.layer(), wanted.target(), steady,
				probe(properties.probe(), registry, beans), properties.probe().rate());
	}

	private static Callable<?> probe(ExperimentProbe probe, ChainRegistry registry, ApplicationContext beans) {
		if (probe.prompt() != null) {
			String chain = (probe.chain() != null) ? probe.chain() : ResilienceProperties.DEFAULT_CHAIN;
			Prompt prompt = new Prompt(probe.prompt());
			return () -> beans.getBean(ChatModelRegistrar.beanName(chain), ResilientChatModel.class).probe(prompt);
		}
		Map<String, Object> arguments = ExtraBody.typed(probe.arguments());
		return () -> beans.getBean(McpLeg.class)
			.probe((probe.chain() != null) ? probe.chain() : registry.chains(Layer.MCP).get(0).name(), probe.tool(),
					arguments);
	}

	@Bean
	ExperimentSchedule resilienceExperimentSchedule(Experiments experiments, ResilienceProperties properties) {
		return new ExperimentSchedule(experiments, properties.chaos().experiments());
	}

	/** For a pipeline: one experiment, and its verdict as the exit code. */
	@Bean
	@Order(Ordered.LOWEST_PRECEDENCE)
	@ConditionalOnProperty("resilience.chaos.run-once")
	ApplicationRunner resilienceRunOnce(Experiments experiments, ResilienceProperties properties,
			ApplicationContext context) {
		return (arguments) -> {
			Future<ExperimentReport> running = experiments.start(properties.chaos().runOnce());
			int code = (running != null && running.get().passed()) ? 0 : 1;
			System.exit(SpringApplication.exit(context, () -> code));
		};
	}

}
