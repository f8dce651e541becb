package io.github.agentresilience.support;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;

/**
 * An application for a process of its own.
 */
public final class RunOnceApplication {

	private RunOnceApplication() {
	}

	/** Starts it with the given options. */
	public static void main(String[] args) {
		new SpringApplicationBuilder(TestApplication.Application.class).web(WebApplicationType.NONE)
			.properties("spring.ai.model.chat=openai")
			.run(args);
	}

}
