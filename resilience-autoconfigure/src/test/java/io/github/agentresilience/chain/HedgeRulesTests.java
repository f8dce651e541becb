package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.util.context.Context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The rules of two attempts in flight at once, where they meet.
 */
class HedgeRulesTests extends ChainFixture {

	private static final RetryPolicy NO_RETRY = retry(1, Duration.ZERO, Duration.ZERO);

	private final GuardedTarget<String, String> a = hedged(TestTarget.answering("a", "from a"), NO_RETRY,
			Duration.ofSeconds(5));

	private final GuardedTarget<String, String> b = guard(TestTarget.answering("b", "from b"), NO_RETRY);

	private ChainRun<String, String> streamed() {
		return chain(policy(LONG), this.a, this.b).newRun(CallSpec.SCORED, Context.empty());
	}

	private static Attempt begun(ChainRun<String, String> run) {
		Attempt first = (Attempt) run.start();
		assertThat(run.begin(first)).isSameAs(first);
		return first;
	}

	@Test
	void aStreamThatHasBegunToAnswerIsNotHedged() {
		ChainRun<String, String> run = streamed();
		Attempt first = begun(run);
		assertThat(run.leads(first)).isTrue();
		assertThat(run.startHedge(first, new CompletableFuture<>())).isNull();
		assertThat(run.leads(first)).isTrue();
		assertThat(run.succeeded(first)).isTrue();
		assertThat(this.events).containsExactly("start a 1", "end a SUCCESS", "ANSWERED by a");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void onlyOneOfTwoStreamsLeads(boolean hedgeFirst) {
		ChainRun<String, String> run = streamed();
		Attempt first = begun(run);
		Attempt hedge = run.startHedge(first, new CompletableFuture<>());
		assertThat(run.begin(hedge)).isSameAs(hedge);
		Attempt leader = hedgeFirst ? hedge : first;
		Attempt other = hedgeFirst ? first : hedge;
		assertThat(run.leads(leader)).isTrue();
		assertThat(run.leads(other)).isFalse();
		assertThat(run.succeeded(other)).isFalse();
		assertThat(run.succeeded(leader)).isTrue();
		assertThat(this.events).contains("end " + other.target() + " OVERTAKEN")
			.endsWith("ANSWERED by " + leader.target());
	}

	/** Where streams are held until they are whole, one that answered in time may still be overtaken. */
	@Test
	void aStreamThatBeganInTimeWasNotSlow() {
		long usual = Duration.ofMillis(20).toNanos();
		for (int i = 0; i < 50; i++) {
			this.a.latency(true).record(usual, this.runtime.nanoTime());
		}
		assertThat(this.a.latency(true).p95()).isNotEqualTo(RecentLatency.UNKNOWN);
		ChainRun<String, String> run = streamed();
		Attempt first = begun(run);
		Attempt hedge = run.startHedge(first, new CompletableFuture<>());
		assertThat(run.begin(hedge)).isSameAs(hedge);
		first.firstChunk(first.startNanos() + usual / 2);
		Awaitility.await().until(() -> this.runtime.nanoTime() - first.startNanos() > 4 * usual);
		assertThat(run.leads(hedge)).isTrue();
		assertThat(this.events).contains("end a OVERTAKEN");
		assertThat(this.a.breaker().getMetrics().getNumberOfSlowCalls()).isZero();
	}

	@Test
	void aHedgeThatIsNotUnderWayWhenTheFirstBeginsToAnswerIsNotMade() {
		ChainRun<String, String> run = streamed();
		Attempt first = begun(run);
		Attempt hedge = run.startHedge(first, new CompletableFuture<>());
		assertThat(run.leads(first)).isTrue();
		assertThat(run.begin(hedge)).isSameAs(Step.Nothing.INSTANCE);
		assertThat(this.events).containsExactly("start a 1");
	}

	@Test
	void aHedgeThatAnswersAsTheCallerStopsWaitingForItIsStillTheAnswer() throws Exception {
		CountDownLatch hedged = new CountDownLatch(1);
		TestTarget fails = TestTarget.calling("a", (attempt) -> {
			hedged.await(20, TimeUnit.SECONDS);
			throw new IllegalStateException("down");
		});
		CountDownLatch firstFailed = new CountDownLatch(1);
		TestTarget answers = TestTarget.calling("b", (attempt) -> {
			hedged.countDown();
			firstFailed.await(20, TimeUnit.SECONDS);
			return "from b";
		});
		Thread caller = Thread.currentThread();
		this.whenEnded = (attempt) -> {
			if (attempt.isHedge()) {
				// The turn of the hedge lasts until the caller, its time being up, wants one of its own
				Awaitility.await().until(() -> caller.getState() == Thread.State.BLOCKED);
			}
			else {
				firstFailed.countDown();
			}
		};
		TargetChain<String, String> chain = chain(policy(LONG), hedged(fails, NO_RETRY, Duration.ofMillis(1)),
				guard(answers, NO_RETRY));
		assertThat(chain.call("q", new CallSpec(true, Duration.ofMillis(1500)))).isEqualTo("from b");
		assertThat(this.events).endsWith("ANSWERED by b");
	}

	@Test
	void anErrorInAHedgeEndsTheHedgeAlone() {
		CountDownLatch broken = new CountDownLatch(1);
		this.whenEnded = (attempt) -> {
			if (attempt.isHedge()) {
				broken.countDown();
			}
		};
		TestTarget slow = TestTarget.calling("a", (attempt) -> {
			broken.await(20, TimeUnit.SECONDS);
			return "from a";
		});
		TargetChain<String, String> chain = chain(policy(LONG), hedged(slow, NO_RETRY, Duration.ofMillis(1)),
				guard(TestTarget.calling("b", (attempt) -> {
					throw new StackOverflowError();
				}), NO_RETRY));
		assertThat(chain.call("q", CallSpec.SCORED)).isEqualTo("from a");
		assertThat(this.events).containsExactly("start a 1", "start b 1", "end b CANCELLED", "end a SUCCESS",
				"ANSWERED by a");
	}

	@Test
	void anErrorInTheHedgeThatIsWaitedForIsThrown() {
		CountDownLatch hedged = new CountDownLatch(1);
		CountDownLatch firstFailed = new CountDownLatch(1);
		this.whenEnded = (attempt) -> firstFailed.countDown();
		TestTarget fails = TestTarget.calling("a", (attempt) -> {
			hedged.await(20, TimeUnit.SECONDS);
			throw new IllegalStateException("down");
		});
		TargetChain<String, String> chain = chain(policy(LONG), hedged(fails, NO_RETRY, Duration.ofMillis(1)),
				guard(TestTarget.calling("b", (attempt) -> {
					hedged.countDown();
					firstFailed.await(20, TimeUnit.SECONDS);
					throw new StackOverflowError();
				}), NO_RETRY));
		assertThatThrownBy(() -> chain.call("q", CallSpec.SCORED)).isInstanceOf(StackOverflowError.class);
		assertThat(this.events).filteredOn((event) -> event.startsWith("CANCELLED")).hasSize(1);
	}

}
