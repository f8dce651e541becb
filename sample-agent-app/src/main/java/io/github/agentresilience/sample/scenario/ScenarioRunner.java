package io.github.agentresilience.sample.scenario;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.ChainRegistry;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.sample.Agent;
import io.github.agentresilience.scorecard.Scorecard;
import io.github.agentresilience.scorecard.ScorecardSnapshot;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClient;

/**
 * Breaks the agent in six ways, one after the other, through the chaos endpoint, and measures what its callers notice.
 */
@Component
public class ScenarioRunner {

	private final Agent agent;

	private final ScenarioScorecard figures;

	private final Scorecard scorecard;

	private final ChainRegistry chains;

	private final Environment environment;

	private final int calls;

	private final int callers;

	private final int warmUp;

	private final PrintStream out = System.out;

	ScenarioRunner(Agent agent, ScenarioScorecard figures, Scorecard scorecard, ChainRegistry chains,
			Environment environment, @Value("${sample.calls}") int calls,
			@Value("${sample.callers}") int callers, @Value("${sample.warm-up}") int warmUp) {
		this.agent = agent;
		this.figures = figures;
		this.scorecard = scorecard;
		this.chains = chains;
		this.environment = environment;
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
		new FinalScorecard(this.out).print(this.scorecard.snapshot());
		return results.stream().allMatch(ScenarioResult::allSucceeded);
	}

	/** Loads the classes of both legs, which takes longer than an attempt may, and forgets the figures of it. */
	public void warmUp() {
		ExecutorService threads = Executors.newFixedThreadPool(1);
		try {
			Scenario.ALL.stream().filter(Scenario::isClean).forEach((scenario) -> warmUp(threads, scenario, 2));
		}
		finally {
			threads.shutdown();
		}
		forget();
	}

	private void forget() {
		this.chains.chains().forEach((chain) -> chain.targets().forEach((target) -> target.breaker().reset()));
		this.scorecard.reset();
	}

	List<ScenarioResult> measure() {
		List<ScenarioResult> results = new ArrayList<>();
		Map<Layer, ScenarioResult> clean = new EnumMap<>(Layer.class);
		this.out.printf("Six scenarios, %d calls each, %d callers at once, breakers closed at the start of each.%n",
				this.calls, this.callers);
		ExecutorService threads = Executors.newFixedThreadPool(this.callers);
		try {
			Scenario.ALL.stream()
				.filter(Scenario::isClean)
				.forEach((scenario) -> warmUp(threads, scenario, this.warmUp));
			forget();
			for (Scenario scenario : Scenario.ALL) {
				ScenarioResult result = run(threads, scenario, clean.get(scenario.layer()));
				if (scenario.isClean()) {
					clean.put(scenario.layer(), result);
				}
				results.add(result);
			}
		}
		finally {
			threads.shutdown();
		}
		return results;
	}

	private void warmUp(ExecutorService threads, Scenario scenario, int times) {
		ask(threads, scenario, times,
				new ProgressBar(this.out, "warming up (" + scenario.layer().id() + ")", times));
	}

	private ScenarioResult run(ExecutorService threads, Scenario scenario, ScenarioResult clean) {
		RestClient actuator = RestClient
			.create("http://127.0.0.1:" + this.environment.getRequiredProperty("local.server.port") + "/actuator");
		this.chains.chains().forEach((chain) -> chain.targets().forEach((target) -> target.breaker().reset()));
		this.figures.reset();
		for (Map<String, Object> fault : scenario.faults()) {
			actuator.post().uri("/chaos").body(fault).retrieve().toBodilessEntity();
		}
		try {
			int unanswered = ask(threads, scenario, this.calls,
					new ProgressBar(this.out, scenario.layer().id() + ": " + scenario.name(), this.calls));
			ScorecardSnapshot snapshot = this.figures.snapshot();
			return ScenarioResult.of(scenario, snapshot.legs().get(scenario.layer()), unanswered, clean);
		}
		finally {
			actuator.delete().uri("/chaos").retrieve().toBodilessEntity();
		}
	}

	/** Asks the agent, and counts the questions that got an exception. */
	private int ask(ExecutorService threads, Scenario scenario, int questions, ProgressBar progress) {
		AtomicInteger unanswered = new AtomicInteger();
		List<Future<?>> asked = new ArrayList<>();
		for (int i = 0; i < questions; i++) {
			int number = i;
			asked.add(threads.submit(() -> {
				try {
					this.agent.ask(scenario.question(number));
				}
				catch (RuntimeException ex) {
					unanswered.incrementAndGet();
				}
				progress.step();
			}));
		}
		for (Future<?> each : asked) {
			try {
				each.get(5, TimeUnit.MINUTES);
			}
			catch (Exception ex) {
				unanswered.incrementAndGet();
			}
		}
		progress.end();
		return unanswered.get();
	}

}
