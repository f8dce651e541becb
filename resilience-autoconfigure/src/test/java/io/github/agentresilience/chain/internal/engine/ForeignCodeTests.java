package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.SkippedTarget;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.RetryPolicy;
import io.github.agentresilience.support.Monitors;
import org.jspecify.annotations.Nullable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Whatever a chain calls that is not its own may block, so no monitor of the chain is
 * entered while it runs: observers, classifiers, inspectors, cancellation hooks, a last
 * resort, consumers of a breaker's events.
 */
class ForeignCodeTests extends ChainFixture {

	private static final RetryPolicy NO_RETRY = retry(1, Duration.ZERO, Duration.ZERO);

	private static final Duration AT_ONCE = Duration.ofMillis(1);

	private final Queue<String> monitors = new ConcurrentLinkedQueue<>();

	private final Set<String> called = ConcurrentHashMap.newKeySet();

	private void called(String what) {
		this.monitors.addAll(Monitors.ofLibrary());
		this.called.add(what);
	}

	@SafeVarargs
	@SuppressWarnings("varargs")
	private TargetChain<String, String> foreign(GuardedTarget<String, String>... targets) {
		List<GuardedTarget<String, String>> members = List.of(targets);
		members.forEach((member) -> member.breaker().getEventPublisher().onEvent((event) -> called("breaker")));
		return new TargetChain<>(new ChainServices<>(Layer.LLM, this.runtime, (thrown) -> {
			called("classifier");
			return down();
		}, new Inspector(), this.budget, List.of(new Listener())), "test", members, policy(LONG), (request, why) -> {
			called("last resort");
			throw why;
		});
	}

	private void assertNoMonitor(String... expected) {
		// Exchanges are cancelled on threads of their own
		Awaitility.await().pollDelay(Duration.ZERO).untilAsserted(() -> assertThat(this.called).contains(expected));
		assertThat(this.monitors).isEmpty();
	}

	/** One that answers nothing until it is cancelled. */
	private TestTarget hanging(String name) {
		return TestTarget.calling(name, (attempt) -> {
			CountDownLatch cancelled = new CountDownLatch(1);
			attempt.onCancel(() -> {
				called("hook");
				cancelled.countDown();
			});
			cancelled.await(20, TimeUnit.SECONDS);
			throw new IllegalStateException("cancelled");
		});
	}

	@Test
	void inACallWhoseHedgeAnswers() {
		assertThat(
				foreign(hedged(hanging("a"), NO_RETRY, AT_ONCE), guard(TestTarget.answering("b", "from b"), NO_RETRY))
					.call("q", CallSpec.SCORED))
			.isEqualTo("from b");
		assertNoMonitor("start a", "start b", "end a", "end b", "left a", "ended", "hook", "inspector", "breaker");
	}

	@Test
	void inAStreamWhoseHedgeAnswers() {
		TestTarget never = TestTarget.streaming("a",
				(attempt) -> Flux.<String>never().doOnCancel(() -> called("hook")));
		assertThat(foreign(hedged(never, NO_RETRY, AT_ONCE), guard(TestTarget.answering("b", "from b"), NO_RETRY))
			.stream("q", CallSpec.SCORED)
			.blockLast(LONG)).isEqualTo("from b");
		assertNoMonitor("start a", "start b", "end a", "end b", "ended", "hook", "inspector", "breaker");
	}

	@Test
	void inAHedgedCallThatNoTargetAnswers() {
		CountDownLatch hedged = new CountDownLatch(1);
		TestTarget fails = TestTarget.calling("a", (attempt) -> {
			hedged.await(20, TimeUnit.SECONDS);
			throw new IllegalStateException("down");
		});
		TestTarget failsToo = TestTarget.calling("b", (attempt) -> {
			hedged.countDown();
			throw new IllegalStateException("down");
		});
		TargetChain<String, String> chain = foreign(hedged(fails, NO_RETRY, AT_ONCE), guard(failsToo, NO_RETRY));
		assertThatThrownBy(() -> chain.call("q", CallSpec.SCORED)).isInstanceOf(ChainExhaustedException.class);
		assertNoMonitor("end a", "end b", "ended", "classifier", "breaker", "last resort");
	}

	@Test
	void whereTheCallerGoesAway() {
		TestTarget never = TestTarget.streaming("a",
				(attempt) -> Flux.<String>never().doOnCancel(() -> called("hook")));
		CountDownLatch hedged = new CountDownLatch(1);
		TestTarget neverToo = TestTarget.streaming("b",
				(attempt) -> Flux.<String>never().doOnSubscribe((subscription) -> hedged.countDown()));
		var subscriber = foreign(hedged(never, NO_RETRY, AT_ONCE), guard(neverToo, NO_RETRY))
			.stream("q", CallSpec.SCORED)
			.subscribe();
		assertThat(await(hedged)).isTrue();
		subscriber.dispose();
		assertNoMonitor("end a", "end b", "ended", "hook");
	}

	private static boolean await(CountDownLatch latch) {
		try {
			return latch.await(20, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private final class Inspector implements AnswerInspector<String> {

		@Override
		public @Nullable Failure judge(String answer) {
			called("inspector");
			return null;
		}

		@Override
		public boolean isOutput(String chunk) {
			called("inspector");
			return true;
		}

	}

	private final class Listener implements ChainListener, CallObserver {

		@Override
		public CallObserver callStarted(Call call) {
			called("started");
			return this;
		}

		@Override
		public void attemptStarted(Attempt attempt) {
			called("start " + attempt.target());
		}

		@Override
		public void attemptLeft(Attempt attempt) {
			called("left " + attempt.target());
		}

		@Override
		public void attemptEnded(Attempt attempt) {
			called("end " + attempt.target());
		}

		@Override
		public void targetSkipped(SkippedTarget skipped) {
			called("skip " + skipped.target());
		}

		@Override
		public void callEnded(Call call) {
			called("ended");
		}

	}

}
