package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.RetryPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.agentresilience.chain.internal.time.AttemptTimer;
import io.github.agentresilience.chain.internal.time.TimedEntry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.util.context.Context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What is not the chain's own may throw anything at any time, and costs a call its own
 * part at most.
 */
class ThrowingForeignCodeTests extends ChainFixture {

	private static final RetryPolicy NO_RETRY = retry(1, Duration.ZERO, Duration.ZERO);

	private static final TimeoutPolicy SHORT = TimeoutPolicy.of(Duration.ofMillis(40));

	private static final CallSpec STRICT = new CallSpec(true, null, Duration.ofMillis(40), false, false, () -> true);

	private final GuardedTarget<String, String> b = guard(TestTarget.answering("b", "from b"), NO_RETRY);

	private static Throwable thrown(String kind) {
		return switch (kind) {
			case "error" -> new StackOverflowError();
			case "assertion" -> new AssertionError("no");
			default -> new IllegalStateException("no");
		};
	}

	@SuppressWarnings("unchecked")
	private static <T extends Throwable> RuntimeException sneaky(Throwable thrown) throws T {
		throw (T) thrown;
	}

	/** Silent until it is cancelled by a hook that throws once it has stopped it. */
	private TestTarget silent(String kind) {
		return TestTarget.calling("a", (attempt) -> {
			CountDownLatch stopped = new CountDownLatch(1);
			attempt.onCancel(() -> {
				stopped.countDown();
				throw ThrowingForeignCodeTests.<RuntimeException>sneaky(thrown(kind));
			});
			stopped.await(20, TimeUnit.SECONDS);
			throw new IllegalStateException("stopped");
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "runtime", "error", "assertion" })
	void aHookThatThrowsCostsNoTimeoutOfOtherCalls(String kind) {
		GuardedTarget<String, String> a = guard(silent(kind), NO_RETRY, SHORT, BREAKER);
		for (int i = 0; i < 2; i++) {
			// The second one needs the timer's thread too
			assertThat(chain(policy(LONG), a, this.b).call("q", STRICT)).isEqualTo("from b");
		}
		assertThat(this.events).filteredOn("end a FAILURE"::equals).hasSize(2);
	}

	@ParameterizedTest
	@ValueSource(strings = { "runtime", "error", "assertion" })
	void aHookThatThrowsDoesNotReachTheAttemptThatWon(String kind) {
		GuardedTarget<String, String> slow = hedged(silent(kind), NO_RETRY, Duration.ofMillis(1));
		assertThat(chain(policy(LONG), slow, this.b).call("q", CallSpec.SCORED)).isEqualTo("from b");
		assertThat(this.events).endsWith("ANSWERED by b");
	}

	@ParameterizedTest
	@ValueSource(strings = { "runtime", "error", "assertion" })
	void theTimerGoesOnAfterAnEntryThatThrows(String kind) throws Exception {
		CountDownLatch expired = new CountDownLatch(1);
		this.runtime.timer().arm(new Entry(() -> {
			throw ThrowingForeignCodeTests.<RuntimeException>sneaky(thrown(kind));
		}), 1, Thread.currentThread());
		this.runtime.timer().arm(new Entry(expired::countDown), Duration.ofMillis(50).toNanos(), null);
		assertThat(expired.await(20, TimeUnit.SECONDS)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aListenerThatThrowsCostsNothing(boolean stream) {
		CallObserver observer = new CallObserver() {
			@Override
			public void attemptStarted(Attempt attempt) {
				throw new IllegalStateException("no");
			}

			@Override
			public void attemptLeft(Attempt attempt) {
				throw new AssertionError("no");
			}

			@Override
			public void attemptEnded(Attempt attempt) {
				throw new StackOverflowError();
			}

			@Override
			public void callEnded(Call call) {
				throw new IllegalStateException("no");
			}

			@Override
			public void callLeft() {
				throw new IllegalStateException("no");
			}

			@Override
			public Context contextFor(Attempt attempt, Context context) {
				throw new IllegalStateException("no");
			}
		};
		assertThat(ask(stream, foreign(ChainFixture.down(), null, List.of((call) -> observer, (call) -> {
			throw new IllegalStateException("no");
		})))).isEqualTo("from b");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aClassifierThatThrowsOrSaysNothingSendsTheCallOn(boolean stream) {
		assertThat(ask(stream, foreign(null, null, List.of()))).isEqualTo("from b");
		assertThat(ask(stream, foreign(null, () -> new StackOverflowError(), List.of()))).isEqualTo("from b");
	}

	@Test
	void whereAClassifierThrowsOrSaysNothingTheStandardOneIsAsked() {
		Failure refusal = Failure.caller(400, "refused", new IllegalStateException());
		FailureClassifier standard = (failure) -> refusal;
		IllegalStateException down = new IllegalStateException("down");
		for (String kind : List.of("error", "assertion", "runtime")) {
			assertThat(ForeignCode.classifier((failure) -> {
				throw ThrowingForeignCodeTests.<RuntimeException>sneaky(thrown(kind));
			}, standard).classify(down)).isSameAs(refusal);
		}
		assertThat(ForeignCode.classifier((failure) -> null, standard).classify(down)).isSameAs(refusal);
		assertThat(ForeignCode.classifier((failure) -> null, (failure) -> null).classify(down).kind())
			.isEqualTo(FailureKind.TRANSIENT);
		assertThat(ForeignCode.classifier(standard, standard).classify(down)).isSameAs(refusal);
	}

	/**
	 * From then on no caller waits for that target on a thread that could not leave it
	 * behind.
	 */
	@Test
	void aHookThatThrowsBeforeItHasStoppedItsExchangeCostsNoCallItsTimeout() {
		CountDownLatch never = new CountDownLatch(1);
		GuardedTarget<String, String> a = guard(TestTarget.calling("a", (attempt) -> {
			attempt.onCancel(() -> {
				throw new IllegalStateException("no");
			});
			if (attempt.attempt().ordinal() == 1) {
				never.await(60, TimeUnit.SECONDS);
			}
			return "from a";
		}), NO_RETRY, SHORT, BREAKER);
		assertThat(a.isCancellable()).isTrue();
		assertThat(chain(policy(LONG), a, this.b).call("q", STRICT)).isEqualTo("from b");
		assertThat(Thread.currentThread().isInterrupted()).isFalse();
		assertThat(a.isCancellable()).isFalse();
		assertThat(chain(policy(LONG), a, this.b).call("q", STRICT)).isEqualTo("from b");
		never.countDown();
		assertThat(chain(policy(LONG), a, this.b).call("q", CallSpec.SCORED)).isEqualTo("from a");
	}

	@Test
	void aPermitComesBackThoughTheClassifierThrows() {
		GuardedTarget<String, String> a = guard(TestTarget.broken("a"), NO_RETRY);
		a.breaker().transitionToOpenState();
		a.breaker().transitionToHalfOpenState();
		TargetChain<String, String> chain = foreign(a, null, () -> new IllegalStateException("no"), List.of());
		assertThatThrownBy(() -> chain.call("q", CallSpec.SCORED)).isInstanceOf(ChainExhaustedException.class);
		assertThat(
				a.breaker().getMetrics().getNumberOfFailedCalls() + a.breaker().getMetrics().getNumberOfBufferedCalls())
			.isPositive();
	}

	private static String ask(boolean stream, TargetChain<String, String> chain) {
		return stream ? chain.stream("q", CallSpec.SCORED).blockLast(LONG) : chain.call("q", CallSpec.SCORED);
	}

	private TargetChain<String, String> foreign(@Nullable Failure says, @Nullable Supplier<Throwable> thrown,
			List<ChainListener> listeners) {
		return new TargetChain<>(services(says, thrown, listeners), "test",
				List.of(guard(TestTarget.broken("a"), NO_RETRY), this.b), policy(LONG));
	}

	private TargetChain<String, String> foreign(GuardedTarget<String, String> only, @Nullable Failure says,
			@Nullable Supplier<Throwable> thrown, List<ChainListener> listeners) {
		return new TargetChain<>(services(says, thrown, listeners), "test", List.of(only), policy(LONG));
	}

	/**
	 * An inspector that throws at every look, and a classifier that says this, or throws
	 * that.
	 */
	private ChainServices<String> services(@Nullable Failure says, @Nullable Supplier<Throwable> thrown,
			List<ChainListener> listeners) {
		return new ChainServices<>(Layer.LLM, this.runtime, (failure) -> {
			if (thrown != null) {
				throw ThrowingForeignCodeTests.<RuntimeException>sneaky(thrown.get());
			}
			return says;
		}, new AnswerInspector<>() {
			@Override
			public Failure judge(String answer) {
				throw new IllegalStateException("no");
			}

			@Override
			public boolean isOutput(String chunk) {
				throw new AssertionError("no");
			}

			@Override
			public String textOf(String chunk) {
				throw new IllegalStateException("no");
			}
		}, this.budget, listeners);
	}

	private static final class Entry extends TimedEntry {

		private final Runnable task;

		Entry(Runnable task) {
			this.task = task;
		}

		@Override
		public void expired(AttemptTimer timer) {
			this.task.run();
		}

		@Override
		public void waitingThreadInterrupted() {
			this.task.run();
		}

	}

}
