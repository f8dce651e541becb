package io.github.agentresilience.autoconfigure.internal.guard;

import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JCircuitBreakerFactory;

/**
 * Gets breakers from the registry of Spring Cloud's factory, so that everybody who looks
 * there sees them; where there is no such factory, because the application has another
 * one or none, from its registry of breakers. For a breaker's configuration the order is:
 * {@code resilience4j.circuitbreaker.instances.<id>}, then what a factory customizer says
 * of that id, then our own policy.
 */
public final class Breakers {

	private static final Logger logger = LoggerFactory.getLogger(Breakers.class);

	private final CircuitBreakerRegistry registry;

	private final Time time;

	private final @Nullable ReadableBreakerFactory readable;

	/**
	 * Breakers of a factory.
	 * @param factory the one factory, {@code null} where there is not one
	 * @param registries where breakers are without it
	 * @param time what those go by whose policy is our own
	 * @param unprotected is told of a factory that the application made itself, whose
	 * customizations cannot be read
	 */
	public Breakers(@Nullable Resilience4JCircuitBreakerFactory factory,
			ObjectProvider<CircuitBreakerRegistry> registries, Time time, UnprotectedParts unprotected) {
		this.time = time;
		this.readable = (factory instanceof ReadableBreakerFactory own) ? own : null;
		// That of a mock is null
		CircuitBreakerRegistry ofFactory = (factory != null) ? factory.getCircuitBreakerRegistry() : null;
		this.registry = (ofFactory != null) ? ofFactory : registries.getIfUnique(CircuitBreakerRegistry::ofDefaults);
		if (factory != null && this.readable == null) {
			unprotected.add("circuitBreakerFactory", "the customizations of the application's own "
					+ "Resilience4JCircuitBreakerFactory cannot be read, so the breakers of chains have none of them; "
					+ "use resilience4j.circuitbreaker.instances, or Customizer<Resilience4JCircuitBreakerFactory> "
					+ "beans without a factory bean");
		}
	}

	CircuitBreaker get(String id, BreakerPolicy policy) {
		CircuitBreakerConfig customized = (this.readable != null) ? this.readable.configured(id) : null;
		CircuitBreakerConfig config = (customized != null) ? customized : policy.toConfig(this.time);
		CircuitBreaker ofRegistry = this.registry.circuitBreaker(id, config);
		CircuitBreaker breaker = (ofRegistry != null) ? ofRegistry : CircuitBreaker.of(id, config);
		if (this.readable != null) {
			customize(this.readable, id, breaker);
		}
		return breaker;
	}

	private static void customize(ReadableBreakerFactory factory, String id, CircuitBreaker breaker) {
		try {
			factory.customize(id, breaker);
		}
		catch (RuntimeException | Error ex) {
			logger.warn("The customizer of the breaker '{}' failed: {}", id, ex.toString());
		}
	}

}
