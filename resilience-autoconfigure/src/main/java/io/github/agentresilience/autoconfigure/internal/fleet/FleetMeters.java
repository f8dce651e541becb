package io.github.agentresilience.autoconfigure.internal.fleet;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.agentresilience.fleet.internal.FleetStatus;
import io.github.agentresilience.observation.internal.OwnMeters;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * What can be measured of this instance's part in a fleet.
 */
public final class FleetMeters implements MeterBinder, AutoCloseable {

	private final FleetStatus status;

	private final List<OwnMeters> bound = new CopyOnWriteArrayList<>();

	public FleetMeters(FleetStatus status) {
		this.status = status;
	}

	@Override
	public void bindTo(MeterRegistry meters) {
		OwnMeters own = new OwnMeters(meters);
		this.bound.add(own);
		own.add(() -> Gauge.builder("resilience.fleet.connected", this.status, (status) -> status.isConnected() ? 1 : 0)
			.description("Whether this instance is in touch with its fleet")
			.register(meters));
		own.add(() -> Gauge.builder("resilience.fleet.instances", this.status, FleetStatus::instances)
			.description("Instances of the fleet that were heard of lately, this one among them")
			.register(meters));
		own.add(() -> FunctionCounter.builder("resilience.fleet.limits.local", this.status, FleetStatus::byShares)
			.description("Attempts that were counted by this instance's share of a limit, not together with others")
			.register(meters));
		for (String state : FleetStatus.ADVICE) {
			own.add(() -> FunctionCounter
				.builder("resilience.fleet.advice", this.status, (status) -> status.advice(state))
				.description("Changes to targets here because another instance told of them")
				.tag("state", state.toLowerCase(Locale.ROOT))
				.register(meters));
		}
		for (String reason : FleetStatus.REASONS) {
			own.add(() -> FunctionCounter
				.builder("resilience.fleet.ignored", this.status, (status) -> status.ignored(reason))
				.description("Messages that were not understood")
				.tag("reason", reason)
				.register(meters));
		}
	}

	@Override
	public void close() {
		this.bound.forEach(OwnMeters::close);
	}

}
