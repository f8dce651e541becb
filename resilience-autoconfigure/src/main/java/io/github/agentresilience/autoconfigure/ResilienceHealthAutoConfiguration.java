package io.github.agentresilience.autoconfigure;

import io.github.agentresilience.actuate.internal.ResilienceHealthIndicator;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import io.github.agentresilience.fleet.internal.Fleet;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * The health of the chains, where there is a health endpoint.
 */
@AutoConfiguration(after = ResilienceAutoConfiguration.class)
@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnBooleanProperty(prefix = ResilienceProperties.PREFIX, name = "enabled", matchIfMissing = true)
public final class ResilienceHealthAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = "resilienceHealthIndicator")
	@ConditionalOnEnabledHealthIndicator("resilience")
	ResilienceHealthIndicator resilienceHealthIndicator(ChainRegistry registry, ChainRuntime runtime,
			UnprotectedParts unprotected, ObjectProvider<Fleet> fleet) {
		return new ResilienceHealthIndicator(registry, runtime.time(), () -> runtime.timer().state(), unprotected,
				() -> fleet.getIfAvailable());
	}

}
