package io.github.agentresilience.sample.tour;

import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import io.github.agentresilience.sample.Agent;
import io.github.agentresilience.sample.console.Terminal;
import io.github.agentresilience.sample.operator.Actuator;
import io.github.agentresilience.sample.scenario.ScenarioRunner;
import io.github.agentresilience.sample.world.EmbeddedWorld;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;

/**
 * Breaks the agent in one way after the other before an audience: says what is done and
 * what to look at, asks questions until it has been seen, and says what was seen.
 */
public final class Tour {

	private static final long POLL_MILLIS = 100;

	private final List<Step> steps;

	private final Actuator actuator;

	private final Asker asker;

	private final StepReport report;

	private final Pause pause;

	private final long longestNanos;

	private Tour(ConfigurableApplicationContext context, PrintStream out, Pause pause) {
		Environment environment = context.getEnvironment();
		this.steps = Steps.all(environment.getProperty("resilience.llm.timeout", Duration.class, Duration.ZERO));
		this.actuator = context.getBean(Actuator.class);
		this.asker = new Asker(context.getBean(Agent.class));
		this.report = new StepReport(out);
		this.pause = pause;
		this.longestNanos = environment.getProperty("sample.tour.longest", Duration.class, Duration.ofSeconds(30))
			.toNanos();
	}

	/**
	 * What the application is started with unless it is given: a breaker for which no
	 * audience has to wait, and a model that is hedged.
	 */
	public static String[] defaults() {
		return new String[] { "--resilience.llm.breaker.open-for=3s",
				"--resilience.llm.targets.reasoner.hedge.enabled=true",
				"--resilience.llm.targets.reasoner.hedge.after=300ms",
				"--logging.level.io.github.agentresilience.events=off",
				"--logging.level.org.apache.tomcat.util.modeler=error" };
	}

	/**
	 * Starts the application and makes the tour, on a terminal with a pause before each
	 * step.
	 * @param start starts the application
	 * @return whether each step has shown what it is for
	 */
	public static boolean run(String[] options, Function<String[], ConfigurableApplicationContext> start) {
		Pause pause = Terminal.isInteractive()
				? Pause.forEnter(System.out, new InputStreamReader(System.in, Charset.defaultCharset())) : Pause.none();
		return run(options, start, System.out, pause);
	}

	static boolean run(String[] options, Function<String[], ConfigurableApplicationContext> start, PrintStream out,
			Pause pause) {
		try (ConfigurableApplicationContext context = start.apply(options)) {
			if (context.getBeanProvider(EmbeddedWorld.class).getIfAvailable() == null) {
				out.println("The tour breaks the embedded servers only. Start it without the profile live.");
				return false;
			}
			context.getBean(ScenarioRunner.class).warmUp();
			String url = "http://localhost:" + context.getEnvironment().getProperty("local.server.port");
			out.printf("%nThe scorecard: %s/actuator/scorecard?format=html%nBeside a chat: %s/%n", url, url);
			return new Tour(context, out, pause).show();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
		catch (RuntimeException ex) {
			out.println("The tour cannot go on: " + ex.getMessage());
			return false;
		}
	}

	private boolean show() throws InterruptedException {
		List<Step> shown = new ArrayList<>();
		try {
			for (Step step : this.steps) {
				this.pause.before("for \"" + step.title() + "\"");
				this.report.before(step, this.steps.indexOf(step) + 1, this.steps.size());
				begin(step);
				Observed seen = watch(step);
				this.report.after(step, seen);
				if (isShown(step, seen)) {
					shown.add(step);
				}
			}
		}
		finally {
			this.asker.pause();
		}
		this.report.end(shown, this.steps);
		this.pause.before("to end the tour");
		return shown.size() == this.steps.size();
	}

	/** The figures of a step are those of the page. */
	private void begin(Step step) {
		this.actuator.removeFaults();
		if (!step.goesOn()) {
			this.actuator.closeBreakers();
		}
		this.asker.forget();
		this.actuator.resetScorecard();
		step.faults().forEach(this.actuator::inject);
	}

	/** Until the step has shown what it is for, and still does when nobody asks. */
	private Observed watch(Step step) throws InterruptedException {
		long began = System.nanoTime();
		Observed seen;
		do {
			this.asker.ask(step.asked());
			do {
				TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
				seen = observe();
			}
			while (!isShown(step, seen) && System.nanoTime() - began < this.longestNanos);
			this.asker.pause();
			seen = observe();
		}
		while (!isShown(step, seen) && System.nanoTime() - began < this.longestNanos);
		return seen;
	}

	private Observed observe() {
		return new Observed(this.actuator.scorecard(), this.asker.answers(), this.actuator.faults());
	}

	private static boolean isShown(Step step, Observed seen) {
		return step.claims().stream().allMatch((claim) -> claim.holds().test(seen));
	}

}
