package io.github.agentresilience.autoconfigure;

import io.github.agentresilience.autoconfigure.internal.fleet.FleetLifecycle;
import io.github.agentresilience.autoconfigure.internal.fleet.FleetMeters;
import io.github.agentresilience.autoconfigure.internal.fleet.FleetName;
import io.github.agentresilience.autoconfigure.internal.fleet.SharedFaults;
import io.github.agentresilience.autoconfigure.internal.fleet.SharedScores;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chaos.internal.FaultInjector;
import io.github.agentresilience.fleet.FleetChannel;
import io.github.agentresilience.fleet.internal.Fleet;
import io.github.agentresilience.fleet.internal.FleetBuckets;
import io.github.agentresilience.fleet.internal.redis.RedisBuckets;
import io.github.agentresilience.fleet.internal.redis.RedisFleetChannel;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.RedisClient;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * Makes the application one instance of a fleet, where that is wanted.
 */
@AutoConfiguration(
		after = { ResilienceAutoConfiguration.class, ChaosAutoConfiguration.class, LlmAutoConfiguration.class,
				McpAutoConfiguration.class },
		afterName = "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration")
@ConditionalOnBooleanProperty(prefix = ResilienceProperties.PREFIX, name = "enabled", matchIfMissing = true)
@ConditionalOnBooleanProperty("resilience.fleet.enabled")
public final class FleetAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	Fleet resilienceFleet(ResilienceProperties properties, ObjectProvider<FleetChannel> channel,
			ObjectProvider<FleetBuckets> buckets, ChainRegistry registry, ChainRuntime runtime,
			Environment environment) {
		FleetChannel found = channel.getIfUnique();
		if (found == null) {
			throw new ResilienceConfigurationException("resilience.fleet.enabled",
					"is set, but there is nothing by which instances could reach each other",
					"Add spring-boot-starter-data-redis with Lettuce, or declare one FleetChannel bean.");
		}
		return new Fleet(FleetName.of(properties, environment), found, buckets.getIfUnique(),
				properties.fleet().timeout(), registry, runtime.time(), runtime.workers().of("fleet"));
	}

	@Bean
	FleetLifecycle resilienceFleetLifecycle(Fleet fleet) {
		return new FleetLifecycle(fleet);
	}

	/** Not lazy, since it hears of faults that others inject. */
	@Bean
	@Lazy(false)
	@ConditionalOnBean(FaultInjector.class)
	SharedFaults resilienceSharedFaults(Fleet fleet, FaultInjector chaos, ChainRegistry registry,
			ChainRuntime runtime) {
		return new SharedFaults(fleet, chaos, registry::hasTarget, runtime.time());
	}

	/** Where there is an actuator to show them. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ Endpoint.class, OperationResponseBody.class })
	static class OfScores {

		/** Not lazy, since it reports to others. */
		@Bean
		@Lazy(false)
		SharedScores resilienceSharedScores(Fleet fleet, Scorecard scorecard, ChainRuntime runtime) {
			return new SharedScores(fleet, scorecard, runtime.time(), runtime.workers().of("fleet"));
		}

	}

	/** Where Redis is on the class path, reached by Lettuce. */
	@Order(1)
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ LettuceConnectionFactory.class, RedisClient.class })
	static class OfRedis {

		@Bean
		@ConditionalOnMissingBean(FleetChannel.class)
		RedisFleetChannel resilienceFleetChannel(ResilienceProperties properties,
				ObjectProvider<LettuceConnectionFactory> connections, ChainRuntime runtime, Environment environment) {
			LettuceConnectionFactory found = connections.getIfUnique();
			if (found == null) {
				throw new ResilienceConfigurationException("resilience.fleet.enabled",
						"is set, but there is no single LettuceConnectionFactory",
						"Configure spring.data.redis, and mark one connection factory as primary where there are several.");
			}
			return new RedisFleetChannel(found::getRequiredNativeClient, FleetName.of(properties, environment),
					runtime.time(), runtime.workers().of("fleet-connect"));
		}

	}

	/**
	 * Where limits can be kept in Redis; after it is known whether the channel is ours.
	 */
	@Order(2)
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ RedisClient.class, Bucket4jLettuce.class })
	static class OfLimits {

		@Bean
		@ConditionalOnBean(RedisFleetChannel.class)
		RedisBuckets resilienceFleetBuckets(RedisFleetChannel channel) {
			return new RedisBuckets(channel);
		}

	}

	/** Where there are meters. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(MeterRegistry.class)
	static class OfMeters {

		@Bean
		FleetMeters resilienceFleetMeters(Fleet fleet) {
			return new FleetMeters(fleet.status());
		}

	}

}
