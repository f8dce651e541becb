package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.CallCancelledException;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.limit.Limits;
import io.github.agentresilience.chain.internal.limit.Precedence;
import io.github.agentresilience.chain.internal.limit.WaitingRoom;
import io.github.agentresilience.chain.internal.policy.LimitPolicy;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Where all targets are over their limits a call waits for the first that has room, in
 * its turn and within its deadline.
 */
class LimitWaitTests extends StandingTimeFixture {

	private static final Duration SECOND = Duration.ofSeconds(1);

	/** As many may end as have been let go. */
	private final Semaphore let = new Semaphore(0);

	private final AtomicInteger asked = new AtomicInteger();

	private final Queue<String> served = new ConcurrentLinkedQueue<>();

	private TestTarget held(String name) {
		return TestTarget.calling(name, (attempt) -> {
			this.asked.incrementAndGet();
			this.let.acquire();
			return "from " + name;
		}).asBean();
	}

	private GuardedTarget<String, String> single(String name) {
		return limited(held(name), new LimitPolicy(0, 0, 1));
	}

	private Asked ask(TargetChain<String, String> chain, boolean stream, CallSpec spec) {
		return ask(() -> stream ? chain.stream("q", spec).blockLast() : chain.call("q", spec));
	}

	/** The target is asked by one call, and so many wait. */
	private void await(int calls, int waiting) {
		await(() -> this.asked.get() == calls && inLine() == waiting);
	}

	private static void await(Callable<Boolean> condition) {
		Awaitility.await().pollInterval(Duration.ofMillis(1)).atMost(LONG).until(condition);
	}

	private static Limits limits(GuardedTarget<?, ?> target) {
		Limits limits = target.limits();
		assertThat(limits).isNotNull();
		return limits;
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aCallWaitsUntilAnotherIsAnswered(boolean stream) throws Exception {
		GuardedTarget<String, String> a = single("a");
		TargetChain<String, String> chain = chain(policy(LONG), a);
		Asked first = ask(chain, stream, CallSpec.SCORED);
		await(1, 0);
		Asked second = ask(chain, stream, CallSpec.SCORED);
		await(1, 1);
		this.let.release(2);
		assertThat(first.answer()).isEqualTo("from a");
		assertThat(second.answer()).isEqualTo("from a");
		assertThat(this.room.waiting()).isZero();
		await(() -> limits(a).inFlight() == 0);
		assertThat(limits(a).waits()).isEqualTo(1);
		assertThat(this.events).containsOnlyOnce("skip a SATURATED").doesNotContain("FAILED");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aCallWaitsUntilTheMinuteGivesMore(boolean stream) throws Exception {
		GuardedTarget<String, String> a = limited(TestTarget.answering("a", "from a"), new LimitPolicy(60, 0, 0));
		TargetChain<String, String> chain = chain(policy(LONG), a);
		for (int i = 0; i < 60; i++) {
			chain.call("q", CallSpec.SCORED);
		}
		Asked first = ask(chain, stream, CallSpec.SCORED);
		await(() -> inLine() == 1);
		Asked second = ask(chain, stream, CallSpec.SCORED);
		await(() -> inLine() == 2);
		this.time.advance(SECOND);
		assertThat(first.answer()).isEqualTo("from a");
		assertThat(this.room.waiting()).isEqualTo(1);
		this.time.advance(SECOND);
		assertThat(second.answer()).isEqualTo("from a");
		assertThat(limits(a).waitedNanos()).isEqualTo(SECOND.multipliedBy(3).toNanos());
	}

	@Test
	void turnsThatHaveBegunGoFirstThenThoseOfHigherPriorityThenWhoCameFirst() throws Exception {
		TargetChain<String, String> chain = chain(policy(LONG), single("a"));
		List<Asked> calls = new ArrayList<>();
		calls.add(ask(chain, false, CallSpec.SCORED));
		await(1, 0);
		List<Precedence> arrivals = List.of(Precedence.NONE, new Precedence(false, 5), Precedence.NONE,
				new Precedence(true, -1), new Precedence(false, 5), new Precedence(true, 0));
		for (int i = 0; i < arrivals.size(); i++) {
			String number = String.valueOf(i);
			CallSpec spec = CallSpec.SCORED.going(arrivals.get(i));
			calls.add(ask(() -> {
				String answer = chain.call("q", spec);
				this.served.add(number);
				return answer;
			}));
			await(1, i + 1);
		}
		for (int i = 1; i <= arrivals.size() + 1; i++) {
			int before = i - 1;
			await(() -> this.asked.get() == Math.min(before + 1, arrivals.size() + 1)
					&& this.served.size() == Math.max(0, before - 1));
			this.let.release();
		}
		for (Asked call : calls) {
			assertThat(call.answer()).isEqualTo("from a");
		}
		assertThat(this.served).containsExactly("5", "3", "1", "4", "0", "2");
	}

	@Test
	void whoComesLaterDoesNotPassThoseWhoWait() throws Exception {
		GuardedTarget<String, String> a = limited(TestTarget.answering("a", "from a"), new LimitPolicy(60, 1_000, 0));
		TargetChain<String, String> chain = chain(policy(LONG), a);
		limits(a).tryTake(new FixedTokens(1_000, 0), 0);
		Asked large = ask(chain, false, CallSpec.SCORED.taking(new FixedTokens(250, 0)));
		await(() -> inLine() == 1);
		this.time.advance(SECOND);
		Asked small = ask(chain, false, CallSpec.SCORED.taking(new FixedTokens(1, 0)));
		await(() -> inLine() == 2);
		this.time.advance(SECOND.multipliedBy(15));
		assertThat(large.answer()).isEqualTo("from a");
		assertThat(small.answer()).isEqualTo("from a");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whoFindsNoRoomToWaitFailsAtOnceAndIsToldWhenToComeBack(boolean stream) throws Exception {
		this.room = new WaitingRoom(1, this.time);
		GuardedTarget<String, String> a = limited(held("a"), new LimitPolicy(6, 0, 2));
		TargetChain<String, String> chain = chain(policy(LONG), a);
		this.let.release(4);
		for (int i = 0; i < 4; i++) {
			chain.call("q", CallSpec.SCORED);
		}
		Asked first = ask(chain, stream, CallSpec.SCORED);
		Asked second = ask(chain, stream, CallSpec.SCORED);
		await(6, 0);
		Asked third = ask(chain, stream, CallSpec.SCORED);
		await(6, 1);
		ChainExhaustedException thrown = catchThrowableOfType(ChainExhaustedException.class,
				() -> ask(chain, stream, CallSpec.SCORED).answer());
		assertThat(thrown).hasMessageContaining("was skipped; skipped: a (saturated)");
		assertThat(thrown.retryIn()).isEqualTo(SECOND.multipliedBy(20));
		this.let.release(3);
		first.answer();
		second.answer();
		this.time.advance(SECOND.multipliedBy(10));
		assertThat(third.answer()).isEqualTo("from a");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whoWouldWaitBeyondItsDeadlineFailsAtOnce(boolean stream) {
		GuardedTarget<String, String> a = limited(TestTarget.answering("a", "from a"), new LimitPolicy(6, 0, 0));
		TargetChain<String, String> chain = chain(policy(LONG.plus(SECOND.multipliedBy(5))), a);
		for (int i = 0; i < 6; i++) {
			chain.call("q", CallSpec.SCORED);
		}
		ask(chain, stream, CallSpec.SCORED);
		await(() -> inLine() == 1);
		ask(chain, stream, CallSpec.SCORED);
		await(() -> inLine() == 2);
		ChainExhaustedException thrown = catchThrowableOfType(ChainExhaustedException.class,
				() -> ask(chain, stream, CallSpec.SCORED).answer());
		assertThat(thrown.retryIn()).isEqualTo(SECOND.multipliedBy(30));
		assertThat(this.room.waiting()).isEqualTo(2);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whoWouldWaitBeyondItsDeadlineBySomethingThatHappensMeanwhileFailsThen(boolean stream) throws Exception {
		GuardedTarget<String, String> a = limited(TestTarget.answering("a", "from a"), new LimitPolicy(6, 0, 0));
		TargetChain<String, String> chain = chain(policy(LONG.plus(SECOND.multipliedBy(5))), a);
		for (int i = 0; i < 6; i++) {
			chain.call("q", CallSpec.SCORED);
		}
		Asked first = ask(chain, stream, CallSpec.SCORED);
		await(() -> inLine() == 1);
		Asked second = ask(chain, stream, CallSpec.SCORED);
		await(() -> inLine() == 2);
		a.coolDown(this.time.nanos(), SECOND.multipliedBy(12).toNanos());
		assertThat(this.room.waiting()).isEqualTo(2);
		a.coolDown(this.time.nanos(), SECOND.multipliedBy(30).toNanos());
		assertThatThrownBy(first::answer).isInstanceOf(ChainExhaustedException.class);
		assertThatThrownBy(second::answer).isInstanceOf(ChainExhaustedException.class);
		assertThat(this.room.waiting()).isZero();
	}

	@Test
	void whoComesIsToldByWhatThoseTakeThatWaitBefore() throws Exception {
		GuardedTarget<String, String> a = limited(TestTarget.answering("a", "from a"), new LimitPolicy(0, 60, 0));
		GuardedTarget<String, String> b = limited(TestTarget.answering("b", "from b"), new LimitPolicy(0, 600, 0));
		TargetChain<String, String> chain = chain(policy(LONG), a, b);
		limits(a).tryTake(new FixedTokens(60, 0), 0);
		limits(b).tryTake(new FixedTokens(600, 0), 0);
		Asked large = ask(chain, false, CallSpec.SCORED.taking(new FixedTokens(100, 0)));
		await(() -> inLine() == 1);
		// What b has after 10 s, 8 s later, or what a has after 16 s
		Asked small = ask(chain, false, CallSpec.SCORED.taking(new FixedTokens(16, 0)));
		await(() -> inLine() == 2);
		assertThat(catchThrowableOfType(ChainExhaustedException.class,
				() -> ask(chain, false, CallSpec.SCORED.taking(new FixedTokens(90, 0))).answer())
			.retryIn()).isEqualTo(SECOND.dividedBy(10).multipliedBy(206));
		this.time.advance(SECOND.multipliedBy(10));
		assertThat(large.answer()).isEqualTo("from b");
		this.time.advance(SECOND.multipliedBy(2));
		assertThat(small.answer()).isEqualTo("from b");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aCallThatWaitsEndsAtItsDeadline(boolean stream) throws Exception {
		TargetChain<String, String> chain = chain(policy(LONG), single("a"));
		Asked first = ask(chain, stream, new CallSpec(true, LONG.multipliedBy(9)));
		await(1, 0);
		Asked second = ask(chain, stream, CallSpec.SCORED);
		await(1, 1);
		this.time.advance(LONG);
		assertThatThrownBy(second::answer).isInstanceOf(ChainExhaustedException.class)
			.hasMessageContaining("ran into its deadline; skipped: a (saturated)");
		assertThat(this.room.waiting()).isZero();
		this.let.release();
		assertThat(first.answer()).isEqualTo("from a");
	}

	@Test
	void whoIsInterruptedOrCancelledLeavesItsPlaceToTheNext() throws Exception {
		GuardedTarget<String, String> a = single("a");
		TargetChain<String, String> chain = chain(policy(LONG), a);
		Asked first = ask(chain, false, CallSpec.SCORED);
		await(1, 0);
		CountDownLatch interrupted = new CountDownLatch(1);
		Thread caller = new Thread(() -> {
			assertThatThrownBy(() -> chain.call("q", CallSpec.SCORED)).isInstanceOf(CallCancelledException.class);
			interrupted.countDown();
		});
		caller.start();
		await(1, 1);
		Disposable subscriber = chain.stream("q", CallSpec.SCORED).subscribe();
		await(1, 2);
		Asked last = ask(chain, false, CallSpec.SCORED);
		await(1, 3);
		caller.interrupt();
		assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
		subscriber.dispose();
		await(1, 1);
		this.let.release(2);
		assertThat(first.answer()).isEqualTo("from a");
		assertThat(last.answer()).isEqualTo("from a");
		await(() -> limits(a).inFlight() == 0 && limits(a).waiting() == 0);
		assertThat(this.events).filteredOn((event) -> event.equals("CANCELLED")).hasSize(2);
	}

	@Test
	void aCallGoesToWhicheverTargetHasRoomFirstWhateverChainsAskIt() throws Exception {
		GuardedTarget<String, String> a = single("a");
		GuardedTarget<String, String> b = limited(TestTarget.answering("b", "from b"), new LimitPolicy(6, 0, 0));
		TargetChain<String, String> both = chain(policy(LONG), a, b);
		TargetChain<String, String> other = chain(policy(LONG), b);
		for (int i = 0; i < 6; i++) {
			other.call("q", CallSpec.SCORED);
		}
		Asked holder = ask(both, false, CallSpec.SCORED);
		await(1, 0);
		Asked first = ask(both, false, CallSpec.SCORED);
		await(1, 1);
		Asked second = ask(other, false, CallSpec.SCORED);
		await(1, 2);
		this.let.release(2);
		assertThat(holder.answer()).isEqualTo("from a");
		assertThat(first.answer()).isEqualTo("from a");
		this.time.advance(SECOND.multipliedBy(10));
		assertThat(second.answer()).isEqualTo("from b");
	}

	@Test
	void whereTheBreakerOpensMeanwhileTheOthersThatWaitAreNotHeldUp() throws Exception {
		GuardedTarget<String, String> a = single("a");
		TargetChain<String, String> chain = chain(policy(LONG), a);
		Asked first = ask(chain, false, CallSpec.SCORED);
		await(1, 0);
		Asked second = ask(chain, false, CallSpec.SCORED);
		await(1, 1);
		Asked third = ask(chain, true, CallSpec.SCORED);
		await(1, 2);
		a.breaker().transitionToForcedOpenState();
		this.let.release();
		assertThat(first.answer()).isEqualTo("from a");
		assertThatThrownBy(second::answer).isInstanceOf(ChainExhaustedException.class);
		assertThatThrownBy(third::answer).isInstanceOf(ChainExhaustedException.class);
		assertThat(limits(a).inFlight()).isZero();
		assertThat(this.room.waiting()).isZero();
	}

	@Test
	void aTargetThatCoolsDownIsWaitedForUntilItHasDone() throws Exception {
		GuardedTarget<String, String> a = single("a");
		TargetChain<String, String> chain = chain(policy(LONG), a);
		Asked first = ask(chain, false, CallSpec.SCORED);
		await(1, 0);
		Asked second = ask(chain, false, CallSpec.SCORED);
		await(1, 1);
		a.coolDown(this.time.nanos(), SECOND.toNanos());
		this.let.release(2);
		assertThat(first.answer()).isEqualTo("from a");
		assertThat(this.room.waiting()).isEqualTo(1);
		this.time.advance(SECOND);
		assertThat(second.answer()).isEqualTo("from a");
	}

	@Test
	void oneThatFailsAfterTheWaitIsFollowedByTheOthersThatWereOverTheirLimits() throws Exception {
		GuardedTarget<String, String> failed = guard(TestTarget.broken("x"), retry(1, Duration.ZERO, Duration.ZERO));
		GuardedTarget<String, String> a = limited(TestTarget.broken("a"), new LimitPolicy(0, 0, 1));
		GuardedTarget<String, String> b = limited(TestTarget.answering("b", "from b"), new LimitPolicy(6, 0, 0));
		TargetChain<String, String> chain = chain(policy(LONG), failed, a, b);
		limits(a).tryTake(null, 0);
		for (int i = 0; i < 6; i++) {
			limits(b).tryTake(null, 0);
		}
		Asked call = ask(chain, false, CallSpec.SCORED);
		await(() -> inLine() == 1);
		this.time.advance(SECOND.multipliedBy(10));
		assertThat(call.answer()).isEqualTo("from b");
		assertThat(this.events).containsExactly("start x 1", "end x FAILURE", "skip a SATURATED", "skip b LIMITED",
				"start b 1", "end b SUCCESS", "ANSWERED by b");
	}

}
