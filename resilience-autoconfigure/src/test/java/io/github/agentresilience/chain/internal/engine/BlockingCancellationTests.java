package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Targets whose exchanges block whoever cancels them, as a client does which closes an
 * answer that it is reading: it waits for the answer's next byte.
 */
class BlockingCancellationTests extends ChainFixture {

	private static final Duration TIMEOUT = Duration.ofMillis(100);

	private final CountDownLatch cancelling = new CountDownLatch(1);

	private final CountDownLatch cancelled = new CountDownLatch(1);

	private final ExecutorService callers = Executors.newCachedThreadPool();

	@AfterEach
	void letGo() {
		this.cancelled.countDown();
		this.callers.shutdownNow();
	}

	private void block() {
		this.cancelling.countDown();
		try {
			this.cancelled.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private Flux<String> silent() {
		return Flux.<String>never().doOnCancel(this::block);
	}

	private static GuardedTarget<String, String> quick(TestTarget target) {
		return guard(target, retry(1, Duration.ZERO, Duration.ZERO), TimeoutPolicy.of(TIMEOUT), BREAKER);
	}

	private static String answer(Flux<String> stream) {
		return stream.collectList().map((chunks) -> String.join("", chunks)).block(LONG);
	}

	@Test
	void aStreamThatTimesOutIsLeftForTheNextTarget() throws InterruptedException {
		TestTarget second = TestTarget.answering("second", "answer");
		TargetChain<String, String> chain = chain(policy(LONG),
				quick(TestTarget.streaming("first", (attempt) -> silent())), quick(second));
		assertThat(answer(chain.stream("?", CallSpec.SCORED))).isEqualTo("answer");
		assertThat(this.cancelling.await(10, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void aStreamThatStopsInTheMiddleFails() {
		TargetChain<String, String> chain = chain(policy(LONG),
				quick(TestTarget.streaming("first", (attempt) -> Flux.concat(Flux.just("half an answer"), silent()))));
		StringBuilder text = new StringBuilder();
		assertThatExceptionOfType(RuntimeException.class)
			.isThrownBy(() -> chain.stream("?", CallSpec.SCORED).doOnNext(text::append).blockLast(LONG));
		assertThat(text).hasToString("half an answer");
	}

	@Test
	void aStreamEndsByItsDeadline() {
		TargetChain<String, String> chain = chain(policy(TIMEOUT),
				guard(TestTarget.streaming("only", (attempt) -> silent()), retry(1, Duration.ZERO, Duration.ZERO)));
		assertThatExceptionOfType(ChainExhaustedException.class)
			.isThrownBy(() -> answer(chain.stream("?", CallSpec.SCORED)));
	}

	@Test
	void aHedgeThatWinsDoesNotWaitForTheOther() {
		TargetChain<String, String> chain = chain(
				policy(LONG), hedged(TestTarget.streaming("first", (attempt) -> silent()),
						retry(1, Duration.ZERO, Duration.ZERO), Duration.ofMillis(20)),
				quick(TestTarget.answering("second", "answer")));
		assertThat(answer(chain.stream("?", CallSpec.SCORED))).isEqualTo("answer");
	}

	@Test
	void aSubscriberThatGoesAwayIsNotHeldUp() throws Exception {
		CountDownLatch asked = new CountDownLatch(1);
		TargetChain<String, String> chain = chain(policy(LONG),
				guard(TestTarget.streaming("only", (attempt) -> silent().doOnSubscribe((any) -> asked.countDown())),
						retry(1, Duration.ZERO, Duration.ZERO)));
		Disposable subscriber = chain.stream("?", CallSpec.SCORED).subscribe();
		assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
		CompletableFuture.runAsync(subscriber::dispose, this.callers).get(20, TimeUnit.SECONDS);
		assertThat(this.cancelling.await(20, TimeUnit.SECONDS)).isTrue();
	}

	@ParameterizedTest
	@EnumSource
	void otherCallsHaveTheirTimeouts(Hook hook) throws Exception {
		TargetChain<String, String> blocking = chain(policy(LONG), quick(TestTarget.calling("first", (attempt) -> {
			hook.way.accept(attempt, this::block);
			this.cancelled.await();
			return "late";
		})), quick(TestTarget.answering("second", "answer")));
		TargetChain<String, String> other = chain(policy(LONG),
				quick(TestTarget.of("first", (attempt) -> Mono.never())),
				quick(TestTarget.answering("second", "answer")));
		CompletableFuture.runAsync(() -> blocking.call("?", CallSpec.SCORED), this.callers);
		assertThat(this.cancelling.await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(CompletableFuture.supplyAsync(() -> other.call("?", CallSpec.SCORED), this.callers)
			.get(20, TimeUnit.SECONDS)).isEqualTo("answer");
	}

	/** How a target says what cancels its exchange. */
	enum Hook {

		/** Whatever else stops it. */
		ON_CANCEL(Exchange::onCancel),
		/** Its thread is interrupted too. */
		INTERRUPT(Exchange::interruptOnCancel);

		private final BiConsumer<Exchange, Runnable> way;

		Hook(BiConsumer<Exchange, Runnable> way) {
			this.way = way;
		}

	}

}
