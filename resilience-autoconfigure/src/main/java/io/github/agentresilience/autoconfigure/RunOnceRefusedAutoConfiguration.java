package io.github.agentresilience.autoconfigure;

import io.github.agentresilience.autoconfigure.internal.AheadOfTime;
import io.github.agentresilience.autoconfigure.internal.whatif.OnWhatIfGate;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;

/**
 * Refuses to start where an experiment is to be run once, or a policy judged, but
 * everything is switched off: a pipeline would wait for the verdict for ever.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(prefix = ResilienceProperties.PREFIX, name = "enabled", havingValue = false)
public final class RunOnceRefusedAutoConfiguration {

	@Bean
	@ConditionalOnProperty("resilience.chaos.run-once")
	static BeanFactoryPostProcessor resilienceRunOnceRefusal() {
		return refusal("resilience.chaos.run-once", "run",
				"Set resilience.enabled=true, or do not ask for an experiment.");
	}

	@Bean
	@Conditional(OnWhatIfGate.class)
	static BeanFactoryPostProcessor resilienceWhatIfRefusal() {
		return refusal("resilience.whatif.candidate", "replayed",
				"Set resilience.enabled=true, or do not ask for a replay.");
	}

	private static BeanFactoryPostProcessor refusal(String property, String what, String fix) {
		return (beans) -> {
			if (!AheadOfTime.isProcessing()) {
				throw new ResilienceConfigurationException(property,
						"is set, but resilience.enabled is false, so nothing would be " + what, fix);
			}
		};
	}

}
