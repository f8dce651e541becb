package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.chain.TokenUsage;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.LimitPolicy;
import io.github.agentresilience.chain.internal.time.Workers;
import io.github.agentresilience.support.ManualTime;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Three providers that sell 60 requests and 20,000 tokens a minute each, and twenty calls
 * a second for three minutes: five times what they sell. One thread does all of it, in a
 * time that stands still in between.
 */
class MeteredChainTests extends ChainFixture {

	private static final Duration DEADLINE = Duration.ofSeconds(20);

	private static final Duration BETWEEN = Duration.ofMillis(50);

	private static final int CALLS = 3 * 60 * 20;

	private static final int INPUT = 200;

	private static final int OUTPUT = 100;

	private static final LimitPolicy DECLARED = new LimitPolicy(60, 20_000, 0, false);

	private static final LimitPolicy LEARNED = new LimitPolicy(0, 0, 0, true);

	private final ManualTime time = (ManualTime) this.runtime.time();

	private final Map<String, Integer> outcomes = new TreeMap<>();

	private int output;

	private final Random random = new Random(7);

	MeteredChainTests() {
		super(ManualTime.standing(), new Workers((prefix) -> InLine::new));
	}

	/** How calls take of what the providers sell. */
	private enum Load {

		/** All the same. */
		EVEN,

		/**
		 * Some many times as many tokens as others, and fewer than was to be expected.
		 */
		MIXED,

		/** Half of it goes to others who use the same key. */
		SHARED

	}

	static List<Arguments> cases() {
		List<Arguments> cases = new ArrayList<>();
		for (Load load : Load.values()) {
			for (int jitter : new int[] { 2, 300 }) {
				cases.add(Arguments.of(DECLARED, false, load, jitter));
				cases.add(Arguments.of(LEARNED, false, load, jitter));
				cases.add(Arguments.of(LEARNED, true, load, jitter));
			}
		}
		return cases;
	}

	@ParameterizedTest
	@MethodSource("cases")
	void nearlyNoCallIsRefusedByAProviderAndNoneWaitsInVain(LimitPolicy policy, boolean windows, Load load,
			int jitterMillis) {
		List<Meter> meters = new ArrayList<>();
		List<GuardedTarget<String, String>> targets = new ArrayList<>();
		for (String name : List.of("a", "b", "c")) {
			Meter meter = new Meter(windows, jitterMillis);
			meters.add(meter);
			targets.add(limited(TestTarget.streaming(name, meter::ask), policy));
		}
		TargetChain<String, String> chain = chain(policy(DEADLINE), targets.get(0), targets.get(1), targets.get(2));
		for (int i = 0; i < CALLS; i++) {
			this.output = (load == Load.MIXED) ? 50 + this.random.nextInt(1_500) : OUTPUT;
			call(chain, (load == Load.MIXED) ? 2_000 : OUTPUT);
			if (load == Load.SHARED && i % 40 == 0) {
				meters.forEach((meter) -> meter.sells(INPUT + OUTPUT));
			}
			this.time.advance(BETWEEN);
		}
		this.time.advance(DEADLINE.multipliedBy(2));
		int refused = meters.stream().mapToInt((meter) -> meter.refused).sum();
		int asked = meters.stream().mapToInt((meter) -> meter.asked).sum();
		int inVain = this.outcomes.getOrDefault("in vain", 0);
		String came = "%s, %d of %d refused".formatted(this.outcomes, refused, asked);
		assertThat(this.outcomes.keySet()).as(came).isSubsetOf("answered", "at once", "in vain");
		assertThat(inVain).as(came).isLessThanOrEqualTo((load == Load.SHARED) ? CALLS * 3 / 100 : 0);
		if (load == Load.EVEN) {
			// What they have at first, what comes back in three minutes, and for the last
			assertThat(this.outcomes.get("answered")).as(came).isBetween(720, 780);
		}
		if (load != Load.SHARED) {
			assertThat(refused).as(came).isLessThanOrEqualTo(asked / 100);
		}
	}

	private void call(TargetChain<String, String> chain, int mostOutput) {
		long begun = this.time.nanos();
		chain.stream("q", CallSpec.SCORED.taking(new FixedTokens(INPUT, mostOutput))).subscribe((chunk) -> {
		}, (failure) -> ended((failure instanceof ChainExhaustedException) ? "exhausted" : failure.toString(), begun),
				() -> ended("answered", begun));
	}

	private void ended(String how, long begun) {
		Duration after = Duration.ofNanos(this.time.nanos() - begun);
		String outcome = how.equals("exhausted") ? (after.compareTo(Duration.ofSeconds(1)) < 0) ? "at once" : "in vain"
				: how;
		this.outcomes.merge(outcome, 1, Integer::sum);
	}

	@Override
	ChainServices<String> services() {
		ChainServices<String> services = super.services();
		return new ChainServices<>(services.layer(), services.runtime(), MeteredChainTests::classify,
				services.inspector(), services.budget(), services.listeners());
	}

	private static Failure classify(Throwable thrown) {
		TargetFailureException refusal = (TargetFailureException) thrown;
		return new Failure(FailureKind.TRANSIENT, refusal.status(), refusal.retryAfter(), true, null, false, "no",
				thrown);
	}

	/** Sells requests and tokens, which come back evenly, or all at once each minute. */
	private final class Meter {

		private static final double REQUESTS = 60;

		private static final double TOKENS = 20_000;

		private static final double MINUTE = 60e9;

		private final boolean windows;

		private final int jitterMillis;

		private double requests = REQUESTS;

		private double tokens = TOKENS;

		private long since = MeteredChainTests.this.time.nanos();

		private int asked;

		private int refused;

		Meter(boolean windows, int jitterMillis) {
			this.windows = windows;
			this.jitterMillis = jitterMillis;
		}

		Flux<String> ask(Exchange attempt) {
			return Flux.create((sink) -> later(1, () -> arrived(attempt, sink)));
		}

		private void later(int millis, Runnable task) {
			int jitter = MeteredChainTests.this.random.nextInt(this.jitterMillis);
			MeteredChainTests.this.time.schedule(task, TimeUnit.MILLISECONDS.toNanos(millis + jitter), Runnable::run);
		}

		private void arrived(Exchange attempt, FluxSink<String> sink) {
			this.asked++;
			int output = MeteredChainTests.this.output;
			boolean sold = sells(INPUT + output);
			Map<String, String> headers = headers();
			if (!sold) {
				this.refused++;
				later(5, () -> {
					attempt.answered(429, headers::get);
					sink.error(new TargetFailureException(429, "too many",
							(this.jitterMillis > 2) ? Duration.ofSeconds(1) : (Duration) null));
				});
				return;
			}
			later(200, () -> {
				attempt.answered(200, headers::get);
				attempt.used(new TokenUsage(INPUT, output));
				sink.next("ok");
				sink.complete();
			});
		}

		private boolean sells(int needed) {
			long now = MeteredChainTests.this.time.nanos();
			double passed = (now - this.since) / MINUTE;
			if (!this.windows || passed >= 1) {
				double share = this.windows ? 1 : passed;
				this.requests = Math.min(REQUESTS, this.requests + REQUESTS * share);
				this.tokens = Math.min(TOKENS, this.tokens + TOKENS * share);
				this.since = this.windows ? this.since + (long) (Math.floor(passed) * MINUTE) : now;
			}
			if (this.requests < 1 || this.tokens < needed) {
				return false;
			}
			this.requests--;
			this.tokens -= needed;
			return true;
		}

		private Map<String, String> headers() {
			return Map.of("x-ratelimit-limit-requests", "60", "x-ratelimit-remaining-requests",
					String.valueOf((int) this.requests), "x-ratelimit-reset-requests",
					reset(REQUESTS - this.requests, REQUESTS), "x-ratelimit-limit-tokens", "20000",
					"x-ratelimit-remaining-tokens", String.valueOf((int) this.tokens), "x-ratelimit-reset-tokens",
					reset(TOKENS - this.tokens, TOKENS));
		}

		private String reset(double missing, double most) {
			long now = MeteredChainTests.this.time.nanos();
			double nanos = this.windows ? MINUTE - (now - this.since) : missing / most * MINUTE;
			return Math.max(0, (long) (nanos / 1_000_000)) + "ms";
		}

	}

	/**
	 * In the place of a thread: runs its task on the thread that starts it, after those
	 * that this one is at.
	 */
	private static final class InLine extends Thread {

		private static final Queue<Runnable> TASKS = new ArrayDeque<>();

		private static boolean running;

		InLine(Runnable task) {
			super(task);
		}

		@Override
		public void start() {
			TASKS.add(this);
			if (!running) {
				running = true;
				for (Runnable task = TASKS.poll(); task != null; task = TASKS.poll()) {
					task.run();
				}
				running = false;
			}
		}

	}

}
