package io.github.agentresilience.autoconfigure;

import io.github.agentresilience.actuate.ChaosEndpoint;
import io.github.agentresilience.actuate.ResilienceHealthIndicator;
import io.github.agentresilience.actuate.ScorecardEndpoint;
import io.github.agentresilience.actuate.UnknownFieldAdvisor;
import io.github.agentresilience.chain.ChainRegistry;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.scorecard.Scorecard;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The operator's view, where there is an actuator.
 */
@AutoConfiguration(after = { ResilienceAutoConfiguration.class, ChaosAutoConfiguration.class, LlmAutoConfiguration.class,
		McpAutoConfiguration.class })
@ConditionalOnBooleanProperty(prefix = ResilienceProperties.PREFIX, name = "enabled", matchIfMissing = true)
public final class ActuatorAutoConfiguration {

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class })
	static class EndpointConfiguration {

		@Bean
		@ConditionalOnMissingBean
		@ConditionalOnAvailableEndpoint(ScorecardEndpoint.class)
		ScorecardEndpoint scorecardEndpoint(Scorecard scorecard) {
			return new ScorecardEndpoint(scorecard);
		}

		@Bean
		@ConditionalOnMissingBean
		@ConditionalOnBean(Chaos.class)
		@ConditionalOnAvailableEndpoint(ChaosEndpoint.class)
		ChaosEndpoint chaosEndpoint(Chaos chaos, ChainRegistry registry) {
			return new ChaosEndpoint(chaos, (layer, name) -> registry.targets(layer)
				.stream()
				.anyMatch((target) -> target.name().equals(name)));
		}

		@Bean
		@ConditionalOnBean(ChaosEndpoint.class)
		UnknownFieldAdvisor resilienceUnknownFieldAdvisor() {
			return new UnknownFieldAdvisor();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
	@ConditionalOnEnabledHealthIndicator("resilience")
	static class HealthConfiguration {

		@Bean
		@ConditionalOnMissingBean(name = "resilienceHealthIndicator")
		ResilienceHealthIndicator resilienceHealthIndicator(ChainRegistry registry) {
			return new ResilienceHealthIndicator(registry);
		}

	}

}
