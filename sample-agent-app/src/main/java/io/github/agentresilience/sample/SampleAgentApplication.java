package io.github.agentresilience.sample;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.github.agentresilience.sample.scenario.ScenarioRunner;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Runs the scenarios and exits, or stays up with {@code --serve}.
 */
@SpringBootApplication
public class SampleAgentApplication {

	private static final String SERVE = "--serve";

	/**
	 * Starts the sample.
	 * @param args {@code --serve} to stay up, and any Spring Boot option
	 */
	public static void main(String[] args) {
		boolean serve = Arrays.asList(args).contains(SERVE);
		List<String> options = new ArrayList<>(Arrays.asList(args));
		options.remove(SERVE);
		if (!serve) {
			options.add(0, "--server.port=0");
			// The table tells the story; the lines would stand in the middle of the progress bars
			options.add(0, "--logging.level.io.github.agentresilience.events=off");
		}
		ConfigurableApplicationContext context = start(options.toArray(String[]::new));
		if (serve) {
			context.getBean(ScenarioRunner.class).warmUp();
		}
		else {
			boolean allSucceeded = context.getBean(ScenarioRunner.class).run();
			System.exit(SpringApplication.exit(context, () -> allSucceeded ? 0 : 1));
		}
	}

	/** Starts the application, and with it the servers that it calls. */
	public static ConfigurableApplicationContext start(String... options) {
		SpringApplication application = new SpringApplication(SampleAgentApplication.class);
		application.addListeners(new WorldListener());
		return application.run(options);
	}

}
