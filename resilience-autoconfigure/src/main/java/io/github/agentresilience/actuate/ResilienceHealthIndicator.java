package io.github.agentresilience.actuate;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

import io.github.agentresilience.chain.ChainRegistry;
import io.github.agentresilience.chain.GuardedTarget;
import io.github.agentresilience.chain.TargetChain;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Up while every chain has a target that it may call, out of service when one has none.
 */
public class ResilienceHealthIndicator extends AbstractHealthIndicator {

	private final ChainRegistry registry;

	private final LongSupplier nanoTime;

	/**
	 * An indicator.
	 * @param nanoTime the clock of the chains
	 */
	public ResilienceHealthIndicator(ChainRegistry registry, LongSupplier nanoTime) {
		super("The chains could not be looked at");
		this.registry = registry;
		this.nanoTime = nanoTime;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		boolean allAvailable = true;
		for (TargetChain<?, ?> chain : this.registry.chains()) {
			boolean available = chain.available();
			allAvailable &= available;
			Map<String, Object> breakers = new LinkedHashMap<>();
			Map<String, Object> leftAlone = new LinkedHashMap<>();
			for (GuardedTarget<?, ?> target : chain.targets()) {
				breakers.put(target.name(), target.breaker().getState().name());
				Instant until = LeftAlone.until(target, this.nanoTime.getAsLong());
				if (until != null) {
					leftAlone.put(target.name(), until.toString());
				}
			}
			builder.withDetail(chain.layer().id() + "." + chain.name(),
					Map.of("available", available, "breakers", breakers, "leftAloneUntil", leftAlone));
		}
		if (allAvailable) {
			builder.up();
		}
		else {
			builder.outOfService();
		}
	}

}
