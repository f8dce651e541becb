package io.github.agentresilience.llm.internal.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The figures that the LLM layer must reach, each in a run of its own against a pair of
 * scripted providers.
 */
@Tag("goals")
@Timeout(120)
class LlmGoalsTests extends LlmFixture {

	private static final String DEFAULT_BACKOFF = "resilience.llm.retry.initial-backoff=100ms";

	private static final String BREAKER_STAYS_CLOSED = "resilience.llm.breaker.minimum-calls=20";

	private ChatModel warm(String... properties) {
		String[] all = Arrays.copyOf(properties, properties.length + 1);
		all[properties.length] = "resilience.llm.chains.other=b";
		ChatModel model = model(all);
		model.call(new Prompt("warm up"));
		streamed(model);
		this.context.getBean("otherChatModel", ChatModel.class).call(new Prompt("warm up"));
		return model;
	}

	/** What else the machine does only ever adds to it. */
	private static double leastMillis(Runnable task) {
		return Math.min(millis(task), Math.min(millis(task), millis(task)));
	}

	private static double millis(Runnable task) {
		long start = System.nanoTime();
		task.run();
		return (System.nanoTime() - start) / 1e6;
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aPersistent503IsAnsweredBySomebodyElseWithin600Ms(boolean stream) {
		ChatModel model = warm(DEFAULT_BACKOFF, BREAKER_STAYS_CLOSED);
		this.primary.always(Reply.status(503));
		int before = this.primary.requestCount();
		assertThat(leastMillis(() -> assertThat(stream ? streamed(model) : text(model.call(new Prompt("hi"))))
			.isEqualTo("I am the fallback"))).isLessThan(600);
		assertThat(this.primary.requestCount() - before).isEqualTo(6);
	}

	@Test
	void aSilentPrimaryCostsItsTimeoutAndLittleMore() {
		ChatModel model = warm("resilience.llm.timeout=500ms", "resilience.llm.first-token-timeout=500ms",
				BREAKER_STAYS_CLOSED);
		this.primary.always(Reply.hang());
		int before = this.primary.requestCount();
		assertThat(leastMillis(() -> assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback")))
			.isLessThan(700);
		assertThat(leastMillis(() -> assertThat(streamed(model)).isEqualTo("I am the fallback"))).isLessThan(700);
		assertThat(this.primary.requestCount() - before).isEqualTo(6);
	}

	@Test
	void aCutStreamThatIsHeldBackCostsItsOwnTimeAndLittleMore() {
		ChatModel model = warm("resilience.llm.stream-commit=complete", DEFAULT_BACKOFF, BREAKER_STAYS_CLOSED);
		this.fallback.always(Reply.text("I am the fallback").delay(Duration.ofMillis(100)));
		this.primary.always(Reply.status(401));
		double whole = leastMillis(() -> streamed(model));
		this.primary.always(Reply.text("one two three").cutAfter(2));
		assertThat(leastMillis(() -> assertThat(streamed(model)).isEqualTo("I am the fallback")))
			.isLessThan(whole + 300);
	}

	@Test
	void aFlappingPrimaryIsAskedOncePerOpenTimeAndServesAgainSoonAfterItsRecovery() throws Exception {
		Duration openFor = Duration.ofSeconds(3);
		ChatModel model = warm("resilience.llm.breaker.open-for=3s", DEFAULT_BACKOFF);
		this.primary.always(Reply.status(503));
		int before = this.primary.requestCount();
		long down = System.nanoTime();
		AtomicInteger number = new AtomicInteger();
		long[] opened = new long[1];
		long[] recovered = new long[1];
		long[] servedAgain = new long[1];
		List<ScriptedProvider.Request> asked = this.primary.requests();
		try (Ticker ticker = new Ticker()) {
			ticker.every(Duration.ofMillis(200), Duration.ofSeconds(16), () -> {
				long now = System.nanoTime();
				if (recovered[0] == 0 && now - down > TimeUnit.SECONDS.toNanos(10)) {
					this.primary.always(Reply.text("I am the primary"));
					recovered[0] = now;
				}
				String answer = text(model.call(new Prompt("hi")));
				number.incrementAndGet();
				if (opened[0] == 0 && breaker("a").getState().toString().equals("OPEN")) {
					opened[0] = System.nanoTime();
				}
				if (recovered[0] != 0 && servedAgain[0] == 0 && answer.equals("I am the primary")) {
					servedAgain[0] = System.nanoTime();
				}
			});
		}
		assertThat(number.get()).isGreaterThan(70);
		List<Long> probes = asked.subList(before, asked.size())
			.stream()
			.map(ScriptedProvider.Request::nanoTime)
			.filter((at) -> at > opened[0] && at < recovered[0])
			.toList();
		for (int i = 1; i < probes.size(); i++) {
			assertThat(Duration.ofNanos(probes.get(i) - probes.get(i - 1))).isGreaterThanOrEqualTo(openFor);
		}
		assertThat(probes.size()).isBetween(2, 4);
		assertThat(Duration.ofNanos(servedAgain[0] - recovered[0])).isLessThan(openFor.plusSeconds(1));
	}

	@Test
	void aHalfOpenBreakerLetsAFewProbesThroughAndTheRestIsAnsweredByOthers() throws Exception {
		ChatModel model = warm();
		breaker("a").transitionToOpenState();
		breaker("a").transitionToHalfOpenState();
		this.primary.always(Reply.text("I am the primary").delay(Duration.ofMillis(500)));
		int before = this.primary.requestCount();
		List<String> answers = all(10, 10, () -> text(model.call(new Prompt("hi"))));
		assertThat(this.primary.requestCount() - before).isEqualTo(2);
		assertThat(answers).containsOnly("I am the primary", "I am the fallback");
		assertThat(breaker("a").getState()).hasToString("CLOSED");
	}

	@Test
	void withHedgingAFewSlowAnswersDoNotShow() throws Exception {
		Duration delay = Duration.ofMillis(100);
		ChatModel model = warm("resilience.llm.hedge.enabled=true", "resilience.llm.hedge.after=100ms");
		Reply late = Reply.text("I am the primary").delay(Duration.ofSeconds(2));
		// The usual answer must be quicker than the hedge delay, or every call would be
		// hedged
		Duration quick = Duration.ofMillis(60);
		this.primary.by((number) -> number % 20 == 10 ? late : Reply.text("I am the primary").delay(quick));
		this.fallback.always(Reply.text("I am the fallback").delay(quick));
		int before = this.primary.requestCount() + this.fallback.requestCount();
		int calls = 600;
		List<Double> times = new ArrayList<>(all(4, calls, () -> millis(() -> model.call(new Prompt("hi")))));
		times.sort(null);
		double p50 = times.get(calls / 2);
		double p99 = times.get((int) (calls * 0.99));
		assertThat(p99).as("p99 against a p50 of %s", p50).isLessThanOrEqualTo(1.5 * p50 + delay.toMillis());
		assertThat((this.primary.requestCount() + this.fallback.requestCount() - before) / (double) calls)
			.isLessThanOrEqualTo(1.10);
	}

	@Test
	void aTotalOutageIsNotMultiplied() throws Exception {
		ChatModel model = warm(DEFAULT_BACKOFF);
		this.primary.always(Reply.status(503));
		this.fallback.always(Reply.status(503));
		long settled = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
		AtomicInteger calls = new AtomicInteger();
		try (Ticker ticker = new Ticker()) {
			ticker.every(Duration.ofMillis(20), Duration.ofSeconds(20), () -> {
				if (System.nanoTime() > settled) {
					calls.incrementAndGet();
				}
				try {
					model.call(new Prompt("hi"));
					throw new AssertionError("No provider is there to answer");
				}
				catch (ChainExhaustedException expected) {
					// No provider is there
				}
			});
		}
		long attempts = this.primary.requests().stream().filter((request) -> request.nanoTime() > settled).count()
				+ this.fallback.requests().stream().filter((request) -> request.nanoTime() > settled).count();
		assertThat(calls.get()).isGreaterThan(700);
		assertThat(attempts / (double) calls.get()).isLessThanOrEqualTo(1.2);
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "needs virtual threads")
	void twoThousandCallsAtOnceAreAllAnswered() throws Exception {
		ChatModel model = warm(DEFAULT_BACKOFF);
		Reply answer = Reply.text("I am the primary").delay(Duration.ofMillis(200));
		this.primary.by((number) -> number % 100 == 50 ? Reply.status(503) : answer);
		this.fallback.always(Reply.text("I am the fallback").delay(Duration.ofMillis(200)));
		ExecutorService virtual = (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor")
			.invoke(null);
		List<Future<String>> answers = new ArrayList<>();
		for (int i = 0; i < 2_000; i++) {
			answers.add(virtual.submit(() -> text(model.call(new Prompt("hi")))));
		}
		for (Future<String> each : answers) {
			assertThat(each.get(60, TimeUnit.SECONDS)).startsWith("I am the ");
		}
		virtual.shutdown();
	}

	private static <T> List<T> all(int threads, int calls, Callable<T> call) throws Exception {
		ExecutorService pool = Executors.newFixedThreadPool(threads);
		try {
			List<T> results = new ArrayList<>();
			for (Future<T> each : pool.invokeAll(Collections.nCopies(calls, call))) {
				results.add(each.get());
			}
			return results;
		}
		finally {
			pool.shutdown();
		}
	}

	/** Makes calls at a steady rate, for a bounded time. */
	private static final class Ticker implements AutoCloseable {

		private final List<Throwable> failures = new CopyOnWriteArrayList<>();

		private final ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(8);

		void every(Duration interval, Duration during, Runnable call) throws Exception {
			Future<?> ticking = this.scheduler.scheduleAtFixedRate(() -> this.scheduler.execute(guarded(call)), 0,
					interval.toNanos(), TimeUnit.NANOSECONDS);
			this.scheduler.schedule(() -> ticking.cancel(false), during.toMillis(), TimeUnit.MILLISECONDS).get();
			this.scheduler.shutdown();
			assertThat(this.scheduler.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
			assertThat(this.failures).isEmpty();
		}

		private Runnable guarded(Runnable call) {
			return () -> {
				try {
					call.run();
				}
				catch (Throwable ex) {
					this.failures.add(ex);
				}
			};
		}

		@Override
		public void close() {
			this.scheduler.shutdownNow();
		}

	}

}
