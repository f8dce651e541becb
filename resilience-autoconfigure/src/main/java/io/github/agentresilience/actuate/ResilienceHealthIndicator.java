package io.github.agentresilience.actuate;

import java.util.LinkedHashMap;
import java.util.Map;

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

	public ResilienceHealthIndicator(ChainRegistry registry) {
		super("The chains could not be looked at");
		this.registry = registry;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		boolean allAvailable = true;
		for (TargetChain<?, ?> chain : this.registry.chains()) {
			boolean available = chain.available();
			allAvailable &= available;
			Map<String, Object> breakers = new LinkedHashMap<>();
			for (GuardedTarget<?, ?> target : chain.targets()) {
				breakers.put(target.name(), target.breaker().getState().name());
			}
			builder.withDetail(chain.layer().id() + "." + chain.name(),
					Map.of("available", available, "breakers", breakers));
		}
		if (allAvailable) {
			builder.up();
		}
		else {
			builder.outOfService();
		}
	}

}
