package io.github.agentresilience.autoconfigure;

import java.util.HashMap;
import java.util.Map;

import io.github.agentresilience.actuate.internal.ChaosEndpoint;
import io.github.agentresilience.actuate.internal.ExperimentsEndpoint;
import io.github.agentresilience.actuate.internal.FleetFaults;
import io.github.agentresilience.actuate.internal.FleetScores;
import io.github.agentresilience.actuate.internal.PageControls;
import io.github.agentresilience.actuate.internal.ResilienceEndpoint;
import io.github.agentresilience.actuate.internal.ScorecardEndpoint;
import io.github.agentresilience.actuate.internal.ScorecardPageHints;
import io.github.agentresilience.actuate.internal.SetupReport;
import io.github.agentresilience.actuate.internal.UnknownFieldAdvisor;
import io.github.agentresilience.actuate.internal.WhatIfBody;
import io.github.agentresilience.actuate.internal.WhatIfEndpoint;
import io.github.agentresilience.actuate.internal.answer.AnswerHints;
import io.github.agentresilience.autoconfigure.internal.config.PolicyReport;
import io.github.agentresilience.autoconfigure.internal.whatif.CandidateReader;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.chaos.internal.experiment.Experiments;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.whatif.internal.Recorder;
import io.github.agentresilience.whatif.internal.WhatIf;

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
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.core.env.Environment;

/**
 * The operator's endpoints, where there is an actuator.
 */
@AutoConfiguration(
		after = { ResilienceAutoConfiguration.class, ChaosAutoConfiguration.class, LlmAutoConfiguration.class,
				McpAutoConfiguration.class, ExperimentsAutoConfiguration.class, WhatIfAutoConfiguration.class })
@ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class })
@ImportRuntimeHints({ ScorecardPageHints.class, AnswerHints.class })
@ConditionalOnBooleanProperty(prefix = ResilienceProperties.PREFIX, name = "enabled", matchIfMissing = true)
public final class ActuatorAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnAvailableEndpoint(ScorecardEndpoint.class)
	ScorecardEndpoint scorecardEndpoint(Scorecard scorecard, ChainRegistry registry, ResilienceProperties properties,
			ObjectProvider<WebEndpointsSupplier> endpoints, ObjectProvider<FleetScores> fleet) {
		Map<String, String> models = new HashMap<>();
		properties.llm().targets().forEach((name, target) -> {
			if (target.model() != null) {
				models.put(name, target.model());
			}
		});
		return new ScorecardEndpoint(scorecard, new SetupReport(registry, models), () -> {
			WebEndpointsSupplier web = endpoints.getIfUnique();
			return (web != null) ? PageControls.of(web) : PageControls.NONE;
		}, () -> fleet.getIfAvailable());
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnBean(Chaos.class)
	@ConditionalOnAvailableEndpoint(ChaosEndpoint.class)
	ChaosEndpoint chaosEndpoint(Chaos chaos, ChainRegistry registry, ObjectProvider<FleetFaults> fleet) {
		return new ChaosEndpoint(chaos, registry::hasTarget, () -> fleet.getIfAvailable());
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnAvailableEndpoint(ResilienceEndpoint.class)
	ResilienceEndpoint resilienceEndpoint(ChainRegistry registry, ChainRuntime runtime, ResilienceProperties properties,
			Environment environment) {
		return new ResilienceEndpoint(registry, new PolicyReport(registry, runtime.time(), properties, environment));
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnBean(Experiments.class)
	@ConditionalOnAvailableEndpoint(ExperimentsEndpoint.class)
	ExperimentsEndpoint experimentsEndpoint(Experiments experiments) {
		return new ExperimentsEndpoint(experiments);
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnBean(Recorder.class)
	@ConditionalOnAvailableEndpoint(WhatIfEndpoint.class)
	WhatIfEndpoint whatIfEndpoint(Recorder recorder, WhatIf whatIf, CandidateReader candidates) {
		return new WhatIfEndpoint(recorder, whatIf, candidates.inForce(), candidates::read, candidates::read);
	}

	@Bean
	@ConditionalOnBean(WhatIfEndpoint.class)
	WhatIfBody resilienceWhatIfBody(ObjectProvider<WhatIfEndpoint> endpoint) {
		return new WhatIfBody(endpoint::getObject);
	}

	@Bean
	@ConditionalOnBean(ChaosEndpoint.class)
	UnknownFieldAdvisor resilienceUnknownFieldAdvisor() {
		return new UnknownFieldAdvisor();
	}

}
