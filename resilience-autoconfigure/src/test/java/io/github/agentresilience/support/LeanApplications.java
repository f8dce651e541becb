package io.github.agentresilience.support;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;

/**
 * Leaves out of every application that a test starts what the class path brings along and
 * nothing here has to do with, which is half of the time that starting takes. The
 * applications of the sample have all of it.
 */
class LeanApplications implements AutoConfigurationImportFilter, EnvironmentAware {

	/** Needed by fleets only; its health is down where there is no Redis. */
	private static final String REDIS = "org.springframework.boot.data.redis.";

	private static final List<String> NOT_NEEDED = List.of("org.springframework.boot.persistence.",
			"org.springframework.boot.transaction.",
			"org.springframework.boot.data.redis.autoconfigure.DataRedisRepositories",
			"org.springframework.cloud.client.", "org.springframework.cloud.commons.util.",
			"io.github.resilience4j.springboot3.bulkhead.", "io.github.resilience4j.springboot3.micrometer.",
			"io.github.resilience4j.springboot3.ratelimiter.", "io.github.resilience4j.springboot3.scheduled.",
			"org.springframework.ai.model.openai.autoconfigure.OpenAiAudio",
			"org.springframework.ai.model.openai.autoconfigure.OpenAiImage",
			"org.springframework.ai.model.openai.autoconfigure.OpenAiModeration", "org.springframework.ai.model.image.",
			"org.springframework.ai.model.chat.memory.", "org.springframework.boot.actuate.autoconfigure.info.",
			"org.springframework.boot.actuate.autoconfigure.sbom.",
			"org.springframework.boot.actuate.autoconfigure.audit.", "org.springframework.boot.autoconfigure.info.",
			"org.springframework.boot.health.autoconfigure.application.DiskSpace",
			"org.springframework.boot.health.autoconfigure.application.Ssl",
			"org.springframework.boot.micrometer.metrics.autoconfigure.jvm.",
			"org.springframework.boot.micrometer.metrics.autoconfigure.logging.",
			"org.springframework.boot.micrometer.metrics.autoconfigure.ssl.",
			"org.springframework.boot.micrometer.metrics.autoconfigure.startup.",
			"org.springframework.boot.micrometer.metrics.autoconfigure.system.",
			"org.springframework.boot.micrometer.metrics.autoconfigure.task.",
			"org.springframework.boot.opentelemetry.autoconfigure.logging.");

	private boolean fleet;

	@Override
	public void setEnvironment(Environment environment) {
		this.fleet = environment.getProperty("resilience.fleet.enabled", Boolean.class, false);
	}

	@Override
	public boolean[] match(@Nullable String[] autoConfigurationClasses, AutoConfigurationMetadata metadata) {
		boolean[] matches = new boolean[autoConfigurationClasses.length];
		for (int i = 0; i < matches.length; i++) {
			String name = autoConfigurationClasses[i];
			matches[i] = name != null && NOT_NEEDED.stream().noneMatch(name::startsWith)
					&& (this.fleet || !name.startsWith(REDIS));
		}
		return matches;
	}

}
