package io.github.agentresilience.autoconfigure;

import java.util.Objects;
import java.util.concurrent.Future;

import io.github.agentresilience.autoconfigure.internal.experiment.DeclaredExperiments;
import io.github.agentresilience.autoconfigure.internal.experiment.ExperimentMeters;
import io.github.agentresilience.autoconfigure.internal.experiment.ExperimentSchedule;
import io.github.agentresilience.autoconfigure.internal.experiment.FaultsEndOnReload;
import io.github.agentresilience.autoconfigure.internal.fleet.SharedExperiments;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.chaos.ExperimentReport;
import io.github.agentresilience.chaos.internal.FaultInjector;
import io.github.agentresilience.chaos.internal.experiment.Experiments;
import io.github.agentresilience.chaos.internal.experiment.OneAtATime;
import io.github.agentresilience.fleet.internal.Fleet;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
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
	DeclaredExperiments resilienceDeclaredExperiments(ResilienceProperties properties, ChainRegistry registry,
			BeanFactory beans) {
		return new DeclaredExperiments(properties, registry, beans);
	}

	@Bean
	OneAtATime resilienceOneAtATime(ObjectProvider<Fleet> fleet, ChainRuntime runtime) {
		Fleet found = fleet.getIfAvailable();
		return (found != null) ? new SharedExperiments(found, runtime.time()) : OneAtATime.ALONE;
	}

	@Bean
	Experiments resilienceExperiments(DeclaredExperiments declared, ResilienceProperties properties,
			FaultInjector chaos, ChainRuntime runtime, BeanFactory beans, ApplicationEventPublisher events,
			OneAtATime instances) {
		ExperimentMeters.register(beans, properties.chaos().experiments().keySet());
		return new Experiments(declared.experiments(), chaos, runtime.time(), runtime.workers(), (report) -> {
			ExperimentMeters.count(beans, report);
			events.publishEvent(report);
		}, instances);
	}

	@Bean
	ExperimentSchedule resilienceExperimentSchedule(Experiments experiments, DeclaredExperiments declared, Chaos chaos,
			ResilienceProperties properties, ChainRuntime runtime, OneAtATime instances) {
		return new ExperimentSchedule(experiments, declared::check, chaos, properties.chaos(), runtime, instances);
	}

	@Bean
	FaultsEndOnReload resilienceFaultsEndOnReload(Experiments experiments, Chaos chaos) {
		return new FaultsEndOnReload(experiments, chaos);
	}

	/** For a pipeline: one experiment, and its verdict as the exit code. */
	@Bean
	@Order(Ordered.LOWEST_PRECEDENCE)
	@ConditionalOnProperty("resilience.chaos.run-once")
	ApplicationRunner resilienceRunOnce(Experiments experiments, ResilienceProperties properties,
			ApplicationContext context) {
		return (arguments) -> {
			Future<ExperimentReport> running = experiments
				.startInTurn(Objects.requireNonNull(properties.chaos().runOnce()));
			int code = (running != null && running.get().passed()) ? 0 : 1;
			System.exit(SpringApplication.exit(context, () -> code));
		};
	}

}
