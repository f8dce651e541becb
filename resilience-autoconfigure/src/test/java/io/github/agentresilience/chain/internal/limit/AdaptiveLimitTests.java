package io.github.agentresilience.chain.internal.limit;

import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The limit finds how many attempts a server takes at once, and follows it. The server is
 * simulated, with as many callers as may be.
 */
class AdaptiveLimitTests {

	private static final long MILLISECOND = 1_000_000;

	private static final long SECOND = 1_000 * MILLISECOND;

	private final AdaptiveLimit limit = new AdaptiveLimit();

	private final Server server = new Server(this.limit);

	/** Within a fifth, or one of those that are few. */
	private static void isNear(double mean, int capacity) {
		double most = Math.max(1, capacity * 0.2);
		assertThat(mean).isBetween(Math.max(1, capacity - most), capacity + most);
	}

	@ParameterizedTest
	@CsvSource({ "12, 0, false", "12, 0.005, false", "12, 0.05, false", "12, 0.5, false", "12, 0.05, true",
			"12, 0.5, true", "6, 0.05, false", "6, 0.05, true", "3, 0.05, false", "3, 0.05, true", "40, 0.05, false",
			"40, 0.05, true" })
	void itFindsWhatAServerTakesAndFollowsIt(int capacity, double spread, boolean refuses) {
		this.server.refuses = refuses;
		this.server.spread = spread;
		this.server.capacity = capacity;
		assertThat(this.server.meanLimitAfter(30)).satisfies((mean) -> isNear(mean, capacity));
		this.server.capacity = capacity / 2;
		assertThat(this.server.meanLimitAfter(30)).satisfies((mean) -> isNear(mean, capacity / 2));
		this.server.capacity = capacity;
		assertThat(this.server.meanLimitAfter(60)).satisfies((mean) -> isNear(mean, capacity));
	}

	@Test
	void fewAreRefusedOnceItHasFoundIt() {
		this.server.refuses = true;
		this.server.meanLimitAfter(10);
		this.server.ended = 0;
		this.server.refused = 0;
		this.server.meanLimitAfter(60);
		assertThat((double) this.server.refused / this.server.ended).isLessThan(0.02);
	}

	@ParameterizedTest
	@ValueSource(doubles = { 0.5, 1 })
	void answersThatDifferMuchAreNotTakenForOverload(double spread) {
		this.server.capacity = 1_000;
		this.server.spread = spread;
		this.server.meanLimitAfter(60);
		assertThat(this.limit.get()).isGreaterThan(40);
	}

	@Test
	void aBrownoutTakesItDownAndItComesBack() {
		assertThat(this.server.meanLimitAfter(30)).isBetween(9.6, 14.4);
		this.server.service = 2 * SECOND;
		this.server.run(10);
		assertThat(this.limit.get()).isLessThanOrEqualTo(7);
		this.server.service = 50 * MILLISECOND;
		assertThat(this.server.meanLimitAfter(60)).isBetween(9.6, 14.4);
	}

	/** Where it is the first token that waits, which is but a part of the time. */
	@ParameterizedTest
	@ValueSource(ints = { 12, 40 })
	void itFindsHowManyStreamsAServerTakes(int capacity) {
		this.server.capacity = capacity;
		this.server.streaming = 200 * MILLISECOND;
		assertThat(this.server.meanLimitAfter(30)).satisfies((mean) -> isNear(mean, capacity));
		this.server.capacity = capacity / 2;
		assertThat(this.server.meanLimitAfter(30)).satisfies((mean) -> isNear(mean, capacity / 2));
	}

	@Test
	void itIsNeverLessThanOneAndOneIsEnoughToComeBack() {
		this.server.refuses = true;
		this.server.capacity = 0;
		this.server.run(5);
		assertThat(this.limit.get()).isEqualTo(1);
		this.server.capacity = 12;
		assertThat(this.server.meanLimitAfter(60)).isBetween(9.6, 14.4);
	}

	@Test
	void oneThatIsNotReachedStaysAsItIs() {
		int before = this.limit.get();
		for (int i = 0; i < 1_000; i++) {
			this.limit.answered(i * SECOND, 50 * MILLISECOND, 50 * MILLISECOND, 2);
		}
		assertThat(this.limit.get()).isEqualTo(before);
	}

	/** Works at so many at once; further ones wait, or are refused. */
	private static final class Server {

		private final Random random = new Random(42);

		private final AdaptiveLimit limit;

		private final PriorityQueue<long[]> events = new PriorityQueue<>(
				(one, other) -> Long.compare(one[0], other[0]));

		private final Queue<long[]> waiting = new ArrayDeque<>();

		private int capacity = 12;

		private boolean refuses;

		private long service = 50 * MILLISECOND;

		private double spread = 0.05;

		/** How long the rest of an answer takes after its beginning. */
		private long streaming;

		private long now;

		private int working;

		private int inFlight;

		private int ended;

		private int refused;

		Server(AdaptiveLimit limit) {
			this.limit = limit;
		}

		/** The mean of the limit in the last third. */
		double meanLimitAfter(int seconds) {
			run(seconds * 2 / 3);
			double sum = 0;
			int samples = seconds * 100 / 3;
			for (int i = 0; i < samples; i++) {
				runUntil(this.now + SECOND / 100);
				sum += this.limit.get();
			}
			return sum / samples;
		}

		void run(int seconds) {
			runUntil(this.now + seconds * SECOND);
		}

		private void runUntil(long end) {
			arrive();
			while (!this.events.isEmpty() && this.events.peek()[0] <= end) {
				long[] event = this.events.poll();
				this.now = event[0];
				boolean refusal = event[2] == 1;
				this.inFlight--;
				this.ended++;
				if (refusal) {
					this.limit.refused(event[1], this.now, (int) event[3]);
					this.refused++;
				}
				else {
					this.limit.answered(event[1], event[4], this.now - event[1], (int) event[3]);
					this.working--;
					if (!this.waiting.isEmpty() && this.working < this.capacity) {
						begin(this.waiting.poll());
					}
				}
				arrive();
			}
			this.now = end;
		}

		private void arrive() {
			while (this.inFlight < this.limit.get()) {
				this.inFlight++;
				long[] arrived = { this.now, this.inFlight };
				if (this.working < this.capacity) {
					begin(arrived);
				}
				else if (this.refuses) {
					this.events.add(new long[] { this.now + 5 * MILLISECOND, this.now, 1, this.inFlight, 0 });
				}
				else {
					this.waiting.add(arrived);
				}
			}
		}

		private void begin(long[] arrived) {
			this.working++;
			long first = this.now + (long) (this.service * Math.exp(this.random.nextGaussian() * this.spread));
			long end = first + (long) (this.streaming * (0.5 + this.random.nextDouble()));
			this.events.add(new long[] { end, arrived[0], 0, arrived[1], first - arrived[0] });
		}

	}

}
