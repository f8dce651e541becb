package io.github.agentresilience.fleet.internal;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.internal.limit.Limits;
import io.github.agentresilience.chain.internal.time.Nanos;
import io.github.agentresilience.chain.internal.time.Time;
import org.jspecify.annotations.Nullable;

/**
 * Limits that the instances of a fleet keep together. While the store answers in time,
 * each attempt takes of a bucket there; else each instance keeps to its share. When the
 * store turns slow, the attempts under way wait for it; from then on it is asked in the
 * background until it answers in time again.
 */
final class FleetLimits {

	private static final long MOST_PROBE_NANOS = TimeUnit.SECONDS.toNanos(5);

	private final @Nullable FleetBuckets buckets;

	private final long timeoutNanos;

	private final FleetStatus status;

	private final Time time;

	private final Executor threads;

	private final List<FleetRate> rates = new CopyOnWriteArrayList<>();

	/** When the buckets were asked in the background; only the fleet's worker asks. */
	private long probedAt;

	private volatile boolean probing;

	/** Whether the buckets answered in time when they were last asked. */
	private volatile boolean inTime = true;

	/**
	 * Limits of a fleet.
	 * @param buckets the common ones, {@code null} where there is no place for them
	 * @param timeout how long the thread of a call waits for a bucket at most
	 * @param threads run what may take its time
	 */
	FleetLimits(@Nullable FleetBuckets buckets, Duration timeout, FleetStatus status, Time time, Executor threads) {
		this.buckets = buckets;
		this.timeoutNanos = Nanos.of(timeout);
		this.status = status;
		this.time = time;
		this.threads = threads;
	}

	/** Has instances keep the limits of a target together. */
	void share(String target, Limits limits) {
		limits.share((of, perMinute, more) -> {
			FleetRate rate = new FleetRate(this,
					(this.buckets != null) ? this.buckets.bucket(target + "/" + of + "/" + perMinute, perMinute) : null,
					perMinute, more);
			this.rates.add(rate);
			this.status.sharesLimits(this.buckets != null);
			return rate;
		});
	}

	/** Whether the buckets can be asked. */
	boolean isUsable() {
		return this.inTime && this.buckets != null && this.status.isConnected();
	}

	Time time() {
		return this.time;
	}

	Executor threads() {
		return this.threads;
	}

	long timeoutNanos() {
		return this.timeoutNanos;
	}

	/** Among how many a limit is divided. */
	int instances() {
		return Math.max(1, this.status.instances());
	}

	/** Something came from a bucket that cannot be. */
	void notBelieved() {
		this.status.ignore("value");
		failed(new IllegalStateException("value"));
	}

	/** A bucket did not answer, not in time, or with an error. */
	void failed(Throwable why) {
		this.inTime = false;
		this.status.limitsAlone(why);
	}

	/** An attempt was counted by the share of this instance. */
	void byShare() {
		this.status.byShare();
	}

	/** Looks after the buckets. On the fleet's worker, every second. */
	void look() {
		if (this.rates.isEmpty() || this.buckets == null || !this.status.isConnected()) {
			return;
		}
		if (this.inTime) {
			this.rates.forEach(FleetRate::refresh);
		}
		else {
			probe(this.rates.get(0));
		}
	}

	private void probe(FleetRate rate) {
		long asked = this.time.nanos();
		// There may never be an answer
		if (this.probing && asked - this.probedAt < MOST_PROBE_NANOS) {
			return;
		}
		this.probing = true;
		this.probedAt = asked;
		CompletableFuture<Boolean> answer = rate.ask();
		answer.whenComplete((believed, ex) -> {
			this.probing = false;
			if (ex != null) {
				failed(ex);
			}
			else if (believed && this.time.nanos() - asked <= this.timeoutNanos) {
				this.inTime = true;
				this.status.limitsTogether();
			}
		});
	}

}
