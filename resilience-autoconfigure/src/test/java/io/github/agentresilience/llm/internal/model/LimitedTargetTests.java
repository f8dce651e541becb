package io.github.agentresilience.llm.internal.model;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import io.github.agentresilience.actuate.internal.SetupReport;
import io.github.agentresilience.actuate.internal.answer.LimitFigures;
import io.github.agentresilience.actuate.internal.answer.PoliciesAnswer;
import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.autoconfigure.internal.config.PolicyReport;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.limit.Limits;
import io.github.agentresilience.chain.internal.limit.Reservation;
import io.github.agentresilience.llm.CallParams;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.scorecard.internal.ScorecardSnapshot;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TwoProviders;
import io.micrometer.core.instrument.MeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * A declared target is not asked for more than its limits allow.
 */
@Timeout(60)
class LimitedTargetTests extends TwoProviders {

	private void start(String... properties) {
		this.primary.always(Reply.text("from a").usage(40, 10));
		this.fallback.always(Reply.text("from b"));
		this.context = TestApplication.run(List.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(),
				"resilience.llm.targets.a.model=m", "resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
				"resilience.llm.targets.b.model=m", "resilience.llm.chains.default=a,b"), properties);
	}

	private String ask(boolean stream, int maxTokens) {
		ChatModel model = this.context.getBean(ChatModel.class);
		Prompt prompt = new Prompt("hi", ChatOptions.builder().maxTokens(maxTokens).build());
		return stream ? model.stream(prompt).blockLast().getMetadata().get("resilience.target")
				: model.call(prompt).getMetadata().get("resilience.target");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void oneOverItsRequestsAMinuteIsPassedOverWhichIsNoFailure(boolean stream) {
		start("resilience.llm.targets.a.limits.requests-per-minute=2");
		assertThat(List.of(ask(stream, 10), ask(stream, 10), ask(stream, 10))).containsExactly("a", "a", "b");
		assertThat(this.primary.requestCount()).isEqualTo(2);
		ScorecardSnapshot.LayerFigures layer = this.context.getBean(Scorecard.class).snapshot().layers().get(Layer.LLM);
		assertThat(layer.targets().get("a").skippedFor()).containsExactly(Map.entry("limited", 1L));
		assertThat(layer.targets().get("a").failed()).isZero();
		assertThat(layer.summary().incidents()).isZero();
		assertThat(this.context.getBean(MeterRegistry.class)
			.get("resilience.skips")
			.tags("target", "a", "reason", "limited")
			.counter()
			.count()).isEqualTo(1);
	}

	@Test
	void theReportShowsTheLimitsInForce() {
		start("resilience.llm.targets.a.limits.requests-per-minute=60",
				"resilience.llm.targets.a.limits.tokens-per-minute=20000",
				"resilience.llm.targets.a.limits.concurrency=8",
				"resilience.llm.targets.b.limits.concurrency=adaptive");
		Map<String, PoliciesAnswer.TargetPolicies> targets = new PolicyReport(this.context.getBean(ChainRegistry.class),
				this.context.getBean(ChainRuntime.class).time(), this.context.getBean(ResilienceProperties.class),
				this.context.getEnvironment())
			.get()
			.llm()
			.targets();
		assertThat(targets.get("a").settings().get("limits.requests-per-minute").value()).isEqualTo(60L);
		assertThat(targets.get("a").settings().get("limits.tokens-per-minute").value()).isEqualTo(20_000L);
		assertThat(targets.get("a").settings().get("limits.concurrency").value()).isEqualTo(8);
		assertThat(targets.get("b").settings().get("limits.concurrency").value()).isEqualTo("adaptive");
		assertThat(targets.get("b").settings().keySet()).filteredOn((name) -> name.startsWith("limits"))
			.containsExactly("limits.concurrency");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void tokensAreReservedWithTheLengthOfTheAnswerAndSettledByItsUsage(boolean stream) {
		start("resilience.llm.targets.a.limits.tokens-per-minute=1000");
		// 208 tokens are missing for the third, which come back within 12 s
		this.primary.always(Reply.text("from a").usage(240, 10));
		assertThat(List.of(ask(stream, 700), ask(stream, 700), ask(stream, 700))).containsExactly("a", "a", "b");
		assertThat(ask(stream, 400)).isEqualTo("a");
	}

	@Test
	void ofCallsThatWaitThoseOfATurnThatHasBegunGoFirstThenThoseOfHigherPriority() throws Exception {
		start("resilience.llm.chains.default=a", "resilience.llm.targets.a.limits.concurrency=1");
		Limits limits = this.context.getBean(ChainRegistry.class).targets(Layer.LLM).get(0).limits();
		assertThat(limits).isNotNull();
		Reservation held = (Reservation) limits.tryTake(null, 0);
		List<Prompt> prompts = List.of(new Prompt("plain"),
				new Prompt("urgent",
						ToolCallingChatOptions.builder().toolContext(Map.of(CallParams.PRIORITY, 5)).build()),
				new Prompt(List.of(new UserMessage("begun"), new AssistantMessage("so far"))));
		ExecutorService callers = Executors.newCachedThreadPool();
		try {
			for (int i = 0; i < prompts.size(); i++) {
				Prompt prompt = prompts.get(i);
				int waiting = i + 1;
				callers.execute(() -> this.context.getBean(ChatModel.class).call(prompt));
				Awaitility.await().until(() -> limits.waiting() == waiting);
			}
			held.released();
			Awaitility.await().until(() -> this.primary.requestCount() == 3);
		}
		finally {
			callers.shutdownNow();
		}
		assertThat(this.primary.requests()).extracting((request) -> request.body())
			.satisfiesExactly((first) -> assertThat(first).contains("begun"),
					(second) -> assertThat(second).contains("urgent").doesNotContain("priority"),
					(third) -> assertThat(third).contains("plain"));
	}

	@Test
	void aPriorityIsAnInteger() {
		assertThatIllegalArgumentException().isThrownBy(() -> CallParams.of(Map.of(CallParams.PRIORITY, "high")))
			.withMessage("resilience.priority is a String; use an Integer");
		assertThat(CallParams.of(Map.of(CallParams.PRIORITY, 3)).orElse(CallParams.NONE).priority()).isEqualTo(3);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whatAnAnswerSaysIsLeftKeepsTheNextCallFromARefusal(boolean stream) {
		start("resilience.llm.targets.a.limits.learn=true");
		this.primary.always(Reply.text("from a")
			.header("x-ratelimit-remaining-requests", "0")
			.header("x-ratelimit-reset-requests", "30s"));
		assertThat(List.of(ask(stream, 10), ask(stream, 10))).containsExactly("a", "b");
		assertThat(this.primary.requestCount()).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aTargetThatHasToldOfALimitAndFailedForAWhileIsAskedAgain(boolean stream) throws Exception {
		start("resilience.llm.targets.a.limits.learn=true", "resilience.llm.breaker.minimum-calls=20",
				"resilience.llm.retry.max-attempts=1");
		this.primary.always(Reply.text("from a")
			.header("x-ratelimit-remaining-requests", "3")
			.header("x-ratelimit-limit-requests", "3")
			.header("x-ratelimit-reset-requests", "10ms"));
		assertThat(ask(stream, 10)).isEqualTo("a");
		this.primary.always(Reply.status(503));
		for (int i = 0; i < 6; i++) {
			assertThat(ask(stream, 10)).isEqualTo("b");
		}
		this.primary.always(Reply.text("from a"));
		Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> ask(stream, 10).equals("a"));
	}

	@Test
	void whatAnswersSayIsNotLookedAtWhereThatIsNotAskedFor() {
		start();
		this.primary.always(Reply.text("from a")
			.header("x-ratelimit-remaining-requests", "0")
			.header("x-ratelimit-reset-requests", "30s"));
		assertThat(List.of(ask(false, 10), ask(false, 10))).containsExactly("a", "a");
	}

	@Test
	void metersScorecardAndReportShowHowLimitsStand() throws Exception {
		start("resilience.llm.chains.default=a", "resilience.llm.targets.a.limits.concurrency=1",
				"resilience.llm.targets.a.limits.requests-per-minute=2",
				"resilience.llm.targets.a.limits.tokens-per-minute=700");
		this.primary.always(Reply.hang());
		ChatModel model = this.context.getBean(ChatModel.class);
		ExecutorService callers = Executors.newCachedThreadPool();
		try {
			callers.submit(() -> model.call(new Prompt("hi", ChatOptions.builder().maxTokens(300).build())));
			Awaitility.await().until(() -> this.primary.requestCount() == 1);
			callers.submit(() -> model.call(new Prompt("hi", ChatOptions.builder().maxTokens(300).build())));
			Awaitility.await().until(() -> gauge("waiting") == 1);
			assertThat(gauge("in.flight")).isEqualTo(1);
			assertThat(gauge("concurrency")).isEqualTo(1);
			assertThat(gauge("requests.left")).isEqualTo(1);
			assertThat(gauge("tokens.left")).isBetween(300.0, 699.0);
			ChainRegistry registry = this.context.getBean(ChainRegistry.class);
			LimitFigures figures = new SetupReport(registry, Map.of()).get().limits().get(Layer.LLM).get("a");
			assertThat(List.of(figures.inFlight(), figures.concurrency(), figures.waiting())).containsExactly(1, 1, 1);
			assertThat(figures.requestsLeft()).isEqualTo(1);
			assertThat(figures.tokensLeft()).isBetween(300L, 699L);
			PoliciesAnswer report = new PolicyReport(registry, this.context.getBean(ChainRuntime.class).time(),
					this.context.getBean(ResilienceProperties.class), this.context.getEnvironment())
				.get();
			assertThat(report.llm().targets().get("a").limits().waiting()).isEqualTo(1);
		}
		finally {
			callers.shutdownNow();
		}
	}

	private double gauge(String name) {
		return this.context.getBean(MeterRegistry.class)
			.get("resilience.limit." + name)
			.tags("layer", "llm", "target", "a")
			.gauge()
			.value();
	}

}
