package io.github.agentresilience.whatif.internal;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.StreamCommit;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.chain.TokenUsage;
import io.github.agentresilience.chain.WhenAllOpen;
import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.engine.AnswerInspector;
import io.github.agentresilience.chain.internal.engine.CallSpec;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.engine.ChainServices;
import io.github.agentresilience.chain.internal.engine.ContextCarrier;
import io.github.agentresilience.chain.internal.engine.TargetChain;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.policy.HedgePolicy;
import io.github.agentresilience.chain.internal.policy.LimitPolicy;
import io.github.agentresilience.chain.internal.policy.Price;
import io.github.agentresilience.chain.internal.policy.RetryPolicy;
import io.github.agentresilience.chain.internal.policy.TargetPolicy;
import io.github.agentresilience.chain.internal.policy.TargetRules;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.agentresilience.chain.internal.time.VirtualTime;
import io.github.agentresilience.chain.internal.time.Workers;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Targets that fail and slow down at scripted times, and the calls that they get under
 * some policy, in virtual time: what a real run is to a replay of it.
 */
final class ScriptedWorld {

	private final Map<String, Weather> targets = new LinkedHashMap<>();

	private final Duration every;

	private final Duration during;

	ScriptedWorld(Duration every, Duration during) {
		this.every = every;
		this.during = during;
	}

	ScriptedWorld target(String name, Weather weather) {
		this.targets.put(name, weather);
		return this;
	}

	/** Makes the calls. */
	Recording run(Rules rules) {
		Random random = new Random(rules.seed);
		VirtualTime time = new VirtualTime(Duration.ofHours(3).toNanos(), Instant.parse("2030-01-01T12:00:00Z"));
		try (ChainRuntime runtime = new ChainRuntime(time, Workers.on(time), ContextCarrier.NONE, random::nextDouble)) {
			Recorder recorder = new Recorder(time);
			ChainServices<String> services = new ChainServices<>(Layer.LLM, runtime, ScriptedWorld::classify,
					new AnswerInspector<>() {
					}, new RetryBudget(rules.retryBudget(Layer.LLM), runtime.clock()), List.of(recorder));
			long start = time.nanos();
			TargetChain<String, String> chain = new TargetChain<>(services, "default",
					rules.chain.stream().map((name) -> guarded(name, rules, runtime, time, start, random)).toList(),
					rules.chain(Layer.LLM, "default"));
			for (long at = start; at - start < this.during.toNanos(); at += this.every.toNanos()) {
				while (time.nextDueNanos() < at) {
					time.runNext();
				}
				time.turnTo(at);
				chain.ask("hi", CallSpec.SCORED).subscribe((answer) -> {
				}, (failed) -> {
				});
			}
			while (time.runNext()) {
				// All calls come to their ends
			}
			return recorder.recording();
		}
	}

	private GuardedTarget<String, String> guarded(String name, Rules rules, ChainRuntime runtime, VirtualTime time,
			long start, Random random) {
		TargetRules own = rules.target(Layer.LLM, name);
		return new GuardedTarget<>(
				new ScriptedTarget(name, this.targets.get(name), runtime.scheduler(), time, start, random),
				CircuitBreaker.of(name, own.breaker().toConfig(time)), own.policy());
	}

	private static Failure classify(Throwable thrown) {
		return Failure.ofTransient(503, "down", thrown);
	}

	/** What a target does at a moment. */
	interface Weather {

		/** Milliseconds until it answers, negative until it fails. */
		long millis(long atMillis, Random random);

	}

	/** A policy of chains of one layer. */
	static final class Rules implements CandidatePolicy {

		private List<String> chain;

		private int attempts = 2;

		private HedgePolicy hedge = HedgePolicy.OFF;

		private Duration timeout = Duration.ofSeconds(20);

		private int minimumCalls = 5;

		private @Nullable Price price;

		private int seed = 1;

		static Rules of(String... chain) {
			Rules rules = new Rules();
			rules.chain = Arrays.asList(chain);
			return rules;
		}

		Rules attempts(int most) {
			this.attempts = most;
			return this;
		}

		Rules hedgedAfter(Duration after) {
			this.hedge = new HedgePolicy(true, after);
			return this;
		}

		Rules timeout(Duration each) {
			this.timeout = each;
			return this;
		}

		Rules minimumCalls(int calls) {
			this.minimumCalls = calls;
			return this;
		}

		Rules price(double perMillion) {
			this.price = new Price(perMillion, perMillion);
			return this;
		}

		/** Another throw of the dice. */
		Rules seed(int other) {
			this.seed = other;
			return this;
		}

		@Override
		public @Nullable List<String> targets(Layer layer, String name) {
			return name.equals("default") ? this.chain : null;
		}

		@Override
		public ChainPolicy chain(Layer layer, String name) {
			return new ChainPolicy(Duration.ofSeconds(60), WhenAllOpen.LAST_TARGET);
		}

		@Override
		public TargetRules target(Layer layer, String name) {
			return new TargetRules(
					new BreakerPolicy(20, this.minimumCalls, 50, Duration.ofSeconds(5), 80, Duration.ofSeconds(10), 2),
					new TargetPolicy(
							new RetryPolicy(this.attempts, Duration.ofMillis(100), 2, Duration.ofSeconds(5), 0.5,
									Duration.ZERO),
							TimeoutPolicy.of(this.timeout), this.hedge, StreamCommit.FIRST_CHUNK, 1, this.price),
					LimitPolicy.NONE);
		}

		@Override
		public double retryBudget(Layer layer) {
			return 0.2;
		}

		@Override
		public int queue(Layer layer) {
			return 100;
		}

		@Override
		public Set<String> changedChains(Layer layer) {
			return Set.of();
		}

		@Override
		public List<String> unused() {
			return List.of();
		}

	}

	private record ScriptedTarget(String name, Weather weather, Scheduler scheduler, VirtualTime time, long start,
			Random random) implements Target<String, String> {

		@Override
		public String call(String request, Exchange attempt) {
			throw new UnsupportedOperationException();
		}

		@Override
		public Flux<String> stream(String request, Exchange attempt) {
			long millis = this.weather.millis((this.time.nanos() - this.start) / 1_000_000, this.random);
			return Mono.delay(Duration.ofMillis(Math.abs(millis)), this.scheduler).flatMapMany((over) -> {
				if (millis < 0) {
					return Flux.error(new TargetFailureException(503, "down", (Throwable) null));
				}
				attempt.used(new TokenUsage(100, 50));
				return Flux.just("fine");
			});
		}

		@Override
		public boolean cancellable() {
			return true;
		}

	}

}
