package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.support.ManualTime;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is read of the clock for a call that needs nothing, and what of that it is told to
 * have taken.
 */
class CallTimesTests extends ChainFixture {

	private final CountedTime time = (CountedTime) this.runtime.time();

	CallTimesTests() {
		super(new CountedTime());
	}

	@Test
	void aCallThatIsAnsweredAtOnceReadsTheClockFiveTimes() {
		TargetChain<String, String> chain = chain(policy(Duration.ofSeconds(120)),
				guard(TestTarget.answering("a", "fine"), retry(2, Duration.ZERO, Duration.ZERO)));
		chain.call("q", CallSpec.SCORED);
		this.time.readings = 0;
		chain.call("q", CallSpec.SCORED);
		// When it begins, is planned, asks its target, arms its timeout and is answered
		assertThat(this.time.readings).isEqualTo(5);
	}

	@Test
	void howLongObserversTakeIsNoPartOfACall() {
		List<Attempt> ended = new ArrayList<>();
		this.whenEnded = (attempt) -> {
			ended.add(attempt);
			this.time.manual.advance(Duration.ofSeconds(3));
		};
		chain(policy(LONG), guard(TestTarget.calling("a", (attempt) -> {
			this.time.manual.advance(Duration.ofSeconds(2));
			return "fine";
		}), retry(1, Duration.ZERO, Duration.ZERO))).call("q", CallSpec.SCORED);
		assertThat(ended).singleElement().satisfies((attempt) -> {
			assertThat(Duration.ofNanos(attempt.durationNanos())).hasSeconds(2);
			assertThat(Duration.ofNanos(attempt.call().durationNanos())).hasSeconds(2);
		});
	}

	@Test
	void aDeadlineThatIsNearIsLookedAtAgain() {
		List<Attempt> ended = new ArrayList<>();
		this.whenEnded = ended::add;
		TestTarget a = TestTarget.answering("a", "fine");
		Duration deadline = Duration.ofSeconds(2);
		CallSpec counting = CallSpec.SCORED.among((position) -> {
			// Such as the tokens of a long prompt
			this.time.manual.advance(Duration.ofMillis(500));
			return null;
		});
		chain(policy(deadline), guard(a, retry(1, Duration.ZERO, Duration.ZERO))).call("q", counting);
		assertThat(ended).singleElement()
			.satisfies((attempt) -> assertThat(Duration.ofNanos(attempt.timeoutNanos()))
				.isEqualTo(Duration.ofMillis(1500)));
	}

	/** Counts how often the test's own thread reads a clock that stands still. */
	private static final class CountedTime extends Time {

		private final ManualTime manual = ManualTime.standing();

		private final Thread counted = Thread.currentThread();

		private int readings;

		@Override
		public long nanos() {
			if (Thread.currentThread() == this.counted) {
				this.readings++;
			}
			return this.manual.nanos();
		}

		@Override
		public Instant now() {
			return this.manual.now();
		}

		@Override
		public void sleep(long nanos) throws InterruptedException {
			this.manual.sleep(nanos);
		}

		@Override
		public <T> T await(Future<T> result, long nanos)
				throws InterruptedException, ExecutionException, TimeoutException {
			return this.manual.await(result, nanos);
		}

		@Override
		public Disposable schedule(Runnable task, long nanos, Executor executor) {
			return this.manual.schedule(task, nanos, executor);
		}

		@Override
		public void close() {
			this.manual.close();
		}

	}

}
