package io.github.agentresilience.autoconfigure;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Map;

import io.github.agentresilience.chain.BreakerPolicy;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JCircuitBreakerFactory;
import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JConfigBuilder.Resilience4JCircuitBreakerConfiguration;
import org.springframework.cloud.client.circuitbreaker.Customizer;
import org.springframework.util.ReflectionUtils;

/**
 * Gets breakers from the registry of Spring Cloud's factory, so that everybody who looks there sees them. For a
 * breaker's configuration the order is: {@code resilience4j.circuitbreaker.instances.<id>}, then what a factory
 * customizer says of that id, then our own policy.
 */
final class Breakers {

	private static final Logger logger = LoggerFactory.getLogger(Breakers.class);

	private final Resilience4JCircuitBreakerFactory factory;

	Breakers(Resilience4JCircuitBreakerFactory factory) {
		this.factory = factory;
	}

	CircuitBreaker get(String id, BreakerPolicy policy) {
		CircuitBreakerConfig customized = customizedConfig(id);
		CircuitBreaker breaker = this.factory.getCircuitBreakerRegistry()
			.circuitBreaker(id, (customized != null) ? customized : policy.toConfig());
		customize(id, breaker);
		return breaker;
	}

	/** The factory keeps what {@code configure(..., id)} said behind a protected getter. */
	private @Nullable CircuitBreakerConfig customizedConfig(String id) {
		try {
			Method getter = ReflectionUtils.findMethod(this.factory.getClass(), "getConfigurations");
			if (getter != null) {
				ReflectionUtils.makeAccessible(getter);
				Object configuration = ((Map<?, ?>) getter.invoke(this.factory)).get(id);
				return (configuration instanceof Resilience4JCircuitBreakerConfiguration own)
						? own.getCircuitBreakerConfig() : null;
			}
		}
		catch (ReflectiveOperationException | RuntimeException ex) {
			logger.warn("Customizations of the breaker '{}' cannot be read: {}", id, ex.toString());
		}
		return null;
	}

	@SuppressWarnings("unchecked")
	private void customize(String id, CircuitBreaker breaker) {
		try {
			Field field = ReflectionUtils.findField(this.factory.getClass(), "circuitBreakerCustomizers");
			if (field != null) {
				ReflectionUtils.makeAccessible(field);
				Object customizer = ((Map<?, ?>) field.get(this.factory)).get(id);
				if (customizer != null) {
					((Customizer<CircuitBreaker>) customizer).customize(breaker);
				}
			}
		}
		catch (ReflectiveOperationException | RuntimeException ex) {
			logger.warn("The customizer of the breaker '{}' cannot be applied: {}", id, ex.toString());
		}
	}

}
