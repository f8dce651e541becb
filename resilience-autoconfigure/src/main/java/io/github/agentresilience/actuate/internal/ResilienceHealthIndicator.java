package io.github.agentresilience.actuate.internal;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Supplier;

import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.TargetChain;
import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.time.AttemptTimer;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.fleet.internal.Fleet;
import io.github.agentresilience.fleet.internal.FleetStatus;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Up while every chain has a target that it may call, out of service when one has none,
 * down while no timeout is kept.
 */
public class ResilienceHealthIndicator extends AbstractHealthIndicator {

	private final ChainRegistry registry;

	private final Time time;

	private final Supplier<AttemptTimer.State> timer;

	private final UnprotectedParts unprotected;

	private final Supplier<@Nullable Fleet> fleet;

	/**
	 * An indicator.
	 * @param time the time that the chains go by
	 * @param timer whether timeouts are kept
	 * @param unprotected what no chain protects, which is a detail and no problem
	 * @param fleet what the instance is part of, which is a detail too
	 */
	public ResilienceHealthIndicator(ChainRegistry registry, Time time, Supplier<AttemptTimer.State> timer,
			UnprotectedParts unprotected, Supplier<@Nullable Fleet> fleet) {
		super("The chains could not be looked at");
		this.registry = registry;
		this.unprotected = unprotected;
		this.time = time;
		this.timer = timer;
		this.fleet = fleet;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		boolean allAvailable = true;
		for (TargetChain<?, ?> chain : this.registry.chains()) {
			boolean available = chain.available();
			allAvailable &= available;
			Map<String, String> breakers = new LinkedHashMap<>();
			Map<String, String> cooldowns = new LinkedHashMap<>();
			for (GuardedTarget<?, ?> target : chain.targets()) {
				breakers.put(target.name(), target.breaker().getState().name());
				Instant until = CooldownTime.until(target, this.time);
				if (until != null) {
					cooldowns.put(target.name(), until.toString());
				}
			}
			Map<String, Object> details = new LinkedHashMap<>();
			details.put("available", available);
			if (!available) {
				details.put("problem", problem(breakers, cooldowns));
			}
			details.put("breakers", breakers);
			details.put("cooldownUntil", cooldowns);
			builder.withDetail(chain.layer().id() + "." + chain.name(), details);
		}
		Map<String, String> unprotected = this.unprotected.reasons();
		if (!unprotected.isEmpty()) {
			builder.withDetail("unprotected", unprotected);
		}
		Fleet fleet = this.fleet.get();
		if (fleet != null) {
			builder.withDetail("fleet", details(fleet.status()));
		}
		AttemptTimer.State timeouts = this.timer.get();
		if (timeouts != AttemptTimer.State.RUNNING) {
			builder.withDetail("timer", timeouts.id());
		}
		if (timeouts == AttemptTimer.State.DEAD) {
			builder.down();
		}
		else if (allAvailable) {
			builder.up();
		}
		else {
			builder.outOfService();
		}
	}

	private static Map<String, Object> details(FleetStatus status) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("name", status.fleet());
		details.put("instance", status.instance());
		details.put("connected", status.isConnected());
		Instant since = status.since();
		if (since != null) {
			details.put("since", since.truncatedTo(ChronoUnit.MILLIS).toString());
		}
		String problem = status.problem();
		if (problem != null) {
			details.put("problem", problem);
		}
		else {
			details.put("instances", status.instances());
		}
		FleetStatus.Limits limits = status.limits();
		if (limits != null) {
			details.put("limits", limits.id());
		}
		return details;
	}

	/** Why no target may be called, one after the other. */
	private static String problem(Map<String, String> breakers, Map<String, String> cooldowns) {
		StringJoiner targets = new StringJoiner(", ", "No target may be called now: ", "");
		breakers.forEach((target, state) -> {
			String until = cooldowns.get(target);
			targets.add(target + (until != null ? " cools down until " + until : " has its breaker " + state));
		});
		return targets.toString();
	}

}
