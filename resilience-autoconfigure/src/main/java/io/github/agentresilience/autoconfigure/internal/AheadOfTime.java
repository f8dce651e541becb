package io.github.agentresilience.autoconfigure.internal;

import io.github.agentresilience.autoconfigure.ResilienceProperties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aot.AotDetector;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.aot.AbstractAotProcessor;

/**
 * What differs where an application is processed ahead of time. The build knows neither
 * the addresses and keys that the application will have, nor all targets and chains: so
 * nothing is read and registered then, and everything that depends on properties is read
 * and registered at start-up, as without AOT. What is decided for good at build time is
 * which auto-configurations and which of their beans there are.
 */
public final class AheadOfTime {

	private static final Logger logger = LoggerFactory.getLogger(AheadOfTime.class);

	private AheadOfTime() {
	}

	/** Whether the application is being processed, and will not be started. */
	public static boolean isProcessing() {
		return Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING);
	}

	/** Warns of properties that want something else than what the build decided. */
	public static void warn(ResilienceProperties properties, ConfigurableListableBeanFactory beans) {
		if (!AotDetector.useGeneratedArtifacts()) {
			return;
		}
		warn("resilience.enabled", properties.enabled(), true);
		warn("resilience.chaos.enabled", properties.chaos().enabled(), beans.containsBeanDefinition("chaos"));
		warn("resilience.fleet.enabled", properties.fleet().enabled(), beans.containsBeanDefinition("resilienceFleet"));
		warn("resilience.chaos.run-once", properties.chaos().runOnce() != null,
				beans.containsBeanDefinition("resilienceRunOnce"));
		if (beans.containsBeanDefinition("resilienceLlmChains")) {
			warn("resilience.llm.probe.enabled", properties.llm().probe().enabled(),
					beans.containsBeanDefinition("resilienceLlmProber"));
		}
		if (beans.containsBeanDefinition("resilienceMcpLayer")) {
			warn("resilience.mcp.probe.enabled", properties.mcp().probe().enabled(),
					beans.containsBeanDefinition("resilienceMcpProber"));
		}
	}

	private static void warn(String property, boolean wanted, boolean decided) {
		if (wanted != decided) {
			logger.warn("{} has no effect, because the application was processed ahead of time {} it. Build it {} it.",
					property, decided ? "with" : "without", wanted ? "with" : "without");
		}
	}

}
