package io.github.agentresilience.llm.internal.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Twenty calls a second over HTTP to a chain of three providers that sell 60 requests and
 * 20,000 tokens a minute each, and say so in their headers; what is known of that
 * differs, which is compared at the same time. {@code metered.seconds} says for how long,
 * 12 unless set; {@code MeteredChainTests} have three minutes in a time of their own.
 */
@Tag("goals")
@Timeout(600)
class MeteredCallTests {

	private static final int SECONDS = Integer.getInteger("metered.seconds", 15);

	private static final int CALLS = SECONDS * 20;

	private static final Duration DEADLINE = Duration.ofSeconds((SECONDS < 60) ? 10 : 20);

	private static final int INPUT = 200;

	private static final int OUTPUT = 100;

	private final ExecutorService callers = Executors.newCachedThreadPool();

	private final List<Application> applications = new ArrayList<>();

	@AfterEach
	void close() {
		this.callers.shutdownNow();
		this.applications.forEach(Application::close);
	}

	@Test
	void nearlyNoCallIsRefusedByAProviderAndNoneWaitsInVain() throws Exception {
		Application declared = start("declared", "requests-per-minute=60", "tokens-per-minute=20000");
		Application learned = start("learnt from answers", "learn=true");
		Application unlimited = start("not known");
		long start = System.nanoTime();
		for (int i = 0; i < CALLS; i++) {
			TimeUnit.NANOSECONDS.sleep(start + i * TimeUnit.MILLISECONDS.toNanos(50) - System.nanoTime());
			this.applications.forEach((application) -> this.callers.execute(application::call));
		}
		for (Application application : this.applications) {
			application.awaitAll();
			System.out.println("metered for " + SECONDS + " s, limits " + application);
		}
		for (Application application : List.of(declared, learned)) {
			assertThat(application.inVain.get()).as(application.toString()).isLessThanOrEqualTo(CALLS / 100);
			assertThat(application.refused.get()).as(application.toString())
				.isLessThanOrEqualTo(Math.max(3, application.asked() / 100));
		}
		assertThat(unlimited.refused.get()).isGreaterThan(learned.refused.get());
	}

	private Application start(String name, String... limits) {
		Application application = new Application(name, limits);
		this.applications.add(application);
		return application;
	}

	/** An application with three providers of its own. */
	private static final class Application {

		private final String name;

		private final List<ScriptedProvider> providers = new ArrayList<>();

		private final AtomicInteger refused = new AtomicInteger();

		private final AtomicInteger answered = new AtomicInteger();

		private final AtomicInteger atOnce = new AtomicInteger();

		private final AtomicInteger inVain = new AtomicInteger();

		private final CountDownLatch underWay = new CountDownLatch(CALLS);

		private final Prompt prompt = new Prompt("word ".repeat(INPUT),
				ChatOptions.builder().maxTokens(OUTPUT).build());

		private final ConfigurableApplicationContext context;

		private final ChatModel model;

		Application(String name, String... limits) {
			this.name = name;
			List<Meter> meters = new ArrayList<>();
			List<String> properties = new ArrayList<>(List.of("resilience.llm.chains.default=a,b,c",
					"resilience.llm.chains.first=a", "resilience.llm.chains.second=b", "resilience.llm.chains.third=c",
					"resilience.llm.deadline=" + DEADLINE.toSeconds() + "s"));
			for (String target : List.of("a", "b", "c")) {
				Meter meter = new Meter();
				meters.add(meter);
				ScriptedProvider provider = new ScriptedProvider().answering((request) -> answer(meter));
				this.providers.add(provider);
				String prefix = "resilience.llm.targets." + target + ".";
				properties.addAll(List.of(prefix + "base-url=" + provider.baseUrl(), prefix + "model=m"));
				List.of(limits).forEach((limit) -> properties.add(prefix + "limits." + limit));
			}
			this.context = TestApplication.run(properties);
			for (String chain : List.of("first", "second", "third")) {
				// The first calls take their time, in which the providers would sell less
				this.context.getBean(chain + "ChatModel", ChatModel.class).call(this.prompt);
			}
			meters.forEach(Meter::fill);
			this.model = this.context.getBean(ChatModel.class);
		}

		void call() {
			long begun = System.nanoTime();
			try {
				this.model.call(this.prompt);
				this.answered.incrementAndGet();
			}
			catch (ChainExhaustedException ex) {
				Duration after = Duration.ofNanos(System.nanoTime() - begun);
				((after.toMillis() < 1_000) ? this.atOnce : this.inVain).incrementAndGet();
			}
			finally {
				this.underWay.countDown();
			}
		}

		void awaitAll() throws InterruptedException {
			assertThat(this.underWay.await(DEADLINE.toSeconds() + 10, TimeUnit.SECONDS)).isTrue();
			assertThat(this.answered.get() + this.atOnce.get() + this.inVain.get()).isEqualTo(CALLS);
		}

		int asked() {
			return this.providers.stream().mapToInt(ScriptedProvider::requestCount).sum();
		}

		@Override
		public String toString() {
			return String.format(
					"%s: %d calls answered, %d failed at once, %d after a wait; %d of %d requests got a 429", this.name,
					this.answered.get(), this.atOnce.get(), this.inVain.get(), this.refused.get(), asked());
		}

		void close() {
			this.context.close();
			this.providers.forEach(ScriptedProvider::close);
		}

		private Reply answer(Meter meter) {
			synchronized (meter) {
				boolean sold = meter.sells();
				Reply reply = sold ? Reply.text("ok").usage(INPUT, OUTPUT).delay(Duration.ofMillis(300))
						: Reply.error(429, "tokens", "rate_limit_exceeded", "Rate limit reached");
				if (!sold) {
					this.refused.incrementAndGet();
					reply = reply.header("retry-after", "1");
				}
				return reply.header("x-ratelimit-limit-requests", "60")
					.header("x-ratelimit-remaining-requests", String.valueOf((int) meter.requests))
					.header("x-ratelimit-reset-requests", Meter.reset(Meter.REQUESTS - meter.requests, Meter.REQUESTS))
					.header("x-ratelimit-limit-tokens", "20000")
					.header("x-ratelimit-remaining-tokens", String.valueOf((int) meter.tokens))
					.header("x-ratelimit-reset-tokens", Meter.reset(Meter.TOKENS - meter.tokens, Meter.TOKENS));
			}
		}

	}

	/** Sells requests and tokens, which come back evenly over a minute. */
	private static final class Meter {

		private static final double REQUESTS = 60;

		private static final double TOKENS = 20_000;

		private static final double MINUTE = TimeUnit.MINUTES.toNanos(1);

		private double requests = REQUESTS;

		private double tokens = TOKENS;

		private long since = System.nanoTime();

		synchronized void fill() {
			this.requests = REQUESTS;
			this.tokens = TOKENS;
		}

		boolean sells() {
			long now = System.nanoTime();
			double passed = (now - this.since) / MINUTE;
			this.since = now;
			this.requests = Math.min(REQUESTS, this.requests + REQUESTS * passed);
			this.tokens = Math.min(TOKENS, this.tokens + TOKENS * passed);
			if (this.requests < 1 || this.tokens < INPUT + OUTPUT) {
				return false;
			}
			this.requests--;
			this.tokens -= INPUT + OUTPUT;
			return true;
		}

		static String reset(double missing, double most) {
			return Math.max(0, (long) (missing / most * MINUTE / 1_000_000)) + "ms";
		}

	}

}
