package io.github.agentresilience.autoconfigure;

import io.github.agentresilience.actuate.ChaosEndpoint;
import io.github.agentresilience.actuate.ExperimentsEndpoint;
import io.github.agentresilience.actuate.PageControls;
import io.github.agentresilience.actuate.ResilienceEndpoint;
import io.github.agentresilience.actuate.ScorecardEndpoint;
import io.github.agentresilience.actuate.UnknownFieldAdvisor;
import io.github.agentresilience.chain.ChainRegistry;
import io.github.agentresilience.chain.ChainRuntime;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.chaos.Experiments;
import io.github.agentresilience.scorecard.Scorecard;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.web.WebEndpointsSupplier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * The operator's endpoints, where there is an actuator.
 */
@AutoConfiguration(after = { ResilienceAutoConfiguration.class, ChaosAutoConfiguration.class, LlmAutoConfiguration.class,
		McpAutoConfiguration.class, ExperimentsAutoConfiguration.class })
@ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class })
@ConditionalOnBooleanProperty(prefix = ResilienceProperties.PREFIX, name = "enabled", matchIfMissing = true)
public final class ActuatorAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnAvailableEndpoint(ScorecardEndpoint.class)
	ScorecardEndpoint scorecardEndpoint(Scorecard scorecard, ObjectProvider<WebEndpointsSupplier> endpoints) {
		return new ScorecardEndpoint(scorecard, () -> {
			WebEndpointsSupplier web = endpoints.getIfUnique();
			return (web != null) ? PageControls.of(web) : PageControls.NONE;
		});
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
	@ConditionalOnMissingBean
	@ConditionalOnAvailableEndpoint(ResilienceEndpoint.class)
	ResilienceEndpoint resilienceEndpoint(ChainRegistry registry, ChainRuntime runtime, ResilienceProperties properties,
			Environment environment) {
		return new ResilienceEndpoint(registry, new PolicyReport(registry, runtime.clock(), properties, environment));
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnBean(Experiments.class)
	@ConditionalOnAvailableEndpoint(ExperimentsEndpoint.class)
	ExperimentsEndpoint experimentsEndpoint(Experiments experiments) {
		return new ExperimentsEndpoint(experiments);
	}

	@Bean
	@ConditionalOnBean(ChaosEndpoint.class)
	UnknownFieldAdvisor resilienceUnknownFieldAdvisor() {
		return new UnknownFieldAdvisor();
	}

}
