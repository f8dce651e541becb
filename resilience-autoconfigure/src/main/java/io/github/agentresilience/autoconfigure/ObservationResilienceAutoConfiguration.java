package io.github.agentresilience.autoconfigure;

import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import io.github.agentresilience.observation.internal.ObservationChainListener;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Observes calls where the application has an observation registry.
 */
@AutoConfiguration(after = ResilienceAutoConfiguration.class,
		afterName = "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration")
@ConditionalOnBooleanProperty(prefix = ResilienceProperties.PREFIX, name = "enabled", matchIfMissing = true)
@ConditionalOnBean(ObservationRegistry.class)
public final class ObservationResilienceAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	ObservationChainListener observationChainListener(ObservationRegistry registry, UnprotectedParts unprotected) {
		return new ObservationChainListener(registry, unprotected);
	}

}
