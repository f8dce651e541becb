package io.github.agentresilience.observation.internal;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * The meters of an application that read their figures from its objects. A registry that
 * outlasts the application would go on with them, and would give them to the next
 * application that registers meters of the same names, so they are removed with it.
 */
public final class OwnMeters implements AutoCloseable {

	private final MeterRegistry meters;

	private final Set<Meter> own = ConcurrentHashMap.newKeySet();

	public OwnMeters(MeterRegistry meters) {
		this.meters = meters;
	}

	MeterRegistry meters() {
		return this.meters;
	}

	/**
	 * Adds a meter, unless the registry had it before: then it reads from another
	 * application that still runs.
	 * @param registration registers it
	 */
	public void add(Supplier<? extends Meter> registration) {
		Set<Meter> before = Set.copyOf(this.meters.getMeters());
		Meter meter = registration.get();
		if (!before.contains(meter)) {
			this.own.add(meter);
		}
	}

	@Override
	public void close() {
		this.own.forEach(this.meters::remove);
		this.own.clear();
	}

}
