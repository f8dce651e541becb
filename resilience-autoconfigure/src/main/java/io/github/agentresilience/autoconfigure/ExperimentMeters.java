package io.github.agentresilience.autoconfigure;

import java.util.Locale;

import io.github.agentresilience.chaos.ExperimentReport;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.util.ClassUtils;

/**
 * Counts experiments where there is a meter registry; apart, because an application may do without Micrometer's core.
 */
final class ExperimentMeters {

	private static final boolean PRESENT = ClassUtils.isPresent("io.micrometer.core.instrument.MeterRegistry",
			ExperimentMeters.class.getClassLoader());

	private ExperimentMeters() {
	}

	static void count(BeanFactory beans, ExperimentReport report) {
		if (PRESENT) {
			Registry.count(beans, report);
		}
	}

	private static final class Registry {

		static void count(BeanFactory beans, ExperimentReport report) {
			MeterRegistry meters = beans.getBeanProvider(MeterRegistry.class).getIfUnique();
			if (meters != null) {
				Counter.builder("resilience.experiment")
					.description("Chaos experiments by their verdict")
					.tag("experiment", report.name())
					.tag("verdict", report.verdict().name().toLowerCase(Locale.ROOT))
					.register(meters)
					.increment();
			}
		}

	}

}
