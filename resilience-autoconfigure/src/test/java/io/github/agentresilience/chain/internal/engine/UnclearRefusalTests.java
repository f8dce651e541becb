package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.RetryPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * A refusal in unknown words may be the target's or the caller's: one other target is
 * asked.
 */
class UnclearRefusalTests extends ChainFixture {

	private static final RetryPolicy NO_RETRY = retry(1, Duration.ZERO, Duration.ZERO);

	private final TargetFailureException words = new TargetFailureException(UNCLEAR, "42 is not allowed here",
			(Duration) null);

	private final TargetFailureException otherWords = new TargetFailureException(UNCLEAR, "nope", (Duration) null);

	private final List<Failure> failures = new ArrayList<>();

	private final GuardedTarget<String, String> a = refusing("a", this.words);

	private GuardedTarget<String, String> refusing(String name, RuntimeException words) {
		return guard(TestTarget.calling(name, (attempt) -> {
			throw words;
		}), NO_RETRY);
	}

	private String ask(boolean stream, TargetChain<String, String> chain) {
		return stream ? chain.stream("q", CallSpec.SCORED).blockLast(LONG) : chain.call("q", CallSpec.SCORED);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whereAnotherTargetAnswersTheRefusalWasTheTargetsOwn(boolean stream) {
		this.whenJudged = (attempt) -> this.failures.add(attempt.failure());
		GuardedTarget<String, String> b = guard(TestTarget.answering("b", "from b"), NO_RETRY);
		assertThat(ask(stream, chain(policy(LONG), this.a, b))).isEqualTo("from b");
		assertThat(this.events).containsExactly("start a 1", "end a DEFERRED", "start b 1", "end b SUCCESS",
				"judged a FAILURE", "ANSWERED by b");
		assertThat(this.failures).singleElement().satisfies((failure) -> {
			assertThat(failure.kind()).isEqualTo(FailureKind.TARGET);
			assertThat(failure.countsForBreaker()).isFalse();
		});
		assertThat(this.a.breaker().getMetrics().getNumberOfBufferedCalls()).isZero();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whereAnotherTargetRefusesInKindTheFirstRefusalIsThrownUnchanged(boolean stream) {
		this.whenJudged = (attempt) -> this.failures.add(attempt.failure());
		GuardedTarget<String, String> b = refusing("b", this.otherWords);
		TestTarget c = TestTarget.answering("c", "from c");
		assertThatThrownBy(() -> ask(stream, chain(policy(LONG), this.a, b, guard(c, NO_RETRY)))).isSameAs(this.words);
		assertThat(c.asked).hasValue(0);
		assertThat(this.failures).extracting(Failure::kind).containsExactly(FailureKind.CALLER);
		assertThat(this.events).endsWith("FAILED");
		assertThat(this.a.breaker().getMetrics().getNumberOfBufferedCalls()).isZero();
		assertThat(b.breaker().getMetrics().getNumberOfBufferedCalls()).isZero();
	}

	@Test
	void aRefusalOfTheRequestItselfIsInKind() {
		GuardedTarget<String, String> b = refusing("b", new TargetFailureException(400, "malformed", (Duration) null));
		assertThatThrownBy(() -> ask(false, chain(policy(LONG), this.a, b))).isSameAs(this.words);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aTargetThatIsDownHasNoOpinionSoTheNextIsAsked(boolean stream) {
		TargetChain<String, String> chain = chain(policy(LONG), this.a, guard(TestTarget.broken("b"), NO_RETRY),
				guard(TestTarget.answering("c", "from c"), NO_RETRY));
		assertThat(ask(stream, chain)).isEqualTo("from c");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whereNoOtherTargetCanSayTheFirstRefusalIsThrown(boolean stream) {
		assertThatThrownBy(() -> ask(stream, chain(policy(LONG), this.a))).isSameAs(this.words);
		assertThatThrownBy(() -> ask(stream, chain(policy(LONG), this.a, guard(TestTarget.broken("b"), NO_RETRY))))
			.isSameAs(this.words);
		GuardedTarget<String, String> open = guard(TestTarget.answering("c", "from c"), NO_RETRY);
		open.breaker().transitionToOpenState();
		assertThatThrownBy(() -> ask(stream, chain(policy(LONG), this.a, open))).isSameAs(this.words);
	}

	@Test
	void aHalfOpenBreakerGetsItsPermissionBack() {
		this.a.breaker().transitionToOpenState();
		this.a.breaker().transitionToHalfOpenState();
		GuardedTarget<String, String> b = guard(TestTarget.answering("b", "from b"), NO_RETRY);
		for (int i = 0; i < 5; i++) {
			assertThat(ask(false, chain(policy(LONG), this.a, b))).isEqualTo("from b");
		}
		assertThat(this.events).filteredOn("start a 1"::equals).hasSize(5);
	}

	@Test
	void aHedgeUnderWayIsTheOtherOpinion() {
		CountDownLatch hedged = new CountDownLatch(1);
		CountDownLatch refused = new CountDownLatch(1);
		this.whenEnded = (attempt) -> refused.countDown();
		GuardedTarget<String, String> slow = hedged(TestTarget.calling("a", (attempt) -> {
			hedged.await(20, TimeUnit.SECONDS);
			throw this.words;
		}), NO_RETRY, Duration.ofMillis(1));
		GuardedTarget<String, String> b = guard(TestTarget.calling("b", (attempt) -> {
			hedged.countDown();
			refused.await(20, TimeUnit.SECONDS);
			return "from b";
		}), NO_RETRY);
		assertThat(ask(false, chain(policy(LONG), slow, b))).isEqualTo("from b");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aCallThatMustNotRunTwiceIsAskedOfNoOtherTarget(boolean stream) {
		CallSpec once = new CallSpec(true, null, null, false, false, () -> false);
		TestTarget b = TestTarget.answering("b", "from b");
		TargetChain<String, String> chain = chain(policy(LONG), this.a, guard(b, NO_RETRY));
		assertThatThrownBy(() -> {
			if (stream) {
				chain.stream("q", once).blockLast(LONG);
			}
			else {
				chain.call("q", once);
			}
		}).isSameAs(this.words);
		assertThat(b.asked).hasValue(0);
	}

}
