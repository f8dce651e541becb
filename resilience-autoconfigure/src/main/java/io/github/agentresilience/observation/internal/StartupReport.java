package io.github.agentresilience.observation.internal;

import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.TargetChain;
import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Says once, in one line, which chains there are and whom they ask in which order, and in
 * one warning what is not protected.
 */
public final class StartupReport implements SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(StartupReport.class);

	private final ChainRegistry registry;

	private final UnprotectedParts unprotected;

	public StartupReport(ChainRegistry registry, UnprotectedParts unprotected) {
		this.registry = registry;
		this.unprotected = unprotected;
	}

	@Override
	public void afterSingletonsInstantiated() {
		StringJoiner layers = new StringJoiner("; ");
		for (Layer layer : Layer.values()) {
			StringJoiner chains = new StringJoiner(", ");
			this.registry.built(layer).forEach((chain) -> chains.add(line(chain)));
			if (chains.length() > 0) {
				layers.add(layer.id().toUpperCase(Locale.ROOT) + " chains: " + chains);
			}
		}
		if (layers.length() > 0) {
			logger.info("{}", layers);
		}
		// What is made later, such as a lazy bean, is warned of by itself
		warn(this.unprotected.listen((part, reason) -> warn(Map.of(part, reason))));
	}

	private static void warn(Map<String, String> unprotected) {
		if (!unprotected.isEmpty()) {
			StringJoiner parts = new StringJoiner("; ");
			unprotected.forEach((part, reason) -> parts.add(part + ": " + reason));
			logger.warn("Not protected: {}", parts);
		}
	}

	private static String line(TargetChain<?, ?> chain) {
		return chain.name() + " [" + String.join(", ", chain.targets().stream().map(GuardedTarget::name).toList())
				+ "]";
	}

}
