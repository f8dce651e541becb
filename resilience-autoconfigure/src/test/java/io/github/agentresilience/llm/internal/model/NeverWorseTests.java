package io.github.agentresilience.llm.internal.model;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.support.RawServer;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The same application with all defaults and one provider, three times: without the
 * starter, with the starter and nothing else, and with the provider as the one target of
 * the README's configuration. What the first survives, the others do too, and no later.
 * Prints the figures as a table.
 */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NeverWorseTests {

	private static final Duration SLOW = Duration.ofSeconds(20);

	private static final Duration IDLE = Duration.ofMillis(30);

	private static final int CALLS = 12;

	/** What a loaded machine may take for the same. */
	private static final long SLACK_MILLIS = 5_000;

	private final Map<Variant, Application> applications = new EnumMap<>(Variant.class);

	@BeforeAll
	void start() {
		for (Variant variant : Variant.values()) {
			this.applications.put(variant, new Application(variant));
		}
		System.out.printf("| %-44s | %-24s | answered | of | seconds | requests |%n", "provider", "application");
	}

	@AfterAll
	void stop() {
		this.applications.values().forEach(Application::close);
	}

	private void compare(Scenario scenario, int calls, boolean stream) throws Exception {
		ExecutorService threads = Executors.newCachedThreadPool();
		Map<Variant, Future<Figures>> running = new EnumMap<>(Variant.class);
		this.applications.forEach((variant, application) -> running.put(variant,
				threads.submit(() -> application.run(scenario, calls, stream))));
		Figures without = running.get(Variant.WITHOUT).get(150, TimeUnit.SECONDS);
		for (Variant variant : Variant.values()) {
			Figures figures = running.get(variant).get(150, TimeUnit.SECONDS);
			System.out.printf("| %-44s | %-24s | %8d | %2d | %7.1f | %8d |%n",
					scenario.words + (stream ? ", stream" : ", call"), variant.words, figures.answered, calls,
					figures.millis / 1000.0, figures.requests);
			assertThat(figures.answered).as(variant.words).isGreaterThanOrEqualTo(without.answered);
			assertThat(figures.millis).as(variant.words).isLessThan(without.millis + SLACK_MILLIS);
			this.applications.get(variant).assertNothingFailed();
		}
		threads.shutdown();
		assertThat(without.answered).as("without the starter, which these are not to be a trial for").isEqualTo(calls);
	}

	@Test
	@Tag("goals")
	void aFirstTokenAfterTwentySeconds() throws Exception {
		ExecutorService threads = Executors.newCachedThreadPool();
		List<Future<?>> all = new ArrayList<>();
		all.add(threads.submit(() -> compareUnchecked(Scenario.SLOW_ANSWER, false)));
		all.add(threads.submit(() -> compareUnchecked(Scenario.SLOW_ANSWER, true)));
		all.add(threads.submit(() -> compareUnchecked(Scenario.SLOW_TOKEN, true)));
		for (Future<?> each : all) {
			each.get(160, TimeUnit.SECONDS);
		}
		threads.shutdown();
	}

	private void compareUnchecked(Scenario scenario, boolean stream) {
		try {
			compare(scenario, 1, stream);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void aRedirect() throws Exception {
		for (Scenario redirect : List.of(Scenario.REDIRECT_307, Scenario.REDIRECT_308)) {
			compare(redirect, 1, false);
			compare(redirect, 1, true);
		}
	}

	@Test
	void connectionsThatTheServerClosesWhileTheyAreIdle() throws Exception {
		for (Scenario closing : List.of(Scenario.CLOSES_AT_ONCE, Scenario.CLOSES_LATER, Scenario.CLOSES_WITH_THE_NEXT,
				Scenario.RESETS_WITH_THE_NEXT)) {
			compare(closing, CALLS, false);
			compare(closing, CALLS, true);
		}
	}

	/** With or without the starter, and how. */
	private enum Variant {

		WITHOUT("without"), ALONE("starter alone"), DECLARED("starter, chain of one");

		private final String words;

		Variant(String words) {
			this.words = words;
		}

		List<String> properties(String baseUrl) {
			List<String> own = List.of("spring.ai.openai.base-url=" + baseUrl, "spring.ai.openai.api-key=sk-not-a-key",
					"spring.ai.openai.chat.model=m");
			return switch (this) {
				case WITHOUT -> List.of(own.get(0), own.get(1), own.get(2), "resilience.enabled=false");
				case ALONE -> own;
				case DECLARED -> List.of("resilience.llm.targets.only.base-url=" + baseUrl,
						"resilience.llm.targets.only.api-key=sk-not-a-key", "resilience.llm.targets.only.model=m");
			};
		}

	}

	/** What the provider does; the prompt names it. */
	private enum Scenario {

		SLOW_ANSWER("nothing for 20 s"), SLOW_TOKEN("headers, first token after 20 s"),
		REDIRECT_307("redirects with 307"), REDIRECT_308("redirects with 308"),
		CLOSES_AT_ONCE("closes after each answer, unsaid"), CLOSES_LATER("closes idle connections"),
		CLOSES_WITH_THE_NEXT("closes when the next request comes"),
		RESETS_WITH_THE_NEXT("resets when the next request comes"), NONE("answers");

		private final String words;

		Scenario(String words) {
			this.words = words;
		}

	}

	private record Figures(int answered, long millis, long requests) {
	}

	private static final class Application {

		private final RawServer provider = new RawServer();

		private final ConfigurableApplicationContext context;

		private final ChatClient client;

		Application(Variant variant) {
			this.provider.does(Application::serve);
			this.context = TestApplication.run(variant.properties(this.provider.baseUrl()));
			this.client = this.context.getBean(ChatClient.Builder.class).build();
			assertThat(this.context.getBeansOfType(ResilientChatModel.class))
				.hasSize((variant == Variant.WITHOUT) ? 0 : 1);
			// Neither is measured with a cold process
			ask("warm up", false);
			ask("warm up", true);
		}

		private static void serve(RawServer.Connection connection) throws IOException {
			for (ScriptedProvider.Request request = connection.request(); request != null; request = connection
				.request()) {
				switch (scenario(request)) {
					case SLOW_ANSWER -> connection.idle(SLOW.toMillis());
					case SLOW_TOKEN -> {
						connection.answer(request, SLOW);
						continue;
					}
					case REDIRECT_307, REDIRECT_308 -> {
						if (!request.path().contains("/moved/")) {
							connection.send("HTTP/1.1 " + scenario(request).name().substring(9)
									+ " Moved\r\nLocation: /moved/chat/completions\r\nContent-Length: 0\r\n\r\n");
							continue;
						}
					}
					case CLOSES_AT_ONCE -> {
						connection.answer(request);
						return;
					}
					case CLOSES_LATER -> {
						connection.answer(request);
						connection.idle(IDLE.toMillis());
						return;
					}
					case CLOSES_WITH_THE_NEXT -> {
						connection.answer(request);
						connection.in().read();
						return;
					}
					case RESETS_WITH_THE_NEXT -> {
						connection.answer(request);
						connection.in().read();
						connection.reset();
						return;
					}
					case NONE -> {
						// A good provider
					}
				}
				connection.answer(request);
			}
		}

		private static Scenario scenario(ScriptedProvider.Request request) {
			return Arrays.stream(Scenario.values())
				.filter((scenario) -> request.body().contains(scenario.name()))
				.findFirst()
				.orElse(Scenario.NONE);
		}

		Figures run(Scenario scenario, int calls, boolean stream) {
			String prompt = scenario + (stream ? " as a stream" : " as a call");
			long start = System.nanoTime();
			int answered = 0;
			for (int i = 0; i < calls; i++) {
				answered += ask(prompt, stream) ? 1 : 0;
				if (scenario == Scenario.CLOSES_LATER) {
					LockSupport.parkNanos(IDLE.multipliedBy(2).toNanos());
				}
			}
			long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
			return new Figures(answered, millis,
					this.provider.requests().stream().filter((request) -> request.body().contains(prompt)).count());
		}

		private boolean ask(String prompt, boolean stream) {
			try {
				ChatClient.ChatClientRequestSpec spec = this.client.prompt(prompt);
				String answer = stream ? String.join("", spec.stream().content().collectList().block())
						: spec.call().content();
				return "Here I am".equals(answer);
			}
			catch (RuntimeException ex) {
				return false;
			}
		}

		void assertNothingFailed() {
			this.context.getBeanProvider(Scorecard.class)
				.ifAvailable((scorecard) -> assertThat(scorecard.snapshot().layers().get(Layer.LLM).targets().values())
					.allSatisfy((target) -> {
						assertThat(target.failed()).isZero();
						assertThat(target.breaker()).isEqualTo("CLOSED");
					}));
		}

		void close() {
			this.context.close();
			this.provider.close();
		}

	}

}
