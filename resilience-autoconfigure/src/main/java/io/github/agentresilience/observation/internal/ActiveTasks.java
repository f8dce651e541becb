package io.github.agentresilience.observation.internal;

import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.observation.Observation;

import org.springframework.util.ClassUtils;

/**
 * The timer of what is under way, where there is Micrometer's core. Its handler ends a
 * task only after it has registered the timer of what has ended, so a filter of meters
 * that throws there would leave the task under way for good.
 */
final class ActiveTasks {

	private static final boolean PRESENT = ClassUtils.isPresent("io.micrometer.core.instrument.LongTaskTimer",
			ActiveTasks.class.getClassLoader());

	private ActiveTasks() {
	}

	/** Ends the task of an observation that has stopped. */
	static void end(Observation.Context context) {
		if (PRESENT) {
			Sample.end(context);
		}
	}

	private static final class Sample {

		/** One that has ended already is told so once more, which does nothing. */
		static void end(Observation.Context context) {
			LongTaskTimer.Sample active = context.get(LongTaskTimer.Sample.class);
			if (active != null) {
				active.stop();
			}
		}

	}

}
