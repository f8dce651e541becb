package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.support.ManualTime;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import reactor.core.publisher.Mono;

/**
 * Chains over targets that take their time, by a time that stands still until the test
 * moves it on.
 */
abstract class StandingTimeFixture extends ChainFixture {

	final ManualTime time = (ManualTime) this.runtime.time();

	/** How often a target has begun to take its time. */
	private final AtomicInteger begun = new AtomicInteger();

	private final ExecutorService callers = Executors.newCachedThreadPool();

	StandingTimeFixture() {
		super(ManualTime.standing());
	}

	@AfterEach
	void endCallers() {
		this.callers.shutdownNow();
	}

	/** A target takes so long. */
	Mono<Long> after(Duration duration) {
		return Mono.create((sink) -> {
			sink.onDispose(this.time.schedule(() -> sink.success(0L), duration, this.callers));
			begins();
		});
	}

	/** A target begins to take its time. */
	void begins() {
		this.begun.incrementAndGet();
	}

	/** Asks on a thread of its own. */
	Asked ask(Callable<String> call) {
		return new Asked(this.callers.submit(call));
	}

	/** A call under way. */
	final class Asked {

		private final Future<String> answer;

		private int waiting;

		Asked(Future<String> answer) {
			this.answer = answer;
		}

		/** Before the time moves on, so many threads wait by it. */
		Asked waiting(int threads) {
			this.waiting = threads;
			return this;
		}

		/**
		 * Moves on when targets have begun to take their time so often.
		 */
		Asked then(int beginnings, Duration duration) {
			Awaitility.await()
				.pollInterval(Duration.ofMillis(1))
				.atMost(LONG)
				.until(() -> StandingTimeFixture.this.begun.get() >= beginnings);
			StandingTimeFixture.this.time.awaitWaiting(this.waiting);
			StandingTimeFixture.this.time.advance(duration);
			return this;
		}

		/** Moves on little by little, over a backoff, until a target has begun again. */
		Asked backsOffUntil(int beginnings) {
			Awaitility.await().pollInterval(Duration.ofMillis(1)).atMost(LONG).until(() -> {
				StandingTimeFixture.this.time.advance(Duration.ofMillis(1));
				return StandingTimeFixture.this.begun.get() >= beginnings;
			});
			return this;
		}

		String answer() throws Exception {
			try {
				return this.answer.get(LONG.toSeconds(), TimeUnit.SECONDS);
			}
			catch (ExecutionException ex) {
				throw (ex.getCause() instanceof Exception cause) ? cause : ex;
			}
		}

	}

}
