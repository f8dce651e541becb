package io.github.agentresilience.autoconfigure;

import java.time.Clock;

import io.github.agentresilience.chaos.Chaos;

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
	Chaos chaos() {
		return new Chaos(Clock.systemUTC());
	}

}
