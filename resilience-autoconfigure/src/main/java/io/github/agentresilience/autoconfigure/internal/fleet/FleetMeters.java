package io.github.agentresilience.autoconfigure.internal.fleet;

import java.util.Locale;

import io.github.agentresilience.fleet.internal.FleetStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * What can be measured of this instance's part in a fleet.
 */
public final class FleetMeters implements MeterBinder {

	private final FleetStatus status;

	public FleetMeters(FleetStatus status) {
		this.status = status;
	}

	@Override
	public void bindTo(MeterRegistry meters) {
		Gauge.builder("resilience.fleet.connected", this.status, (status) -> status.isConnected() ? 1 : 0)
			.description("Whether this instance is in touch with its fleet")
			.register(meters);
		Gauge.builder("resilience.fleet.instances", this.status, FleetStatus::instances)
			.description("Instances of the fleet that were heard of lately, this one among them")
			.register(meters);
		FunctionCounter.builder("resilience.fleet.limits.local", this.status, FleetStatus::byShares)
			.description("Attempts that were counted by this instance's share of a limit, not together with others")
			.register(meters);
		for (String state : FleetStatus.ADVICE) {
			FunctionCounter.builder("resilience.fleet.advice", this.status, (status) -> status.advice(state))
				.description("Changes to targets here because another instance told of them")
				.tag("state", state.toLowerCase(Locale.ROOT))
				.register(meters);
		}
		for (String reason : FleetStatus.REASONS) {
			FunctionCounter.builder("resilience.fleet.ignored", this.status, (status) -> status.ignored(reason))
				.description("Messages that were not understood")
				.tag("reason", reason)
				.register(meters);
		}
	}

}
