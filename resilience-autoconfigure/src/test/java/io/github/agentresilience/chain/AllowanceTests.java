package io.github.agentresilience.chain;

import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class AllowanceTests {

	private static void calls(Allowance allowance, int calls) {
		IntStream.range(0, calls).forEach((call) -> allowance.callStarted());
	}

	private static int taken(Allowance allowance) {
		int taken = 0;
		while (allowance.tryTake()) {
			taken++;
		}
		return taken;
	}

	@Test
	void anAdvanceIsEarnedBeforeThereIsMore() {
		Allowance allowance = new Allowance(0.1, 20, 10);
		assertThat(taken(allowance)).isEqualTo(10);
		calls(allowance, 100);
		assertThat(taken(allowance)).isZero();
		calls(allowance, 30);
		assertThat(taken(allowance)).isEqualTo(3);
	}

	@Test
	void anAdvanceThatNobodyTookIsEarnedOnce() {
		Allowance allowance = new Allowance(0.1, 20, 10);
		calls(allowance, 150);
		assertThat(taken(allowance)).isEqualTo(15);
	}

	@Test
	void noMoreIsSavedUpThanMayBe() {
		Allowance allowance = new Allowance(0.1, 20, 10);
		calls(allowance, 10_000);
		assertThat(taken(allowance)).isEqualTo(20);
	}

	@ParameterizedTest
	@ValueSource(doubles = { 0, 0.000_1 })
	void whatIsNeverEarnedIsNotAdvanced(double share) {
		assertThat(taken(new Allowance(share, 20, 10))).isZero();
	}

}
