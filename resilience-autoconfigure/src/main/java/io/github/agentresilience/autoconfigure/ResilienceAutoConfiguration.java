package io.github.agentresilience.autoconfigure;

import io.github.agentresilience.autoconfigure.internal.LateChains;
import io.github.agentresilience.autoconfigure.internal.ResilienceRuntimeHints;
import io.github.agentresilience.autoconfigure.internal.config.ConfigurationCheck;
import io.github.agentresilience.autoconfigure.internal.guard.Breakers;
import io.github.agentresilience.autoconfigure.internal.guard.ReadableBreakerFactory;
import io.github.agentresilience.autoconfigure.internal.llm.ToolCallContext;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import io.github.agentresilience.chain.internal.time.SystemTime;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.chain.internal.time.Workers;
import io.github.agentresilience.observation.internal.LogChainListener;
import io.github.agentresilience.observation.internal.StartupReport;
import io.github.agentresilience.observation.internal.ThreadLocalContextCarrier;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.timelimiter.TimeLimiterRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.thread.Threading;
import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JAutoConfiguration;
import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JCircuitBreakerFactory;
import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JConfigurationProperties;
import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4jBulkheadProvider;
import org.springframework.cloud.client.circuitbreaker.CircuitBreakerFactory;
import org.springframework.cloud.client.circuitbreaker.Customizer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;
import org.springframework.core.task.VirtualThreadTaskExecutor;

/**
 * What both layers share: clock and timers, the registry of chains, breakers, the
 * scorecard.
 */
// Before Spring Cloud's, whose factory it replaces; ordered after it, it would draw that
// before the meter registry that its metrics wait for
@AutoConfiguration(before = Resilience4JAutoConfiguration.class)
@ConditionalOnBooleanProperty(prefix = ResilienceProperties.PREFIX, name = "enabled", matchIfMissing = true)
@EnableConfigurationProperties(ResilienceProperties.class)
@ImportRuntimeHints(ResilienceRuntimeHints.class)
public final class ResilienceAutoConfiguration {

	@Bean
	static ConfigurationCheck resilienceConfigurationCheck() {
		return new ConfigurationCheck();
	}

	@Bean
	@ConditionalOnMissingBean
	ChainRuntime resilienceChainRuntime(ObjectProvider<Time> time, Environment environment) {
		return new ChainRuntime(time.getIfUnique(SystemTime::new), workers(environment),
				new ThreadLocalContextCarrier(ToolCallContext::current));
	}

	private static Workers workers(Environment environment) {
		return Threading.VIRTUAL.isActive(environment)
				? new Workers((prefix) -> new VirtualThreadTaskExecutor(prefix).getVirtualThreadFactory())
				: new Workers();
	}

	@Bean
	LateChains resilienceLateChains(ConfigurableApplicationContext context) {
		return new LateChains(context);
	}

	@Bean
	@ConditionalOnMissingBean
	ChainRegistry resilienceChainRegistry(LateChains late) {
		return new ChainRegistry(late);
	}

	@Bean
	UnprotectedParts resilienceUnprotectedParts() {
		return new UnprotectedParts();
	}

	@Bean
	@Lazy(false)
	StartupReport resilienceStartupReport(ChainRegistry registry, UnprotectedParts unprotected) {
		return new StartupReport(registry, unprotected);
	}

	@Bean
	Breakers resilienceBreakers(ObjectProvider<Resilience4JCircuitBreakerFactory> factory,
			ObjectProvider<CircuitBreakerRegistry> registries, ChainRuntime runtime, UnprotectedParts unprotected) {
		return new Breakers(factory.getIfUnique(), registries, runtime.time(), unprotected);
	}

	@Bean
	@ConditionalOnMissingBean
	LogChainListener resilienceLogChainListener(ChainRuntime runtime) {
		return new LogChainListener(runtime.time(), runtime.workers().of("log"));
	}

	@Bean
	@ConditionalOnMissingBean
	Scorecard resilienceScorecard(ResilienceProperties properties, ChainRuntime runtime) {
		return new Scorecard(properties.scorecard().window(), runtime.time());
	}

	/** On the conditions under which Spring Cloud would make its factory. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingBean(CircuitBreakerFactory.class)
	@ConditionalOnBooleanProperty(name = { "spring.cloud.circuitbreaker.resilience4j.enabled",
			"spring.cloud.circuitbreaker.resilience4j.blocking.enabled" }, matchIfMissing = true)
	static class OfBreakers {

		@Bean
		ReadableBreakerFactory resilience4jCircuitBreakerFactory(CircuitBreakerRegistry breakers,
				TimeLimiterRegistry timeLimiters, ObjectProvider<Resilience4jBulkheadProvider> bulkheads,
				Resilience4JConfigurationProperties properties,
				ObjectProvider<Customizer<Resilience4JCircuitBreakerFactory>> customizers) {
			ReadableBreakerFactory factory = new ReadableBreakerFactory(breakers, timeLimiters,
					bulkheads.getIfAvailable(), properties);
			customizers.orderedStream().forEach((customizer) -> customizer.customize(factory));
			return factory;
		}

	}

}
