package io.github.agentresilience.autoconfigure;

import java.util.List;

import io.github.agentresilience.autoconfigure.internal.whatif.CandidateReader;
import io.github.agentresilience.autoconfigure.internal.whatif.OnWhatIfGate;
import io.github.agentresilience.autoconfigure.internal.whatif.WhatIfGate;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.whatif.internal.Recorder;
import io.github.agentresilience.whatif.internal.WhatIf;

import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * Records calls, so that they can be replayed under another policy.
 */
@AutoConfiguration(after = ResilienceAutoConfiguration.class)
@ConditionalOnBooleanProperty(prefix = ResilienceProperties.PREFIX, name = "enabled", matchIfMissing = true)
public final class WhatIfAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnBooleanProperty(name = "resilience.whatif.enabled", matchIfMissing = true)
	Recorder resilienceRecorder(ChainRuntime runtime) {
		return new Recorder(runtime.time());
	}

	@Bean
	WhatIf resilienceWhatIf(ChainRuntime runtime) {
		return new WhatIf(runtime.clock());
	}

	@Bean
	CandidateReader resilienceCandidateReader(Environment environment, ResilienceProperties properties,
			ChainRegistry registry) {
		return new CandidateReader(environment, properties, (layer) -> targets(registry, layer));
	}

	private static List<String> targets(ChainRegistry registry, Layer layer) {
		return registry.targets(layer).stream().map(GuardedTarget::name).toList();
	}

	/** For a pipeline: one candidate, and the verdict as the exit code. */
	@Bean
	@Order(Ordered.LOWEST_PRECEDENCE)
	@Conditional(OnWhatIfGate.class)
	ApplicationRunner resilienceWhatIfGate(Environment environment, ResilienceProperties properties,
			ChainRegistry registry, WhatIf whatIf, ApplicationContext context) {
		return (arguments) -> {
			WhatIfGate gate = new WhatIfGate(environment, properties, (layer) -> targets(registry, layer), whatIf);
			int code = gate.passes() ? 0 : 1;
			System.exit(SpringApplication.exit(context, () -> code));
		};
	}

}
