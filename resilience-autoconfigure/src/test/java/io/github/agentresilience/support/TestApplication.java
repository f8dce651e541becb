package io.github.agentresilience.support;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.io.DefaultResourceLoader;

/**
 * An application with the auto-configurations that {@link LeanApplications} leaves, and
 * nothing of its own.
 */
public final class TestApplication {

	private static final ClassLoader LOADER = new RememberingClassLoader(TestApplication.class.getClassLoader());

	private TestApplication() {
	}

	/** Starts it without a web server. */
	public static ConfigurableApplicationContext run(List<String> properties, String... more) {
		return start(WebApplicationType.NONE, Application.class, properties, more);
	}

	/** Starts it with a web server on a free port. */
	public static ConfigurableApplicationContext runWeb(List<String> properties, String... more) {
		return start(WebApplicationType.SERVLET, Application.class, properties, more);
	}

	/** Starts it with further configuration. */
	public static ConfigurableApplicationContext start(WebApplicationType type, Class<?> configuration,
			List<String> properties, String... more) {
		Map<String, String> all = new LinkedHashMap<>();
		Stream
			.of(List.of("spring.main.banner-mode=off", "server.port=0", "logging.level.root=WARN",
					"management.otlp.metrics.export.enabled=false",
					// Spans are handed over in batches, and waited for
					"management.opentelemetry.tracing.export.schedule-delay=20ms",
					// Looks at every method of every bean, and no test has handlers of
					// its own
					"spring.ai.mcp.client.annotation-scanner.enabled=false",
					// Of the providers' starters on the class path, tests choose another
					// one by name
					"spring.ai.model.chat=openai", "spring.ai.model.embedding=none",
					// Servers that are made to fail
					"logging.level.org.apache.catalina=OFF"), properties, List.of(more))
			.flatMap(List::stream)
			.map((property) -> property.split("=", 2))
			.forEach((pair) -> all.put(pair[0], pair[1]));
		return new SpringApplicationBuilder(configuration).resourceLoader(new DefaultResourceLoader(LOADER))
			.web(type)
			.run(all.entrySet()
				.stream()
				.map((property) -> "--" + property.getKey() + "=" + property.getValue())
				.toArray(String[]::new));
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	public static class Application {

	}

}
