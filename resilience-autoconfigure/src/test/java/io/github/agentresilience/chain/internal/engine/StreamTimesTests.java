package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.RetryPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Which time of a stream was over, whose fault that is, and what a slow subscriber has to
 * do with it.
 */
class StreamTimesTests extends StandingTimeFixture {

	private static final RetryPolicy NO_RETRY = retry(1, Duration.ZERO, Duration.ZERO);

	private static GuardedTarget<String, String> guard(Flux<String> stream, Duration firstChunk, Duration idle) {
		return guard(TestTarget.streaming("a", (attempt) -> stream), NO_RETRY,
				new TimeoutPolicy(LONG, firstChunk, idle), BREAKER);
	}

	/** A stream of which nothing more comes. */
	private Flux<String> silent() {
		return Flux.<String>never().doOnSubscribe((never) -> begins());
	}

	private Asked ask(Duration deadline, GuardedTarget<String, String> target, Duration wait) {
		TargetChain<String, String> chain = chain(policy(deadline), target);
		return ask(() -> chain.stream("q", CallSpec.SCORED).blockLast()).then(1, wait);
	}

	private StreamInterruptedException interrupted(Duration deadline, GuardedTarget<String, String> target,
			Duration wait) {
		return catchThrowableOfType(StreamInterruptedException.class, ask(deadline, target, wait)::answer);
	}

	@Test
	void aDeadlineThatCutsAStreamUnderWayIsNoFaultOfItsTarget() {
		Flux<String> flowing = after(Duration.ofMillis(5)).map((tick) -> "x").repeat();
		GuardedTarget<String, String> target = guard(flowing, Duration.ofSeconds(15), Duration.ofSeconds(15));
		StreamInterruptedException thrown = interrupted(Duration.ofMillis(800), target, Duration.ofMillis(801));
		assertThat(thrown).hasMessageContaining("deadline").hasMessageNotContaining("15000");
		assertThat(thrown.textSoFar()).isNotEmpty();
		assertThat(target.breaker().getMetrics().getNumberOfBufferedCalls()).isZero();
	}

	@Test
	void aSilenceBetweenTwoChunksIsToldByItsOwnTime() {
		GuardedTarget<String, String> target = guard(Flux.just("x").concatWith(silent()), Duration.ofSeconds(15),
				Duration.ofMillis(300));
		StreamInterruptedException thrown = interrupted(LONG, target, Duration.ofMillis(301));
		assertThat(thrown).hasMessageContaining("Nothing more from 'a' for 300 ms");
		assertThat(thrown.kind()).isEqualTo(FailureKind.SILENT);
		assertThat(target.breaker().getMetrics().getNumberOfSlowFailedCalls()).isEqualTo(1);
	}

	@Test
	void aStreamThatDoesNotBeginIsToldByTheTimeToItsFirstChunk() {
		GuardedTarget<String, String> target = guard(silent(), Duration.ofMillis(300), Duration.ofSeconds(15));
		GuardedTarget<String, String> broken = guard(TestTarget.broken("b"), NO_RETRY);
		List<String> messages = new CopyOnWriteArrayList<>();
		this.whenEnded = (attempt) -> messages.add(attempt.failure().message());
		TargetChain<String, String> chain = chain(policy(LONG), target, broken);
		catchThrowableOfType(ChainExhaustedException.class,
				ask(() -> chain.stream("q", CallSpec.SCORED).blockLast()).then(1, Duration.ofMillis(301))::answer);
		assertThat(messages).containsExactly("No answer from 'a' within 300 ms", "down");
		assertThat(target.breaker().getMetrics().getNumberOfSlowFailedCalls()).isEqualTo(1);
	}

	@Test
	void aSubscriberThatAsksForNothingHoldsNoPermissionAndGetsAllLater() {
		GuardedTarget<String, String> target = guard(Flux.range(0, 2000).map(String::valueOf), LONG,
				Duration.ofMillis(300));
		target.breaker().transitionToOpenState();
		target.breaker().transitionToHalfOpenState();
		Reader reader = new Reader();
		chain(policy(LONG), target).stream("q", CallSpec.SCORED).subscribe(reader);
		Awaitility.await().until(() -> this.events.contains("ANSWERED by a"));
		assertThat(target.breaker().getMetrics().getNumberOfSuccessfulCalls()).isEqualTo(1);
		assertThat(reader.heard).isEmpty();
		reader.request(3);
		assertThat(reader.heard).containsExactly("0", "1", "2");
		reader.request(1);
		assertThat(reader.heard).hasSize(4);
		reader.request(Long.MAX_VALUE);
		Awaitility.await().until(reader::isDisposed);
		assertThat(reader.heard).containsExactlyElementsOf(Flux.range(0, 2000).map(String::valueOf).toIterable());
	}

	@Test
	void aSlowSubscriberHearsAllThatWasSaidBeforeTheBreak() {
		GuardedTarget<String, String> target = guard(
				Flux.just("a", "b", "c").concatWith(Flux.error(new IllegalStateException("cut"))), LONG, LONG);
		Reader reader = new Reader();
		chain(policy(LONG), target).stream("q", CallSpec.SCORED).subscribe(reader);
		reader.request(2);
		assertThat(reader.failure).isNull();
		reader.request(2);
		assertThat(reader.heard).containsExactly("a", "b", "c");
		assertThat(reader.failure).isInstanceOfSatisfying(StreamInterruptedException.class,
				(thrown) -> assertThat(thrown.textSoFar()).isEqualTo("abc"));
	}

	@Test
	void aSubscriberThatAsksForOneByOneIsFallenBackForLikeAnyOther() {
		TargetChain<String, String> chain = chain(policy(LONG), guard(TestTarget.broken("a"), NO_RETRY),
				guard(TestTarget.streaming("b", (attempt) -> Flux.just("x", "y")), NO_RETRY));
		Reader reader = new Reader();
		chain.stream("q", CallSpec.SCORED).subscribe(reader);
		assertThat(reader.heard).isEmpty();
		reader.request(1);
		assertThat(reader.heard).containsExactly("x");
		reader.request(1);
		assertThat(reader.heard).containsExactly("x", "y");
		assertThat(reader.isDisposed()).isTrue();
	}

	/** Asks for nothing by itself. */
	private static final class Reader extends BaseSubscriber<String> {

		private final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();

		private volatile Throwable failure;

		@Override
		protected void hookOnSubscribe(Subscription subscription) {
			// The test asks
		}

		@Override
		protected void hookOnNext(String chunk) {
			this.heard.add(chunk);
		}

		@Override
		protected void hookOnError(Throwable thrown) {
			this.failure = thrown;
		}

	}

}
