package io.github.agentresilience.chain.internal.budget;

import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class TokenBucketTests {

	private static void calls(TokenBucket bucket, int calls) {
		IntStream.range(0, calls).forEach((call) -> bucket.callStarted());
	}

	private static int taken(TokenBucket bucket) {
		int taken = 0;
		while (bucket.tryTake()) {
			taken++;
		}
		return taken;
	}

	@Test
	void anAdvanceIsEarnedBeforeThereIsMore() {
		TokenBucket bucket = new TokenBucket(0.1, 20, 10);
		assertThat(taken(bucket)).isEqualTo(10);
		calls(bucket, 100);
		assertThat(taken(bucket)).isZero();
		calls(bucket, 30);
		assertThat(taken(bucket)).isEqualTo(3);
	}

	@Test
	void anAdvanceThatWasNotTakenIsEarnedOnce() {
		TokenBucket bucket = new TokenBucket(0.1, 20, 10);
		calls(bucket, 150);
		assertThat(taken(bucket)).isEqualTo(15);
	}

	@Test
	void noMoreIsSavedUpThanMayBe() {
		TokenBucket bucket = new TokenBucket(0.1, 20, 10);
		calls(bucket, 10_000);
		assertThat(taken(bucket)).isEqualTo(20);
	}

	@ParameterizedTest
	@ValueSource(doubles = { 0, 0.000_1 })
	void whatIsNeverEarnedIsNotAdvanced(double share) {
		assertThat(taken(new TokenBucket(share, 20, 10))).isZero();
	}

}
