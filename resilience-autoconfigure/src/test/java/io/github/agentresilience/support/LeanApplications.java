package io.github.agentresilience.support;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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

	/** What is needed where a property that begins so is set. */
	private static final Map<String, List<String>> NEEDED_FOR = """
			org.springframework.ai.mcp. = resilience.mcp spring.ai.mcp.client.sse spring.ai.mcp.client.stdio spring.ai.mcp.client.streamable-http
			org.springframework.ai.model.ollama. = spring.ai.ollama
			org.springframework.boot.actuate. = management.endpoint
			org.springframework.boot.data.redis. = resilience.fleet.enabled
			org.springframework.boot.health.autoconfigure.actuate. = management.endpoint
			org.springframework.boot.micrometer.tracing. = management.tracing
			org.springframework.boot.opentelemetry. = management.tracing
			org.springframework.cloud.autoconfigure. = spring.cloud.refresh
			"""
		.lines()
		.map((line) -> line.split(" = "))
		.collect(Collectors.toMap((line) -> line[0], (line) -> List.of(line[1].split(" "))));

	private static final List<String> NOT_NEEDED = """
			io.github.resilience4j.springboot3.bulkhead.
			io.github.resilience4j.springboot3.micrometer.
			io.github.resilience4j.springboot3.ratelimiter.
			io.github.resilience4j.springboot3.retry.
			io.github.resilience4j.springboot3.scheduled.
			io.github.resilience4j.springboot3.timelimiter.autoconfigure.TimeLimiterMetrics
			org.springframework.ai.model.chat.memory.
			org.springframework.ai.model.embedding.observation.
			org.springframework.ai.model.image.
			org.springframework.ai.model.openai.autoconfigure.OpenAiAudio
			org.springframework.ai.model.openai.autoconfigure.OpenAiImage
			org.springframework.ai.model.openai.autoconfigure.OpenAiModeration
			org.springframework.boot.actuate.autoconfigure.audit.
			org.springframework.boot.actuate.autoconfigure.info.
			org.springframework.boot.actuate.autoconfigure.sbom.
			org.springframework.boot.autoconfigure.aop.
			org.springframework.boot.autoconfigure.availability.
			org.springframework.boot.autoconfigure.info.
			org.springframework.boot.autoconfigure.task.
			org.springframework.boot.data.autoconfigure.
			org.springframework.boot.data.redis.autoconfigure.DataRedisRepositories
			org.springframework.boot.health.autoconfigure.actuate.endpoint.AvailabilityProbes
			org.springframework.boot.health.autoconfigure.application.
			org.springframework.boot.http.client.autoconfigure.reactive.
			org.springframework.boot.http.client.autoconfigure.service.
			org.springframework.boot.http.codec.
			org.springframework.boot.micrometer.metrics.autoconfigure.jvm.
			org.springframework.boot.micrometer.metrics.autoconfigure.logging.
			org.springframework.boot.micrometer.metrics.autoconfigure.ssl.
			org.springframework.boot.micrometer.metrics.autoconfigure.startup.
			org.springframework.boot.micrometer.metrics.autoconfigure.system.
			org.springframework.boot.micrometer.metrics.autoconfigure.task.
			org.springframework.boot.netty.
			org.springframework.boot.opentelemetry.autoconfigure.logging.
			org.springframework.boot.persistence.
			org.springframework.boot.reactor.
			org.springframework.boot.restclient.autoconfigure.RestTemplate
			org.springframework.boot.restclient.autoconfigure.service.
			org.springframework.boot.transaction.
			org.springframework.boot.webclient.
			org.springframework.cloud.client.
			org.springframework.cloud.commons.
			org.springframework.cloud.configuration.
			""".lines().toList();

	private List<String> notNeeded = NOT_NEEDED;

	@Override
	public void setEnvironment(Environment environment) {
		Set<String> set = ((ConfigurableEnvironment) environment).getPropertySources()
			.stream()
			.filter(EnumerablePropertySource.class::isInstance)
			.flatMap((source) -> Arrays.stream(((EnumerablePropertySource<?>) source).getPropertyNames()))
			.collect(Collectors.toSet());
		this.notNeeded = new ArrayList<>(NOT_NEEDED);
		NEEDED_FOR.forEach((classes, properties) -> {
			if (set.stream().noneMatch((name) -> properties.stream().anyMatch(name::startsWith))) {
				this.notNeeded.add(classes);
			}
		});
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
