package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.Arrays;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.SkippedTarget;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.RetryPolicy;
import io.github.agentresilience.chain.internal.route.Suitability;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Targets that cannot serve a request are passed over.
 */
class SuitableMembersTests extends ChainFixture {

	private static final RetryPolicy NO_RETRY = retry(1, Duration.ZERO, Duration.ZERO);

	private static final String[] NAMES = { "a", "b", "c" };

	private final TestTarget first = TestTarget.answering("a", "from a");

	private final TestTarget second = TestTarget.answering("b", "from b");

	private final TestTarget broken = TestTarget.broken("c");

	private final GuardedTarget<String, String> a = guard(this.first, NO_RETRY);

	private final GuardedTarget<String, String> b = guard(this.second, NO_RETRY);

	private final GuardedTarget<String, String> c = guard(this.broken, NO_RETRY);

	private static CallSpec without(Integer... positions) {
		return CallSpec.SCORED.among((position) -> Arrays.asList(positions).contains(position)
				? new SkippedTarget(NAMES[position], SkippedTarget.Reason.UNSUPPORTED, "vision") : null);
	}

	@Test
	void oneThatCannotServeIsPassedOverInCallsAndStreams() {
		TargetChain<String, String> chain = chain(policy(LONG), this.a, this.b);
		assertThat(chain.call("q", without(0))).isEqualTo("from b");
		assertThat(chain.stream("q", without(0)).blockLast()).isEqualTo("from b");
		assertThat(this.first.asked).hasValue(0);
		assertThat(this.a.breaker().getMetrics().getNumberOfBufferedCalls()).isZero();
		assertThat(this.events).containsExactly("skip a UNSUPPORTED", "start b 1", "end b SUCCESS", "ANSWERED by b",
				"skip a UNSUPPORTED", "start b 1", "end b SUCCESS", "ANSWERED by b");
	}

	@Test
	void oneBehindTheOneThatAnswersIsNotEvenSkipped() {
		assertThat(chain(policy(LONG), this.a, this.b).call("q", without(1))).isEqualTo("from a");
		assertThat(this.events).noneMatch((event) -> event.startsWith("skip"));
	}

	@Test
	void whereNoneCanTheErrorSaysWhyOfEach() {
		ChainExhaustedException thrown = catchThrowableOfType(ChainExhaustedException.class,
				() -> chain(policy(LONG), this.a, this.b).call("q", without(0, 1)));
		assertThat(thrown).hasMessage("Every target of the llm chain 'test' was skipped; "
				+ "skipped: a (not supported: vision), b (not supported: vision)");
		assertThat(thrown.retryIn()).isNull();
		assertThat(thrown.attempts()).isEmpty();
		assertThat(this.first.asked).hasValue(0);
	}

	@Test
	void theLastThatCanIsTheLastOfTheCall() {
		TargetChain<String, String> chain = chain(policy(LONG), this.c, this.a);
		this.c.breaker().transitionToOpenState();
		ChainExhaustedException thrown = catchThrowableOfType(ChainExhaustedException.class,
				() -> chain.call("q", without(1)));
		assertThat(thrown.attempts()).hasSize(1);
		assertThat(this.broken.asked).hasValue(1);
		assertThat(this.first.asked).hasValue(0);
	}

	@Test
	void whatCannotTellStandsInNoCallsWay() {
		Suitability throwing = (position) -> {
			throw new AssertionError("not ours");
		};
		assertThat(chain(policy(LONG), this.a, this.b).call("q", CallSpec.SCORED.among(throwing))).isEqualTo("from a");
	}

}
