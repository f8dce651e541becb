package io.github.agentresilience.fleet.internal;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.github.agentresilience.chain.internal.limit.Rate;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.distributed.AsyncBucketProxy;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * A rate that all instances of a fleet take from. What was heard last of the common
 * bucket tells how long to wait for more without asking again.
 */
final class FleetRate extends Rate {

	private static final double MINUTE = TimeUnit.MINUTES.toNanos(1);

	/** When others may have given back what was not there. */
	private static final long STALE_NANOS = TimeUnit.SECONDS.toNanos(1);

	/** Whoever waits looks again then for what was asked for. */
	private static final long PREPARING_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

	/** A debt that could not be paid off in an hour is nobody's. */
	private static final long MOST_DEBT_MINUTES = 60;

	private final FleetLimits limits;

	private final @Nullable AsyncBucketProxy bucket;

	private final Runnable more;

	private volatile Known known;

	/** Whether somebody was refused since the bucket was last looked after. */
	private volatile boolean wanted;

	/** What this instance keeps to by itself, only while it does. */
	private volatile @Nullable Rate share;

	/** For those who wait in line. */
	private final PreparedUnits prepared = new PreparedUnits();

	/**
	 * A rate.
	 * @param bucket the common one, {@code null} where each instance keeps to its share
	 * @param more is run when there may be more than was known
	 */
	FleetRate(FleetLimits limits, @Nullable AsyncBucketProxy bucket, long perMinute, Runnable more) {
		super(perMinute);
		this.limits = limits;
		this.bucket = bucket;
		this.more = more;
		this.known = new Known(perMinute, limits.time().nanos());
	}

	@Override
	public boolean tryTake(long units, boolean mayWait) {
		AsyncBucketProxy common = common();
		if (common == null) {
			return byShare(units);
		}
		long atOnce = atOnce(units);
		if (atOnce > 0 && isUsedUp(atOnce)) {
			this.wanted = true;
			return false;
		}
		if (atOnce <= 0) {
			return true;
		}
		if (!mayWait) {
			return takePrepared(common, atOnce, units);
		}
		if (Schedulers.isInNonBlockingThread()) {
			// Others than this call would wait: it is taken first and told then
			takeMore(units);
			return true;
		}
		return await(common, atOnce, units);
	}

	/** As far as is known; what was heard a while ago is asked again. */
	private boolean isUsedUp(long atOnce) {
		Known heard = this.known;
		long now = this.limits.time().nanos();
		return heard.left(now) < atOnce && now - heard.at < STALE_NANOS;
	}

	private boolean await(AsyncBucketProxy common, long atOnce, long units) {
		try {
			ConsumptionProbe probe = this.limits.time()
				.await(common.tryConsumeAndReturnRemaining(atOnce), this.limits.timeoutNanos());
			if (!heard(probe.getRemainingTokens())) {
				return byShare(units);
			}
			if (!probe.isConsumed()) {
				this.wanted = true;
				return false;
			}
			takeMore(units - atOnce);
			return true;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return byShare(units);
		}
		catch (ExecutionException ex) {
			this.limits.failed((ex.getCause() != null) ? ex.getCause() : ex);
		}
		catch (TimeoutException | RuntimeException ex) {
			this.limits.failed(ex);
		}
		return byShare(units);
	}

	/** Has what is asked for taken meanwhile, so that it is there at the next look. */
	private boolean takePrepared(AsyncBucketProxy common, long atOnce, long units) {
		switch (this.prepared.take(atOnce, this.limits.time().nanos(), this.limits.timeoutNanos())) {
			case THERE -> {
				takeMore(units - atOnce);
				return true;
			}
			case TO_ASK_FOR -> {
				prepare(common, atOnce);
				return false;
			}
			case ASKED_FOR -> {
				return false;
			}
			default -> {
				this.limits.failed(new TimeoutException());
				return byShare(units);
			}
		}
	}

	private void prepare(AsyncBucketProxy common, long atOnce) {
		asked(() -> common.tryConsumeAndReturnRemaining(atOnce)).whenCompleteAsync((probe, ex) -> {
			this.prepared.answered((probe != null && probe.isConsumed()) ? atOnce : 0);
			if (ex != null) {
				this.limits.failed(ex);
			}
			else if (probe != null) {
				heard(probe.getRemainingTokens());
			}
			this.more.run();
			long unused = this.prepared.rest();
			if (common() != null) {
				giveBack(unused);
			}
		}, this.limits.threads());
	}

	@Override
	public void takeMore(long units) {
		AsyncBucketProxy common = common();
		if (units <= 0) {
			return;
		}
		if (common == null) {
			share().takeMore(units);
			return;
		}
		change(-units);
		tell(() -> common.consumeIgnoringRateLimits(units));
	}

	@Override
	public void giveBack(long units) {
		AsyncBucketProxy common = common();
		if (units <= 0) {
			return;
		}
		if (common == null) {
			share().giveBack(units);
			return;
		}
		change(units);
		tell(() -> common.addTokens(units));
	}

	private <T> void tell(Asked<T> change) {
		asked(change).whenComplete((done, ex) -> {
			if (ex != null) {
				this.limits.failed(ex);
			}
		});
	}

	@Override
	public long left() {
		return (common() != null) ? (long) Math.floor(left(this.limits.time().nanos())) : share().left();
	}

	@Override
	public long nanosUntil(long units) {
		if (common() == null) {
			return share().nanosUntil(units);
		}
		double missing = atOnce(units) - left(this.limits.time().nanos());
		if (missing > 0) {
			this.wanted = true;
			return (long) Math.ceil(missing * MINUTE / perMinute());
		}
		return this.prepared.isAskedFor() ? PREPARING_NANOS : 0;
	}

	@Override
	protected long flow() {
		return (common() != null) ? perMinute() : share().perMinute();
	}

	private double left(long nowNanos) {
		return this.known.left(nowNanos);
	}

	private synchronized void change(long units) {
		long now = this.limits.time().nanos();
		this.known = new Known(Math.min(perMinute(), left(now) + units), now);
	}

	/**
	 * The bucket tells what is left.
	 * @return whether that can be
	 */
	private boolean heard(long left) {
		if (left > perMinute()) {
			this.limits.notBelieved();
			return false;
		}
		this.known = new Known(Math.max(left, -MOST_DEBT_MINUTES * perMinute()), this.limits.time().nanos());
		return true;
	}

	/** Asks again what is left, where somebody was refused. */
	void refresh() {
		if (this.wanted) {
			this.wanted = false;
			ask().whenComplete((believed, ex) -> {
				if (ex != null) {
					this.limits.failed(ex);
				}
				this.limits.threads().execute(this.more);
			});
		}
	}

	/** Asks what is left, and says whether the answer can be. */
	CompletableFuture<Boolean> ask() {
		AsyncBucketProxy common = this.bucket;
		return (common != null) ? asked(common::getAvailableTokens).thenApply(this::heard)
				: CompletableFuture.completedFuture(false);
	}

	/** The common bucket, {@code null} while each instance keeps to its share. */
	private @Nullable AsyncBucketProxy common() {
		if (!this.limits.isUsable()) {
			return null;
		}
		if (this.share != null) {
			this.share = null;
		}
		return this.bucket;
	}

	private boolean byShare(long units) {
		this.limits.byShare();
		return share().tryTake(units, false);
	}

	private Rate share() {
		Rate now = this.share;
		return (now != null && now.perMinute() == ofEach()) ? now : newShare();
	}

	private long ofEach() {
		return Math.max(1, perMinute() / this.limits.instances());
	}

	/** Begins with what this instance may take of what was left. */
	private synchronized Rate newShare() {
		long each = ofEach();
		Rate now = this.share;
		if (now == null || now.perMinute() != each) {
			double left = left(this.limits.time().nanos()) / this.limits.instances();
			now = Rate.local(each, this.limits.time());
			now.takeMore(each - Math.max(0, Math.min(each, (long) left)));
			this.share = now;
		}
		return now;
	}

	private static <T> CompletableFuture<T> asked(Asked<T> question) {
		try {
			return question.ask();
		}
		catch (Throwable ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	/** Something that is asked of a bucket. */
	@FunctionalInterface
	private interface Asked<T> {

		CompletableFuture<T> ask();

	}

	/**
	 * What was heard, with what has been taken since.
	 */
	private final class Known {

		private final double left;

		private final long at;

		Known(double left, long at) {
			this.left = left;
			this.at = at;
		}

		double left(long nowNanos) {
			double come = Math.max(0, nowNanos - this.at) * perMinute() / MINUTE;
			return Math.min(perMinute(), this.left + come);
		}

	}

}
