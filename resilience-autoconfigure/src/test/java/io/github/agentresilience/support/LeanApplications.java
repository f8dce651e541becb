package io.github.agentresilience.support;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.Environment;

/**
 * Leaves out of every application that a test starts what the class path brings along and
 * the test has nothing to do with, which is more than half of the time that starting
 * takes. The applications of the sample have all of it.
 */
class LeanApplications implements AutoConfigurationImportFilter, EnvironmentAware {

	/**
	 * How the names of classes begin that are left out, and those of the properties that
	 * they are needed for.
	 */
	private static final List<List<String>> LEFT_OUT = """
			io.github.agentresilience.autoconfigure.Mcp resilience.mcp spring.ai.mcp.client.sse spring.ai.mcp.client.stdio spring.ai.mcp.client.streamable
			io.github.resilience4j.springboot3.bulkhead.
			io.github.resilience4j.springboot3.micrometer.
			io.github.resilience4j.springboot3.ratelimiter.
			io.github.resilience4j.springboot3.retry.
			io.github.resilience4j.springboot3.scheduled.
			io.github.resilience4j.springboot3.spelresolver.
			io.github.resilience4j.springboot3.timelimiter.autoconfigure.TimeLimiterMetrics
			org.springframework.ai.mcp. resilience.mcp spring.ai.mcp.client.sse spring.ai.mcp.client.stdio spring.ai.mcp.client.streamable
			org.springframework.ai.model.chat.memory.
			org.springframework.ai.model.embedding.observation.
			org.springframework.ai.model.image.
			org.springframework.ai.model.ollama. spring.ai.ollama
			org.springframework.ai.model.openai.autoconfigure.OpenAiAudio
			org.springframework.ai.model.openai.autoconfigure.OpenAiImage
			org.springframework.ai.model.openai.autoconfigure.OpenAiModeration
			org.springframework.boot.actuate. management.endpoint
			org.springframework.boot.actuate.autoconfigure.audit.
			org.springframework.boot.actuate.autoconfigure.info.
			org.springframework.boot.actuate.autoconfigure.sbom.
			org.springframework.boot.autoconfigure.aop.
			org.springframework.boot.autoconfigure.availability.
			org.springframework.boot.autoconfigure.info.
			org.springframework.boot.autoconfigure.ssl. spring.ssl
			org.springframework.boot.autoconfigure.task.
			org.springframework.boot.data.autoconfigure.
			org.springframework.boot.data.redis. resilience.fleet.enabled
			org.springframework.boot.data.redis.autoconfigure.DataRedisRepositories
			org.springframework.boot.health. management.endpoint
			org.springframework.boot.health.autoconfigure.actuate. management.endpoint
			org.springframework.boot.health.autoconfigure.actuate.endpoint.AvailabilityProbes
			org.springframework.boot.health.autoconfigure.application.
			org.springframework.boot.http.client.
			org.springframework.boot.http.codec.
			org.springframework.boot.http.converter. management.endpoint
			org.springframework.boot.jackson. management.endpoint resilience.mcp
			org.springframework.boot.micrometer.metrics.autoconfigure.jvm.
			org.springframework.boot.micrometer.metrics.autoconfigure.logging.
			org.springframework.boot.micrometer.metrics.autoconfigure.ssl.
			org.springframework.boot.micrometer.metrics.autoconfigure.startup.
			org.springframework.boot.micrometer.metrics.autoconfigure.system.
			org.springframework.boot.micrometer.metrics.autoconfigure.task.
			org.springframework.boot.micrometer.tracing. management.tracing
			org.springframework.boot.netty.
			org.springframework.boot.opentelemetry. management.tracing
			org.springframework.boot.opentelemetry.autoconfigure.logging.
			org.springframework.boot.persistence.
			org.springframework.boot.reactor.
			org.springframework.boot.restclient.
			org.springframework.boot.transaction.
			org.springframework.boot.webclient.
			org.springframework.cloud.autoconfigure. spring.cloud.refresh
			org.springframework.cloud.client.
			org.springframework.cloud.commons.
			org.springframework.cloud.configuration.
			"""
		.lines()
		.map((line) -> List.of(line.split(" ")))
		.toList();

	private List<String> notNeeded = List.of();

	@Override
	public void setEnvironment(Environment environment) {
		Set<String> properties = ((ConfigurableEnvironment) environment).getPropertySources()
			.stream()
			.filter(EnumerablePropertySource.class::isInstance)
			.flatMap((source) -> Arrays.stream(((EnumerablePropertySource<?>) source).getPropertyNames()))
			.collect(Collectors.toSet());
		this.notNeeded = LEFT_OUT.stream()
			.filter((row) -> row.stream().skip(1).noneMatch((name) -> isSet(properties, name)))
			.map((row) -> row.get(0))
			.toList();
	}

	private static boolean isSet(Set<String> properties, String beginning) {
		return properties.stream().anyMatch((name) -> name.startsWith(beginning));
	}

	@Override
	public boolean[] match(@Nullable String[] autoConfigurationClasses, AutoConfigurationMetadata metadata) {
		boolean[] matches = new boolean[autoConfigurationClasses.length];
		for (int i = 0; i < matches.length; i++) {
			String name = autoConfigurationClasses[i];
			matches[i] = name != null && this.notNeeded.stream().noneMatch(name::startsWith);
		}
		return matches;
	}

}
