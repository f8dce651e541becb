package io.github.agentresilience.scorecard.internal;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.TokenUsage;
import io.github.agentresilience.chain.internal.budget.Purpose;
import io.github.agentresilience.chain.internal.time.Time;
import org.jspecify.annotations.Nullable;

/**
 * What one target used in one chain: since the last reset, and in each hour of the last
 * day in which it used anything. An hour takes about 250 bytes, so all of them take less
 * than 8 KiB.
 */
final class SpendLedger {

	/** How many hours are kept, the present one included. */
	static final int HOURS = 24;

	private final Time time;

	private final ReentrantLock lock = new ReentrantLock();

	private final Deque<Hour> hours = new ArrayDeque<>();

	private SpendSums total = new SpendSums();

	/** {@code null} until something is used. */
	private @Nullable Hour current;

	/** When that is over, by the chain's clock. */
	private long endNanos;

	SpendLedger(Time time) {
		this.time = time;
	}

	void add(Attempt attempt, Purpose purpose) {
		TokenUsage usage = attempt.usage();
		if (usage != null) {
			used(purpose, usage, attempt.cost());
		}
		else if (Purpose.mayHaveUsedTokens(attempt)) {
			unknown(purpose, attempt.estimate(), attempt.estimatedCost());
		}
	}

	void used(Purpose purpose, TokenUsage usage, @Nullable Double cost) {
		this.lock.lock();
		try {
			this.total.used(purpose, usage, cost);
			hour().used(purpose, usage, cost);
		}
		finally {
			this.lock.unlock();
		}
	}

	void unknown(Purpose purpose, @Nullable TokenUsage estimate, @Nullable Double cost) {
		this.lock.lock();
		try {
			this.total.unknown(purpose, estimate, cost);
			hour().unknown(purpose, estimate, cost);
		}
		finally {
			this.lock.unlock();
		}
	}

	private SpendSums hour() {
		Hour now = this.current;
		if (now == null || this.time.nanos() - this.endNanos >= 0) {
			now = next(now);
			this.current = now;
		}
		return now.sums;
	}

	/** A clock that was set back goes on in the hour that it had come to. */
	private Hour next(@Nullable Hour last) {
		Instant now = this.time.now();
		Instant at = now.truncatedTo(ChronoUnit.HOURS);
		this.endNanos = this.time.nanos() + Duration.between(now, at.plus(1, ChronoUnit.HOURS)).toNanos();
		if (last != null && !last.at.isBefore(at)) {
			return last;
		}
		Hour next = new Hour(at, new SpendSums());
		this.hours.addLast(next);
		Instant oldest = at.minus(HOURS - 1, ChronoUnit.HOURS);
		while (this.hours.getFirst().at.isBefore(oldest)) {
			this.hours.removeFirst();
		}
		return next;
	}

	Spending total() {
		this.lock.lock();
		try {
			return this.total.spending();
		}
		finally {
			this.lock.unlock();
		}
	}

	/** The hours since then in which anything was used, the oldest first. */
	Map<Instant, Spending> hours(Instant since) {
		this.lock.lock();
		try {
			Map<Instant, Spending> used = new TreeMap<>();
			for (Hour hour : this.hours) {
				if (!hour.at.isBefore(since)) {
					used.put(hour.at, hour.sums.spending());
				}
			}
			return used;
		}
		finally {
			this.lock.unlock();
		}
	}

	void reset() {
		this.lock.lock();
		try {
			this.total = new SpendSums();
			this.hours.clear();
			this.current = null;
		}
		finally {
			this.lock.unlock();
		}
	}

	private record Hour(Instant at, SpendSums sums) {
	}

}
