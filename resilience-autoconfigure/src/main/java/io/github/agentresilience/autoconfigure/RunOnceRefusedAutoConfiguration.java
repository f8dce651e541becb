package io.github.agentresilience.autoconfigure;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;

/**
 * Refuses to start where an experiment is to be run once but everything is switched off: a pipeline would wait for its
 * verdict for ever.
 */
@AutoConfiguration
@ConditionalOnProperty("resilience.chaos.run-once")
@ConditionalOnBooleanProperty(prefix = ResilienceProperties.PREFIX, name = "enabled", havingValue = false)
public final class RunOnceRefusedAutoConfiguration {

	@Bean
	static BeanFactoryPostProcessor resilienceRunOnceRefusal() {
		return (beans) -> {
			throw new ResilienceConfigurationException("resilience.chaos.run-once",
					"is set, but resilience.enabled is false, so nothing would be run",
					"Set resilience.enabled=true, or do not ask for an experiment.");
		};
	}

}
