package io.github.agentresilience.chain.internal.engine;

import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

import io.github.agentresilience.chain.BudgetExhaustedException;
import io.github.agentresilience.chain.BudgetExhaustedException.What;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.StreamCommit;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.chain.TokenUsage;
import io.github.agentresilience.chain.TurnBudget;
import io.github.agentresilience.chain.internal.budget.Turn;
import io.github.agentresilience.chain.internal.budget.TurnAccount;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.limit.TokenEstimate;
import io.github.agentresilience.chain.internal.policy.Defaults;
import io.github.agentresilience.chain.internal.policy.HedgePolicy;
import io.github.agentresilience.chain.internal.policy.Price;
import io.github.agentresilience.chain.internal.policy.RetryPolicy;
import io.github.agentresilience.chain.internal.policy.TargetPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * What attempts take of the budget of their turn.
 */
class TurnBudgetTests extends ChainFixture {

	private static final RetryPolicy ONCE = retry(1, Duration.ZERO, Duration.ZERO);

	private static final RetryPolicy TWICE = retry(2, Duration.ofMillis(1), Duration.ZERO);

	private static final Price DEAR = new Price(100, 200);

	private static final Price CHEAP = new Price(1, 2);

	/** A prompt of 100 tokens, and an answer of 50 at most. */
	private static final CallSpec CALL = CallSpec.SCORED.taking(new TokenEstimate() {

		@Override
		public int input() {
			return 100;
		}

		@Override
		public int output(int position) {
			return 50;
		}

	});

	private @Nullable TurnAccount account;

	private static GuardedTarget<String, String> priced(TestTarget target, RetryPolicy retry, @Nullable Price price) {
		return new GuardedTarget<>(target, CircuitBreaker.of(target.name(), BREAKER.toConfig()),
				new TargetPolicy(retry, TimeoutPolicy.of(LONG), new HedgePolicy(false, null), StreamCommit.FIRST_CHUNK,
						Defaults.WEIGHT, price));
	}

	private static TestTarget using(String name, long input, long output) {
		return TestTarget.calling(name, (attempt) -> {
			attempt.used(new TokenUsage(input, output));
			return name;
		});
	}

	private String ask(TargetChain<String, String> chain, boolean stream) {
		return String
			.valueOf(stream ? chain.stream("q", CALL).collectList().map((chunks) -> String.join("", chunks)).block()
					: chain.call("q", CALL));
	}

	private <T> T within(TurnBudget budget, TargetChain<String, String> chain, Supplier<T> calls) {
		this.account = chain.account(budget, null);
		return Turn.within(null, null, 0, this.account).during(calls);
	}

	private BudgetExhaustedException exhausted(TurnBudget budget, TargetChain<String, String> chain,
			Supplier<?> calls) {
		Throwable thrown = catchThrowable(() -> within(budget, chain, calls));
		assertThat(thrown).isInstanceOf(BudgetExhaustedException.class);
		assertThat(this.account.isEven()).isTrue();
		return (BudgetExhaustedException) thrown;
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whatATargetSaysThatItUsedIsSpent(boolean stream) {
		TargetChain<String, String> chain = chain(policy(LONG), priced(using("a", 80, 10), ONCE, DEAR));
		within(TurnBudget.unlimited().tokens(240), chain, () -> ask(chain, stream) + ask(chain, stream));
		assertThat(this.account.spent()).hasToString("2 model calls, 180 tokens, cost 0.02");
		assertThat(this.account.isEven()).isTrue();
	}

	@Test
	void whereATargetDoesNotSayTheEstimateStands() {
		TargetChain<String, String> chain = chain(policy(LONG), priced(TestTarget.answering("a", "fine"), ONCE, CHEAP));
		BudgetExhaustedException thrown = exhausted(TurnBudget.unlimited().tokens(400), chain,
				() -> ask(chain, false) + ask(chain, false) + ask(chain, false));
		assertThat(thrown.what()).isEqualTo(What.TOKENS);
		assertThat(thrown.spent()).hasToString("2 model calls, 300 tokens, cost 0.0004");
		assertThat(thrown).hasMessageContaining("the next call needs about 150 tokens; spent: a (2 model calls");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aTargetThatIsTooDearIsSkippedForACheaperOne(boolean stream) {
		TestTarget dear = using("dear", 80, 10);
		TargetChain<String, String> chain = chain(policy(LONG), priced(dear, ONCE, DEAR),
				priced(using("cheap", 80, 10), ONCE, CHEAP));
		assertThat(within(TurnBudget.unlimited().cost("0.025"), chain, () -> ask(chain, stream) + ask(chain, stream)))
			.isEqualTo("dearcheap");
		assertThat(this.events).contains("skip dear BUDGET");
		assertThat(dear.asked).hasValue(1);
		assertThat(chain.targets().get(0).breaker().getMetrics().getNumberOfBufferedCalls()).isEqualTo(1);
		assertThat(this.account.spent()).hasToString("2 model calls, 180 tokens, cost 0.0101");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whereNothingCanBePaidForTheCallEnds(boolean stream) {
		TestTarget a = using("a", 80, 10);
		TestTarget b = using("b", 80, 10);
		TargetChain<String, String> chain = chain(policy(LONG), (request, why) -> "last resort", priced(a, ONCE, DEAR),
				priced(b, ONCE, CHEAP));
		BudgetExhaustedException thrown = exhausted(TurnBudget.unlimited().cost("0.0001"), chain,
				() -> ask(chain, stream));
		assertThat(thrown.what()).isEqualTo(What.COST);
		assertThat(thrown).hasNoCause().hasMessageContaining("a cost of 0.0002; nothing is spent");
		assertThat(a.asked).hasValue(0);
		assertThat(b.asked).hasValue(0);
		assertThat(this.events).containsExactly("skip a BUDGET", "skip b BUDGET", "FAILED");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aRetryThatCannotBePaidForIsNotMade(boolean stream) {
		TestTarget a = TestTarget.broken("a");
		TargetChain<String, String> chain = chain(policy(LONG), priced(a, TWICE, null),
				priced(using("b", 80, 10), ONCE, null));
		BudgetExhaustedException thrown = exhausted(TurnBudget.unlimited().modelCalls(1), chain,
				() -> ask(chain, stream));
		assertThat(a.asked).hasValue(1);
		assertThat(thrown.what()).isEqualTo(What.MODEL_CALLS);
		assertThat(thrown).hasCauseInstanceOf(TargetFailureException.class)
			.hasMessageEndingWith("another model call is needed; spent: a (1 model call)");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void retriesAndFallbacksCountOnceEach(boolean stream) {
		TargetChain<String, String> chain = chain(policy(LONG), priced(TestTarget.broken("a"), TWICE, null),
				priced(using("b", 80, 10), ONCE, null));
		assertThat(within(TurnBudget.unlimited().modelCalls(3), chain, () -> ask(chain, stream))).isEqualTo("b");
		assertThat(this.account.spent()).hasToString("3 model calls, 90 tokens");
		assertThat(this.account.isEven()).isTrue();
	}

	@Test
	void whatNeverReachedItsTargetCostsNothing() {
		TargetChain<String, String> chain = chain(policy(LONG), priced(TestTarget.calling("a", (attempt) -> {
			throw new IllegalStateException(new ConnectException("refused"));
		}), ONCE, DEAR), priced(using("b", 80, 10), ONCE, null));
		assertThat(within(TurnBudget.unlimited().modelCalls(1).tokens(150), chain, () -> ask(chain, false)))
			.isEqualTo("b");
		assertThat(this.account.spent()).hasToString("1 model call, 90 tokens");
	}

	@Test
	void aChainThatFailsForAnotherReasonSaysThat() {
		TargetChain<String, String> chain = chain(policy(LONG), priced(using("a", 80, 10), ONCE, DEAR),
				priced(TestTarget.broken("b"), ONCE, CHEAP));
		assertThatThrownBy(() -> within(TurnBudget.unlimited().cost("0.01"), chain, () -> ask(chain, false)))
			.isInstanceOf(ChainExhaustedException.class)
			.hasMessageContaining("skipped: a (over the turn's budget)");
	}

	private ChainRun<String, String> hedgedRun(TurnBudget budget) {
		TargetChain<String, String> chain = chain(policy(LONG),
				hedged(TestTarget.answering("a", "a"), ONCE, Duration.ofSeconds(5)),
				guard(TestTarget.answering("b", "b"), ONCE));
		return within(budget, chain, () -> chain.newRun(CALL, null));
	}

	private static ActiveAttempt<String, String> begun(ChainRun<String, String> run) {
		ActiveAttempt<String, String> first = (ActiveAttempt<String, String>) run.start();
		assertThat(run.begin(first)).isSameAs(first);
		return first;
	}

	@Test
	void aHedgeThatCannotBePaidForIsNotMade() {
		ChainRun<String, String> run = hedgedRun(TurnBudget.unlimited().modelCalls(1));
		ActiveAttempt<String, String> first = begun(run);
		assertThat(run.startHedge(first, new CompletableFuture<>())).isNull();
		assertThat(run.answered(first, "q", "a")).isInstanceOf(Decision.Answer.class);
		assertThat(this.account.isEven()).isTrue();
		assertThat(this.events).doesNotContain("skip b BUDGET").endsWith("ANSWERED by a");
	}

	@Test
	void aHedgeThatIsNotMadeAfterAllCostsNothing() {
		ChainRun<String, String> run = hedgedRun(TurnBudget.unlimited());
		ActiveAttempt<String, String> first = begun(run);
		ActiveAttempt<String, String> hedge = run.startHedge(first, new CompletableFuture<>());
		assertThat(run.answered(first, "q", "a")).isInstanceOf(Decision.Answer.class);
		assertThat(run.begin(hedge)).isInstanceOf(Decision.Nothing.class);
		assertThat(this.account.spent().modelCalls()).isEqualTo(1);
		assertThat(this.account.isEven()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aHedgeCountsBesideWhatItHedges(boolean stream) {
		TargetChain<String, String> chain = chain(policy(LONG),
				hedged(TestTarget.of("a", (attempt) -> Mono.never()), ONCE, Duration.ofMillis(20)),
				guard(using("b", 80, 10), ONCE));
		assertThat(within(TurnBudget.unlimited().tokens(1000), chain, () -> ask(chain, stream))).isEqualTo("b");
		Awaitility.await().until(() -> this.account.isEven());
		assertThat(this.account.spent()).hasToString("2 model calls, 240 tokens");
	}

	@Test
	void housekeepingAndCallsOutsideOfTurnsArePaidForByNobody() {
		TargetChain<String, String> chain = chain(policy(LONG), priced(using("a", 80, 10), ONCE, null));
		within(TurnBudget.unlimited().modelCalls(1), chain, () -> chain.call("q", CallSpec.UNSCORED));
		assertThat(this.account.spent()).hasToString("nothing");
		assertThat(ask(chain, false)).isEqualTo("a");
	}

	@Test
	void callsOfOneTurnThatRunAtOnceDoNotSpendTheSame() throws Exception {
		CountDownLatch both = new CountDownLatch(1);
		TargetChain<String, String> chain = chain(policy(LONG), priced(TestTarget.calling("a", (attempt) -> {
			both.await();
			attempt.used(new TokenUsage(10, 5));
			return "a";
		}), ONCE, null));
		TurnAccount shared = chain.account(TurnBudget.unlimited().tokens(300), null);
		// The common pool may have one thread, which the first call keeps
		ExecutorService callers = Executors.newFixedThreadPool(5);
		List<CompletableFuture<String>> calls = new ArrayList<>();
		for (int i = 0; i < 5; i++) {
			calls.add(CompletableFuture
				.supplyAsync(() -> Turn.within(null, null, 0, shared).during(() -> ask(chain, false)), callers)
				.exceptionally((thrown) -> String.valueOf(thrown.getCause().getClass().getSimpleName())));
		}
		Awaitility.await().until(() -> calls.stream().filter(CompletableFuture::isDone).count() == 3);
		both.countDown();
		List<String> answers = new ArrayList<>();
		for (CompletableFuture<String> call : calls) {
			answers.add(call.get());
		}
		assertThat(answers).containsExactlyInAnyOrder("a", "a", "BudgetExhaustedException", "BudgetExhaustedException",
				"BudgetExhaustedException");
		callers.shutdown();
		assertThat(shared.isEven()).isTrue();
		assertThat(shared.spent()).hasToString("2 model calls, 30 tokens");
	}

}
