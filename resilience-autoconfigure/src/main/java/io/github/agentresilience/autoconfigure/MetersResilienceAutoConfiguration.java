package io.github.agentresilience.autoconfigure;

import io.github.agentresilience.observation.internal.MeterChainListener;
import io.github.agentresilience.observation.internal.ResilienceMeters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Counters, and the buckets of the timers, where the application has a meter registry.
 */
@AutoConfiguration(after = ResilienceAutoConfiguration.class,
		before = { LlmAutoConfiguration.class, McpAutoConfiguration.class },
		afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBooleanProperty(prefix = ResilienceProperties.PREFIX, name = "enabled", matchIfMissing = true)
public final class MetersResilienceAutoConfiguration {

	@Bean
	MeterFilter resilienceBuckets() {
		return ResilienceMeters.buckets();
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnBean(MeterRegistry.class)
	MeterChainListener meterChainListener(MeterRegistry meters) {
		return new MeterChainListener(meters);
	}

}
