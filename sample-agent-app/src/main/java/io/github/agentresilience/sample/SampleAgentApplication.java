package io.github.agentresilience.sample;

import java.util.List;
import java.util.stream.Stream;

import io.github.agentresilience.sample.scenario.FleetRun;
import io.github.agentresilience.sample.scenario.ScenarioRunner;
import io.github.agentresilience.sample.tour.Tour;
import org.slf4j.LoggerFactory;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Runs the scenarios and exits, stays up with {@code --serve}, or makes the
 * {@code --tour}.
 */
@SpringBootApplication
public class SampleAgentApplication {

	private static final String SERVE = "--serve";

	private static final String TOUR = "--tour";

	private static final String FLEET = "--fleet";

	/** Who looks at the chat sees the answers come. */
	private static final String AT_READING_SPEED = "--sample.latency.word=30ms";

	/**
	 * Starts the sample.
	 * @param args {@code --serve} to stay up, {@code --tour} to show one thing after the
	 * other, or first {@code --fleet} and a number for so many instances, and any Spring
	 * Boot option
	 */
	public static void main(String[] args) {
		if (args.length > 0 && args[0].equals(FLEET)) {
			System.exit(FleetRun.run(args, SampleAgentApplication::start) ? 0 : 1);
		}
		Options options = new Options(args);
		if (options.has(TOUR)) {
			String[] defaults = Stream.concat(Stream.of(AT_READING_SPEED), Stream.of(Tour.defaults()))
				.toArray(String[]::new);
			System.exit(Tour.run(options.without(List.of(TOUR), defaults), SampleAgentApplication::start) ? 0 : 1);
		}
		if (options.has(SERVE)) {
			start(options.without(List.of(SERVE), AT_READING_SPEED)).getBean(ScenarioRunner.class).warmUp();
			return;
		}
		// The table tells the story; the lines would stand in the middle of the progress
		// bars
		ConfigurableApplicationContext context = start(
				options.without(List.of(), "--server.port=0", "--logging.level.io.github.agentresilience.events=off"));
		boolean allSucceeded = run(context.getBean(ScenarioRunner.class));
		System.exit(SpringApplication.exit(context, () -> allSucceeded ? 0 : 1));
	}

	/** The servers would keep a process alive whose scenarios have failed. */
	private static boolean run(ScenarioRunner scenarios) {
		try {
			return scenarios.run();
		}
		catch (RuntimeException ex) {
			LoggerFactory.getLogger(SampleAgentApplication.class).error("The scenarios could not be run", ex);
			return false;
		}
	}

	/** Starts the application, and with it the servers that it calls. */
	public static ConfigurableApplicationContext start(String... options) {
		SpringApplication application = new SpringApplication(SampleAgentApplication.class);
		WorldListener world = new WorldListener();
		application.addListeners(world);
		try {
			return application.run(options);
		}
		catch (RuntimeException ex) {
			// Its servers would keep the process alive
			world.close();
			throw ex;
		}
	}

}
