package io.github.agentresilience.sample.scenario;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.sample.Agent;
import io.github.agentresilience.sample.console.Terminal;
import io.github.agentresilience.sample.operator.Actuator;
import io.github.agentresilience.sample.operator.ScorecardAnswer;
import io.github.agentresilience.sample.world.EmbeddedWorld;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * Breaks the agent in one way after the other, mostly through the chaos endpoint, and
 * measures what its callers notice.
 */
@Component
public class ScenarioRunner {

	private final Agent agent;

	private final Actuator actuator;

	private final boolean embedded;

	private final int calls;

	private final int callers;

	private final int warmUp;

	private final PrintStream out = System.out;

	private final boolean terminal = Terminal.isInteractive();

	ScenarioRunner(Agent agent, Actuator actuator, ObjectProvider<EmbeddedWorld> world,
			@Value("${sample.calls}") int calls, @Value("${sample.callers}") int callers,
			@Value("${sample.warm-up}") int warmUp) {
		this.agent = agent;
		this.actuator = actuator;
		this.embedded = world.getIfAvailable() != null;
		this.calls = calls;
		this.callers = callers;
		this.warmUp = warmUp;
	}

	/**
	 * Runs all scenarios and prints their figures.
	 * @return whether every call of every scenario was answered
	 */
	public boolean run() {
		List<ScenarioResult> results = measure();
		new ScenarioTable(this.out).print(results);
		new FinalScorecard(this.out).print(results.stream().map(ScenarioResult::scorecard).toList());
		return results.stream().allMatch(ScenarioResult::allSucceeded);
	}

	/**
	 * Loads the classes of both layers, which takes longer than an attempt may, and
	 * forgets the figures of it.
	 */
	public void warmUp() {
		try (Callers one = new Callers(this.agent, 1, this.embedded)) {
			warmUp(one, 2);
		}
		forget();
	}

	private void forget() {
		this.actuator.closeBreakers();
		this.actuator.resetScorecard();
	}

	List<ScenarioResult> measure() {
		List<Scenario> scenarios = Scenario.ALL.stream()
			.filter((scenario) -> this.embedded || !scenario.needsEmbeddedWorld())
			.toList();
		this.out.printf("%d scenarios, %d calls each, %d callers at once, breakers closed at the start of each.%n",
				scenarios.size(), this.calls, this.callers);
		List<ScenarioResult> results = new ArrayList<>();
		Map<Layer, ScenarioResult> clean = new EnumMap<>(Layer.class);
		try (Callers all = new Callers(this.agent, this.callers, this.embedded)) {
			warmUp(all, this.warmUp);
			if (this.embedded) {
				ask(all, "warming up (streams)", Scenario.MIDDLE_OF_TURN.questions(this.warmUp));
			}
			for (Scenario scenario : scenarios) {
				ScenarioResult result = run(all, scenario, clean.get(scenario.layer()));
				if (scenario.isClean()) {
					clean.put(scenario.layer(), result);
				}
				results.add(result);
			}
		}
		return results;
	}

	private void warmUp(Callers who, int calls) {
		Scenario.ALL.stream()
			.filter(Scenario::isClean)
			.forEach((scenario) -> ask(who, "warming up (" + scenario.layer().id() + ")", scenario.questions(calls)));
	}

	private ScenarioResult run(Callers who, Scenario scenario, ScenarioResult clean) {
		forget();
		scenario.faults().forEach(this.actuator::inject);
		try {
			List<Question> questions = scenario.questions(this.calls);
			int wrong = ask(who, scenario.layer().id() + ": " + scenario.name(), questions);
			ScorecardAnswer scorecard = this.actuator.scorecard();
			if (this.embedded && scenario.layer() == Layer.LLM) {
				wrong += unexpectedToolCalls(questions, scorecard);
			}
			return ScenarioResult.of(scenario, scorecard, wrong, clean);
		}
		finally {
			this.actuator.removeFaults();
		}
	}

	private int ask(Callers who, String title, List<Question> questions) {
		return who.ask(questions, Progress.of(this.out, this.terminal, title, questions.size()));
	}

	/** Each tool runs once, whatever becomes of the models that ask for it. */
	private static int unexpectedToolCalls(List<Question> questions, ScorecardAnswer scorecard) {
		int expected = questions.stream().mapToInt(Question::toolCalls).sum();
		return (int) Math.abs(scorecard.mcp().attempts() - expected);
	}

}
