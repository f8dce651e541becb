package io.github.agentresilience.autoconfigure;

import java.time.Clock;

import io.github.agentresilience.chain.ChainRegistry;
import io.github.agentresilience.chain.ChainRuntime;
import io.github.agentresilience.observation.LogChainListener;
import io.github.agentresilience.scorecard.Scorecard;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JCircuitBreakerFactory;
import org.springframework.context.annotation.Bean;

/**
 * What both legs share: clock and timers, the registry of chains, breakers, the scorecard.
 */
// Not ordered after Spring Cloud's: that would draw it before the meter registry that its metrics wait for
@AutoConfiguration
@ConditionalOnBooleanProperty(prefix = ResilienceProperties.PREFIX, name = "enabled", matchIfMissing = true)
@EnableConfigurationProperties(ResilienceProperties.class)
public final class ResilienceAutoConfiguration {

	@Bean
	static ConfigurationCheck resilienceConfigurationCheck() {
		return new ConfigurationCheck();
	}

	@Bean
	@ConditionalOnMissingBean
	ChainRuntime resilienceChainRuntime() {
		return new ChainRuntime(System::nanoTime, new ThreadLocalContextCarrier());
	}

	@Bean
	@ConditionalOnMissingBean
	ChainRegistry resilienceChainRegistry() {
		return new ChainRegistry();
	}

	@Bean
	Breakers resilienceBreakers(Resilience4JCircuitBreakerFactory factory) {
		return new Breakers(factory);
	}

	@Bean
	@ConditionalOnMissingBean
	LogChainListener resilienceLogChainListener(ChainRuntime runtime) {
		return new LogChainListener(runtime.clock());
	}

	@Bean
	@ConditionalOnMissingBean
	Scorecard resilienceScorecard(ResilienceProperties properties, ChainRuntime runtime) {
		return new Scorecard(properties.scorecard().window(), runtime.clock(), Clock.systemUTC());
	}

}
