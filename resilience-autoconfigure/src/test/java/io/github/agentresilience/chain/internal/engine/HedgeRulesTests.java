package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.internal.budget.RecentLatency;
import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.Defaults;
import io.github.agentresilience.chain.internal.policy.RetryPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.agentresilience.support.ManualTime;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The rules of two attempts in flight at once, where they meet.
 */
class HedgeRulesTests extends ChainFixture {

	private final ManualTime time = (ManualTime) this.runtime.time();

	HedgeRulesTests() {
		super(ManualTime.running());
	}

	private static final RetryPolicy NO_RETRY = retry(1, Duration.ZERO, Duration.ZERO);

	private final GuardedTarget<String, String> a = hedged(TestTarget.answering("a", "from a"), NO_RETRY,
			Duration.ofSeconds(5));

	private final GuardedTarget<String, String> b = guard(TestTarget.answering("b", "from b"), NO_RETRY);

	private ChainRun<String, String> streamed() {
		return chain(policy(LONG), this.a, this.b).newRun(CallSpec.SCORED, Context.empty());
	}

	private static ActiveAttempt<String, String> begun(ChainRun<String, String> run) {
		ActiveAttempt<String, String> first = (ActiveAttempt<String, String>) run.start();
		assertThat(run.begin(first)).isSameAs(first);
		return first;
	}

	@Test
	void aStreamThatHasBegunToAnswerIsNotHedged() {
		ChainRun<String, String> run = streamed();
		ActiveAttempt<String, String> first = begun(run);
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
		ActiveAttempt<String, String> first = begun(run);
		ActiveAttempt<String, String> hedge = run.startHedge(first, new CompletableFuture<>());
		assertThat(run.begin(hedge)).isSameAs(hedge);
		ActiveAttempt<String, String> leader = hedgeFirst ? hedge : first;
		ActiveAttempt<String, String> other = hedgeFirst ? first : hedge;
		assertThat(run.leads(leader)).isTrue();
		assertThat(run.leads(other)).isFalse();
		assertThat(run.succeeded(other)).isFalse();
		assertThat(run.succeeded(leader)).isTrue();
		assertThat(this.events).contains("end " + other.target() + " SUPERSEDED")
			.endsWith("ANSWERED by " + leader.target());
	}

	/**
	 * Where streams are held until they are whole, one that answered in time may still be
	 * superseded.
	 */
	@Test
	void aStreamThatBeganInTimeWasNotSlow() {
		long usual = Duration.ofMillis(20).toNanos();
		for (int i = 0; i < 50; i++) {
			this.a.latency(true).record(usual, this.runtime.nanoTime());
		}
		assertThat(this.a.latency(true).p95()).isNotEqualTo(RecentLatency.UNKNOWN);
		ChainRun<String, String> run = streamed();
		ActiveAttempt<String, String> first = begun(run);
		ActiveAttempt<String, String> hedge = run.startHedge(first, new CompletableFuture<>());
		assertThat(run.begin(hedge)).isSameAs(hedge);
		first.record().firstChunk(first.startNanos() + usual / 2);
		Awaitility.await().until(() -> this.runtime.nanoTime() - first.startNanos() > 4 * usual);
		assertThat(run.leads(hedge)).isTrue();
		assertThat(this.events).contains("end a SUPERSEDED");
		assertThat(this.a.breaker().getMetrics().getNumberOfSlowCalls()).isZero();
	}

	@Test
	void aHedgeThatIsNotUnderWayWhenTheFirstBeginsToAnswerIsNotMade() {
		ChainRun<String, String> run = streamed();
		ActiveAttempt<String, String> first = begun(run);
		ActiveAttempt<String, String> hedge = run.startHedge(first, new CompletableFuture<>());
		assertThat(run.leads(first)).isTrue();
		assertThat(run.begin(hedge)).isInstanceOf(Decision.Nothing.class);
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
				// The turn of the hedge lasts until the caller, its time being up, wants
				// one of its own
				this.time.turn(Duration.ofSeconds(10));
				Awaitility.await().until(() -> caller.getState() == Thread.State.WAITING);
			}
			else {
				firstFailed.countDown();
			}
		};
		TargetChain<String, String> chain = chain(policy(LONG), hedged(fails, NO_RETRY, Duration.ofMillis(1)),
				guard(answers, NO_RETRY));
		assertThat(chain.call("q", new CallSpec(true, Duration.ofSeconds(10)))).isEqualTo("from b");
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

	/**
	 * The caller was interrupted while it waited for a hedge whose thread had not come to
	 * make it.
	 */
	@Test
	void aHedgeThatWasNeverMadeCostsNothingAndIsNotToldOf() {
		TargetChain<String, String> chain = chain(policy(LONG), this.a, this.b);
		for (int i = 0; i < 3 * Defaults.HEDGES_IN_ADVANCE; i++) {
			this.events.clear();
			ChainRun<String, String> run = chain.newRun(CallSpec.SCORED, null);
			ActiveAttempt<String, String> first = begun(run);
			ActiveAttempt<String, String> hedge = run.startHedge(first, new CompletableFuture<>());
			assertThat(hedge).as("hedge %d", i).isNotNull();
			assertThat(run.failed(first, Failure.ofTarget(404, false, "none", new IllegalStateException())))
				.isInstanceOf(Decision.AwaitHedge.class);
			run.cancelled(hedge);
			assertThat(run.begin(hedge)).isInstanceOf(Decision.Nothing.class);
			assertThat(this.events).containsExactly("start a 1", "end a FAILURE", "CANCELLED");
		}
	}

	@Test
	void aBackupThatWasNeverMadeGivesItsRetryAndItsPermissionBack() {
		this.budget = new RetryBudget(0, () -> 0L);
		GuardedTarget<String, String> only = guard(TestTarget.answering("a", "from a"),
				retry(2, Duration.ofMillis(1), Duration.ZERO), TimeoutPolicy.of(Duration.ofMillis(1)), BREAKER);
		TargetChain<String, String> chain = chain(policy(LONG), only);
		for (int i = 0; i < 5; i++) {
			ChainRun<String, String> run = chain.newRun(CallSpec.SCORED, Context.empty());
			ActiveAttempt<String, String> first = begun(run);
			run.onBackup((ofCall, slow, asked, context) -> {
			}, "q", ContextCarrier.Carried.NOTHING);
			assertThat(first.cancellation().overtimeNanos()).isPositive();
			ActiveAttempt<String, String> backup = run.startHedge(first, new CompletableFuture<>());
			assertThat(backup).as("backup %d", i).isNotNull();
			assertThat(run.failed(first, Failure.ofTarget(404, false, "none", new IllegalStateException())))
				.isInstanceOf(Decision.AwaitHedge.class);
			run.cancelled(backup);
		}
		assertThat(this.events).doesNotContain("start a 2").filteredOn("CANCELLED"::equals).hasSize(5);
	}

	/** No turn, however long it takes, lets an attempt outlive the call. */
	@Test
	void anObserverThatBlocksTheTurnOfAHedgeDoesNotKeepTheFirstAttemptAlive() {
		CountDownLatch cancelled = new CountDownLatch(1);
		TestTarget silent = TestTarget.calling("a", (attempt) -> {
			attempt.onCancel(cancelled::countDown);
			cancelled.await(20, TimeUnit.SECONDS);
			throw new IllegalStateException("down");
		});
		AtomicBoolean inTime = new AtomicBoolean();
		this.whenEnded = (attempt) -> {
			if (attempt.isHedge()) {
				try {
					inTime.set(cancelled.await(15, TimeUnit.SECONDS));
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			}
		};
		TargetChain<String, String> chain = chain(policy(Duration.ofMillis(500)),
				hedged(silent, NO_RETRY, Duration.ofMillis(1)), guard(TestTarget.broken("b"), NO_RETRY));
		assertThatThrownBy(() -> chain.call("q", CallSpec.SCORED)).isInstanceOf(ChainExhaustedException.class);
		assertThat(inTime).isTrue();
	}

	/** It ends on the thread of the winner, within the hook that stops it. */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aStreamThatEndsWithinTheHookThatStopsItHoldsUpNoOtherThread(boolean fails) {
		Sinks.Many<String> sink = Sinks.many().unicast().onBackpressureBuffer();
		TestTarget stops = TestTarget.streaming("a", (attempt) -> {
			attempt.onCancel(() -> {
				if (fails) {
					sink.tryEmitError(new IllegalStateException("stopped"));
				}
				else {
					sink.tryEmitComplete();
				}
			});
			return sink.asFlux();
		});
		TargetChain<String, String> chain = chain(policy(LONG), hedged(stops, NO_RETRY, Duration.ofMillis(1)), this.b);
		assertThat(chain.stream("q", CallSpec.SCORED).blockLast(Duration.ofSeconds(15))).isEqualTo("from b");
		assertThat(this.events).contains("end a SUPERSEDED").endsWith("ANSWERED by b");
	}

}
