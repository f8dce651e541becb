package io.github.agentresilience.autoconfigure.internal.guard;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.timelimiter.TimeLimiterRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JCircuitBreakerFactory;
import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JConfigBuilder.Resilience4JCircuitBreakerConfiguration;
import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JConfigurationProperties;
import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4jBulkheadProvider;
import org.springframework.cloud.client.circuitbreaker.Customizer;

/**
 * Spring Cloud's factory, which also tells what its customizers said of one breaker. It
 * takes the place of the one that Spring Cloud would make, whose customizations only it
 * can read.
 */
public final class ReadableBreakerFactory extends Resilience4JCircuitBreakerFactory {

	private final Map<String, Customizer<CircuitBreaker>> customizers = new ConcurrentHashMap<>();

	public ReadableBreakerFactory(CircuitBreakerRegistry breakers, TimeLimiterRegistry timeLimiters,
			@Nullable Resilience4jBulkheadProvider bulkheads, Resilience4JConfigurationProperties properties) {
		super(breakers, timeLimiters, bulkheads, properties);
	}

	@Override
	public void addCircuitBreakerCustomizer(Customizer<CircuitBreaker> customizer, String... ids) {
		super.addCircuitBreakerCustomizer(customizer, ids);
		for (String id : ids) {
			this.customizers.put(id, customizer);
		}
	}

	/** What {@code configure(..., id)} said, {@code null} where it said nothing. */
	@Nullable CircuitBreakerConfig configured(String id) {
		Resilience4JCircuitBreakerConfiguration configuration = getConfigurations().get(id);
		return (configuration != null) ? configuration.getCircuitBreakerConfig() : null;
	}

	/** Applies what {@code addCircuitBreakerCustomizer(..., id)} said. */
	void customize(String id, CircuitBreaker breaker) {
		Customizer<CircuitBreaker> customizer = this.customizers.get(id);
		if (customizer != null) {
			customizer.customize(breaker);
		}
	}

}
