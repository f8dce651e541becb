package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.guard.Permit;
import io.github.agentresilience.chain.internal.limit.Limits;
import io.github.agentresilience.chain.internal.policy.LimitPolicy;
import io.github.agentresilience.support.ManualTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What becomes of attempts tells a target's limit how many at once it takes.
 */
class AdaptiveConcurrencyTests extends ChainFixture {

	private static final int FIRST = 10;

	private static final long MILLISECOND = 1_000_000;

	private final GuardedTarget<String, String> target;

	AdaptiveConcurrencyTests() {
		super(ManualTime.standing());
		this.target = limited(TestTarget.answering("a", "from a"), new LimitPolicy(0, 0, LimitPolicy.ADAPTIVE));
	}

	private Limits limits() {
		Limits limits = this.target.limits();
		assertThat(limits).isNotNull();
		return limits;
	}

	private List<Permit> begin(int attempts) {
		List<Permit> begun = new ArrayList<>();
		for (int i = 0; i < attempts; i++) {
			Permit permit = (Permit) this.target.admit(null, 0);
			permit.sent();
			begun.add(permit);
		}
		return begun;
	}

	private static void end(List<Permit> permits) {
		permits.forEach((permit) -> {
			permit.left();
			permit.released();
		});
	}

	@ParameterizedTest
	@ValueSource(ints = { 429, 503, 529 })
	void aRefusalForOverloadTakesItDownOnceForThoseThatWereUnderWay(int status) {
		List<Permit> permits = begin(4);
		((ManualTime) this.runtime.time()).advance(Duration.ofMillis(1));
		permits.forEach(
				(permit) -> permit.failed(Failure.ofTransient(status, "no", new IllegalStateException()), MILLISECOND));
		end(permits);
		assertThat(limits().concurrency()).isEqualTo(FIRST - 1);
		assertThat(limits().inFlight()).isZero();
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 408, 500, 502 })
	void anotherFailureSaysNothingOfIt(int status) {
		List<Permit> permits = begin(4);
		permits.forEach(
				(permit) -> permit.failed(Failure.ofTransient(status, "no", new IllegalStateException()), MILLISECOND));
		end(permits);
		assertThat(limits().concurrency()).isEqualTo(FIRST);
	}

	/** That there is a quota or a rate, rather than others at the same time. */
	@Test
	void aRefusalOfASingleAttemptSaysNothingOfIt() {
		List<Permit> permits = begin(1);
		permits.get(0).failed(Failure.ofTransient(429, "no", new IllegalStateException()), MILLISECOND);
		end(permits);
		assertThat(limits().concurrency()).isEqualTo(FIRST);
	}

	@Test
	void moreAreLetThroughWhereAsManyAreAnsweredAsQuickly() {
		for (int i = 0; i < 5; i++) {
			List<Permit> permits = begin(FIRST);
			permits.forEach((permit) -> permit.succeeded(MILLISECOND));
			end(permits);
		}
		assertThat(limits().concurrency()).isGreaterThan(FIRST);
		assertThat(limits().inFlight()).isZero();
	}

	@Test
	void answersThatAreFewAtOnceLeaveItAsItIs() {
		for (int i = 0; i < 100; i++) {
			List<Permit> permits = begin(2);
			permits.forEach((permit) -> permit.succeeded(MILLISECOND));
			end(permits);
		}
		assertThat(limits().concurrency()).isEqualTo(FIRST);
	}

}
