package io.github.agentresilience.sample;

import java.time.Duration;
import java.util.List;

import io.github.agentresilience.sample.world.EmbeddedWorld;
import io.github.agentresilience.sample.world.Latency;

import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.Profiles;

/**
 * Starts the embedded servers before the application reads where they are. With the
 * profile {@code live} it starts nothing, and asks for the variables that say where the
 * real ones are.
 */
class WorldListener implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, AutoCloseable {

	private static final List<String> LIVE_VARIABLES = List.of("GATEWAY_URL", "GATEWAY_KEY", "GATEWAY_MODEL_PRIMARY",
			"GATEWAY_MODEL_SECONDARY", "RAW_URL", "RAW_KEY", "RAW_MODEL", "MCP_PRIMARY_URL", "MCP_FALLBACK_URL");

	private EmbeddedWorld world;

	@Override
	public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
		if (Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING)) {
			// The build does not call anybody, and need not know where anything is
			return;
		}
		ConfigurableEnvironment environment = event.getEnvironment();
		if (environment.acceptsProfiles(Profiles.of("live"))) {
			List<String> missing = LIVE_VARIABLES.stream()
				.filter((variable) -> environment.getProperty(variable, "").isBlank())
				.toList();
			if (!missing.isEmpty()) {
				throw new MissingVariablesException(missing);
			}
			return;
		}
		this.world = new EmbeddedWorld(
				new Latency(environment.getProperty("sample.latency.min", Duration.class, Duration.ofMillis(60)),
						environment.getProperty("sample.latency.max", Duration.class, Duration.ofMillis(120)),
						environment.getProperty("sample.latency.word", Duration.class, Duration.ZERO)));
		environment.getPropertySources().addLast(new MapPropertySource("embeddedWorld", this.world.properties()));
		event.getSpringApplication()
			.addInitializers((context) -> context.getBeanFactory().registerSingleton("embeddedWorld", this.world));
		Runtime.getRuntime().addShutdownHook(new Thread(this.world::close, "embedded-world-shutdown"));
	}

	/** Stops what it has started. */
	@Override
	public void close() {
		if (this.world != null) {
			this.world.close();
		}
	}

}
