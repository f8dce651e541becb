package io.github.agentresilience.autoconfigure;

import java.time.Clock;
import java.util.concurrent.Future;

import io.github.agentresilience.chain.ChainRegistry;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.chaos.ExperimentReport;
import io.github.agentresilience.chaos.Experiments;

import org.springframework.beans.factory.BeanFactory;
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
	Experiments resilienceExperiments(DeclaredExperiments declared, ResilienceProperties properties, Chaos chaos,
			BeanFactory beans, ApplicationEventPublisher events) {
		ExperimentMeters.register(beans, properties.chaos().experiments().keySet());
		return new Experiments(declared.experiments(), chaos, Clock.systemUTC(), (report) -> {
			ExperimentMeters.count(beans, report);
			events.publishEvent(report);
		});
	}

	@Bean
	ExperimentSchedule resilienceExperimentSchedule(Experiments experiments, DeclaredExperiments declared, Chaos chaos,
			ResilienceProperties properties) {
		return new ExperimentSchedule(experiments, declared::check, chaos, properties.chaos());
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
			Future<ExperimentReport> running = experiments.startInTurn(properties.chaos().runOnce());
			int code = (running != null && running.get().passed()) ? 0 : 1;
			System.exit(SpringApplication.exit(context, () -> code));
		};
	}

}
