package io.github.agentresilience.autoconfigure;

import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chaos.internal.FaultInjector;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Makes faults possible where {@code resilience.chaos.enabled} is set, and nowhere else.
 */
@AutoConfiguration(after = ResilienceAutoConfiguration.class)
@ConditionalOnBooleanProperty(prefix = ResilienceProperties.PREFIX, name = "enabled", matchIfMissing = true)
@ConditionalOnBooleanProperty(prefix = ResilienceProperties.PREFIX, name = "chaos.enabled")
public final class ChaosAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	FaultInjector chaos(ChainRuntime runtime) {
		return new FaultInjector(runtime.time().clock(), runtime.scheduler());
	}

}
