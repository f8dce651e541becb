package io.github.agentresilience.autoconfigure.internal.experiment;

import java.util.Collection;
import java.util.Locale;

import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import io.github.agentresilience.chaos.ExperimentReport;
import io.github.agentresilience.chaos.ExperimentReport.Verdict;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.util.ClassUtils;

/**
 * Counts experiments where there is a meter registry; apart, because an application may
 * do without Micrometer's core.
 */
public final class ExperimentMeters {

	public static final String METER_REGISTRY = "io.micrometer.core.instrument.MeterRegistry";

	private static final boolean PRESENT = ClassUtils.isPresent(METER_REGISTRY,
			ExperimentMeters.class.getClassLoader());

	private ExperimentMeters() {
	}

	/**
	 * Has every verdict of every experiment stand at 0, so that the first of a kind is an
	 * increase.
	 */
	public static void register(BeanFactory beans, Collection<String> experiments) {
		if (PRESENT) {
			Registry.register(beans, experiments);
		}
	}

	public static void count(BeanFactory beans, ExperimentReport report) {
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
						safely(meters, () -> counter(meters, experiment, verdict));
					}
				}
			}
		}

		static void count(BeanFactory beans, ExperimentReport report) {
			MeterRegistry meters = beans.getBeanProvider(MeterRegistry.class).getIfUnique();
			if (meters != null) {
				safely(meters, () -> counter(meters, report.name(), report.verdict()).increment());
			}
		}

		/** A filter of meters that throws costs the figure, and no start-up. */
		private static void safely(MeterRegistry meters, Runnable figure) {
			try {
				figure.run();
			}
			catch (Throwable ofFilter) {
				ForeignCode.failed(meters, ofFilter);
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
