package io.github.agentresilience.autoconfigure;

import java.util.Collection;
import java.util.Locale;

import io.github.agentresilience.chaos.ExperimentReport;
import io.github.agentresilience.chaos.ExperimentReport.Verdict;
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

	/** Has every verdict of every experiment stand at 0, so that the first of a kind is an increase. */
	static void register(BeanFactory beans, Collection<String> experiments) {
		if (PRESENT) {
			Registry.register(beans, experiments);
		}
	}

	static void count(BeanFactory beans, ExperimentReport report) {
		if (PRESENT) {
			Registry.count(beans, report);
		}
	}

	private static final class Registry {

		static void register(BeanFactory beans, Collection<String> experiments) {
			MeterRegistry meters = beans.getBeanProvider(MeterRegistry.class).getIfUnique();
			if (meters != null) {
				for (String experiment : experiments) {
					for (Verdict verdict : Verdict.values()) {
						counter(meters, experiment, verdict);
					}
				}
			}
		}

		static void count(BeanFactory beans, ExperimentReport report) {
			MeterRegistry meters = beans.getBeanProvider(MeterRegistry.class).getIfUnique();
			if (meters != null) {
				counter(meters, report.name(), report.verdict()).increment();
			}
		}

		private static Counter counter(MeterRegistry meters, String experiment, Verdict verdict) {
			return Counter.builder("resilience.experiment")
				.description("Chaos experiments by their verdict")
				.tag("experiment", experiment)
				.tag("verdict", verdict.name().toLowerCase(Locale.ROOT))
				.register(meters);
		}

	}

}
