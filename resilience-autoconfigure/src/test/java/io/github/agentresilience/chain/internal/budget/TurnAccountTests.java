package io.github.agentresilience.chain.internal.budget;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.github.agentresilience.chain.BudgetExhaustedException;
import io.github.agentresilience.chain.BudgetExhaustedException.What;
import io.github.agentresilience.chain.TurnBudget;
import io.github.agentresilience.chain.TurnSpending;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class TurnAccountTests {

	private final List<BudgetExhaustedException> told = new ArrayList<>();

	private TurnAccount account(TurnBudget budget) {
		return new TurnAccount(budget, "default", null, this.told::add);
	}

	private TurnAccount within(TurnAccount outer, TurnBudget budget) {
		return new TurnAccount(budget, "smart", outer, this.told::add);
	}

	private static Need model(long tokens) {
		return Need.ofModel("a", tokens, 0);
	}

	@Test
	void whatIsReservedIsNotLeftForOthers() {
		TurnAccount account = account(TurnBudget.unlimited().tokens(1000));
		Expense first = account.reserve(model(700));
		assertThat(account.affords(model(300))).isTrue();
		assertThat(account.affords(model(301))).isFalse();
		assertThat(account.reserve(model(301))).isNull();
		first.spent(100, 0);
		assertThat(account.reserve(model(900))).isNotNull();
		assertThat(account.spent().tokens()).isEqualTo(100);
	}

	@Test
	void whatWasNotMadeCostsNothing() {
		TurnAccount account = account(TurnBudget.unlimited().modelCalls(1));
		account.reserve(model(10)).giveBack();
		assertThat(account.reserve(model(10))).isNotNull();
		assertThat(account.reserve(model(10))).isNull();
	}

	@Test
	void theFirstEndOfAnExpenseCounts() {
		TurnAccount account = account(TurnBudget.unlimited());
		Expense expense = account.reserve(Need.ofModel("a", 100, 0.01));
		expense.spent(40, 0.004);
		expense.spent();
		expense.giveBack();
		assertThat(account.spent()).isEqualTo(new TurnSpending(40, new BigDecimal("0.004"), 1, 0));
		assertThat(account.isEven()).isTrue();
	}

	@Test
	void whatIsNotKnownStandsAtItsEstimate() {
		TurnAccount account = account(TurnBudget.unlimited());
		account.reserve(Need.ofModel("a", 100, 0.01)).spent();
		assertThat(account.spent()).isEqualTo(new TurnSpending(100, new BigDecimal("0.01"), 1, 0));
	}

	@Test
	void moneyIsLimitedToo() {
		TurnAccount account = account(TurnBudget.unlimited().cost("0.05"));
		account.reserve(Need.ofModel("a", 100, 0.03)).spent();
		assertThat(account.affords(Need.ofModel("a", 100, 0.02))).isTrue();
		assertThat(account.affords(Need.ofModel("a", 100, 0.0200001))).isFalse();
		assertThat(account.affords(Need.ofModel("free", 1_000_000, 0))).isTrue();
	}

	@Test
	void noCostIsTooGreatToBeCounted() {
		TurnAccount account = account(TurnBudget.unlimited().cost(new BigDecimal("1e30")));
		assertThat(account.affords(Need.ofModel("a", 1, Double.MAX_VALUE))).isTrue();
	}

	@Test
	void aTurnWithinAnotherSpendsFromBoth() {
		TurnAccount outer = account(TurnBudget.unlimited().toolCalls(5).modelCalls(3));
		TurnAccount inner = within(outer, TurnBudget.unlimited().modelCalls(2));
		inner.reserve(model(10)).spent();
		outer.reserve(model(10)).spent();
		inner.reserve(model(10)).spent();
		assertThat(inner.affords(model(10))).isFalse();
		assertThat(outer.affords(model(10))).isFalse();
		assertThat(inner.spent().modelCalls()).isEqualTo(2);
		assertThat(outer.spent().modelCalls()).isEqualTo(3);
		assertThat(outer.isEven()).isTrue();
	}

	@Test
	void whatTheOuterTurnCannotPayIsNotReservedInTheInnerOne() {
		TurnAccount outer = account(TurnBudget.unlimited().tokens(100));
		TurnAccount inner = within(outer, TurnBudget.unlimited().tokens(1000));
		assertThat(inner.reserve(model(101))).isNull();
		assertThat(inner.isEven()).isTrue();
		BudgetExhaustedException ofOuter = inner.exhausted(model(101), null);
		assertThat(ofOuter.budget().tokens()).isEqualTo(100);
		assertThat(outer.isEndedBy(ofOuter)).isTrue();
		assertThat(inner.isEndedBy(ofOuter)).isTrue();
	}

	@Test
	void anInnerTurnThatEndsDoesNotEndTheOuterOne() {
		TurnAccount outer = account(TurnBudget.unlimited().tokens(1000));
		TurnAccount inner = within(outer, TurnBudget.unlimited().tokens(10));
		BudgetExhaustedException ofInner = inner.exhausted(model(11), null);
		assertThat(ofInner.chain()).isEqualTo("smart");
		assertThat(inner.isEndedBy(ofInner)).isTrue();
		assertThat(outer.isEndedBy(ofInner)).isFalse();
	}

	@Test
	void theExceptionSaysWhatWasSpentWhere() {
		TurnAccount account = account(TurnBudget.unlimited().modelCalls(2).tokens(5000));
		account.reserve(Need.ofModel("a", 900, 0.02)).spent(850, 0.0012);
		account.reserve(Need.ofTool("search")).spent();
		account.reserve(Need.ofModel("b", 900, 0)).spent(100, 0);
		BudgetExhaustedException exhausted = account.exhausted(model(10), new IllegalStateException("down"));
		assertThat(exhausted)
			.hasMessage("The budget of a turn of the chain 'default' is exhausted: 5000 tokens, 2 model"
					+ " calls; another model call is needed; spent: a (1 model call, 850 tokens, cost 0.0012), search (1 tool"
					+ " call), b (1 model call, 100 tokens)")
			.hasCauseInstanceOf(IllegalStateException.class);
		assertThat(exhausted.what()).isEqualTo(What.MODEL_CALLS);
		assertThat(exhausted.spent()).isEqualTo(new TurnSpending(950, new BigDecimal("0.0012"), 2, 1));
		assertThat(exhausted.spentOn()).containsOnlyKeys("a", "search", "b");
	}

	@Test
	void itSaysHowMuchWasNeeded() {
		TurnAccount account = account(TurnBudget.unlimited().tokens(1000).cost("0.5"));
		assertThat(account.exhausted(model(1200), null))
			.hasMessage("The budget of a turn of the chain 'default' is exhausted: 1000 tokens, cost 0.5; the next call"
					+ " needs about 1200 tokens; nothing is spent");
		assertThat(account.exhausted(Need.ofModel("a", 10, 0.75), null)).hasMessageContaining("a cost of 0.75");
	}

	@Test
	void aTurnIsToldOfOnce() {
		TurnAccount account = account(TurnBudget.unlimited().toolCalls(0));
		account.exhausted(Need.ofTool("search"), null);
		account.exhausted(Need.ofTool("search"), null);
		assertThat(this.told).extracting(BudgetExhaustedException::what).containsExactly(What.TOOL_CALLS);
	}

	@Test
	void aBudgetHasNoSenselessLimit() {
		assertThatIllegalArgumentException().isThrownBy(() -> TurnBudget.unlimited().tokens(0))
			.withMessage("A turn's budget cannot have tokens of 0");
		assertThatIllegalArgumentException().isThrownBy(() -> TurnBudget.unlimited().cost("-1"));
		assertThatIllegalArgumentException().isThrownBy(() -> TurnBudget.unlimited().modelCalls(0));
		assertThat(TurnBudget.unlimited()).hasToString("unlimited");
	}

	/**
	 * Ten thousand outcomes on eight threads, in turns within turns: no limit is ever
	 * exceeded, what was spent is what the outcomes came to, and nothing stays reserved.
	 */
	@Test
	void theAccountIsExactlyEvenAtTheEnd() throws Exception {
		for (int seed = 0; seed < 5; seed++) {
			TurnBudget budget = TurnBudget.unlimited().tokens(60_000).cost("0.9").modelCalls(700).toolCalls(200);
			TurnAccount outer = account(budget);
			List<TurnAccount> accounts = List.of(outer, within(outer, TurnBudget.unlimited().tokens(20_000)),
					within(outer, TurnBudget.unlimited().modelCalls(100)));
			AtomicLong tokens = new AtomicLong();
			AtomicLong picos = new AtomicLong();
			AtomicInteger refused = new AtomicInteger();
			ExecutorService threads = Executors.newFixedThreadPool(8);
			List<Future<?>> running = new ArrayList<>();
			for (int thread = 0; thread < 8; thread++) {
				Random random = new Random(31L * seed + thread);
				Callable<?> outcomes = () -> {
					List<Expense> open = new ArrayList<>();
					List<Long> sizes = new ArrayList<>();
					for (int i = 0; i < 250; i++) {
						long size = 1 + random.nextInt(300);
						boolean tool = random.nextInt(4) == 0;
						Need need = tool ? Need.ofTool("t" + random.nextInt(3))
								: Need.ofModel("m" + random.nextInt(3), size, size / 1e6);
						Expense expense = accounts.get(random.nextInt(3)).reserve(need);
						if (expense == null) {
							refused.incrementAndGet();
							continue;
						}
						open.add(expense);
						sizes.add(tool ? 0 : size);
						while (open.size() > random.nextInt(4)) {
							end(open.remove(0), sizes.remove(0), random, tokens, picos);
						}
					}
					for (int i = 0; i < open.size(); i++) {
						end(open.get(i), sizes.get(i), random, tokens, picos);
					}
					return null;
				};
				running.add(threads.submit(outcomes));
			}
			for (Future<?> each : running) {
				each.get();
			}
			threads.shutdown();
			assertThat(accounts).allMatch(TurnAccount::isEven);
			TurnSpending spent = outer.spent();
			assertThat(spent.tokens()).isEqualTo(tokens.get()).isLessThanOrEqualTo(60_000);
			assertThat(spent.cost()).isEqualByComparingTo(Tally.money(picos.get()))
				.isLessThanOrEqualTo(new BigDecimal("0.9"));
			assertThat(spent.modelCalls()).isLessThanOrEqualTo(700);
			assertThat(spent.toolCalls()).isLessThanOrEqualTo(200);
			assertThat(accounts.get(1).spent().tokens()).isLessThanOrEqualTo(20_000);
			assertThat(accounts.get(2).spent().modelCalls()).isLessThanOrEqualTo(100);
			assertThat(refused).hasPositiveValue();
		}
	}

	private static void end(Expense expense, long size, Random random, AtomicLong tokens, AtomicLong picos) {
		switch (random.nextInt(3)) {
			case 0 -> expense.giveBack();
			case 1 -> {
				expense.spent();
				tokens.addAndGet(size);
				picos.addAndGet(size * 1_000_000);
			}
			default -> {
				long actual = size / 2;
				expense.spent(actual, actual / 1e6);
				tokens.addAndGet(actual);
				picos.addAndGet(actual * 1_000_000);
			}
		}
		if (random.nextBoolean()) {
			// Told twice, as where a call ends while its attempt does
			expense.giveBack();
		}
	}

	@ParameterizedTest
	@CsvSource({ "0.05, cost 0.05", "100, cost 100", "1E-999999999, cost 1E-999999999",
			"1E+999999999, cost 1E+999999999" })
	void anAmountThatNobodyCanReadIsNotWrittenOut(String cost, String text) {
		TurnBudget budget = TurnBudget.unlimited().cost(cost);
		assertThat(budget.toString()).contains(text).hasSizeLessThan(100);
		assertThat(account(budget).affords(Need.ofModel("a", 1, 0.01))).isEqualTo(!cost.contains("E-"));
	}

}
