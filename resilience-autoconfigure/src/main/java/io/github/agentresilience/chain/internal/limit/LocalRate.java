package io.github.agentresilience.chain.internal.limit;

import java.time.Duration;

import io.github.agentresilience.chain.internal.time.Time;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;

/**
 * A rate that this instance has to itself.
 */
final class LocalRate extends Rate {

	private final Bucket bucket;

	LocalRate(long perMinute, Time time) {
		super(perMinute);
		this.bucket = Bucket.builder()
			.addLimit((limit) -> limit.capacity(perMinute).refillGreedy(perMinute, Duration.ofMinutes(1)))
			.withCustomTimePrecision(new TimeMeter() {

				@Override
				public long currentTimeNanos() {
					return time.nanos();
				}

				@Override
				public boolean isWallClockBased() {
					return false;
				}

			})
			.build();
	}

	@Override
	public boolean tryTake(long units, boolean mayWait) {
		long atOnce = atOnce(units);
		if (atOnce > 0 && !this.bucket.tryConsume(atOnce)) {
			return false;
		}
		takeMore(units - atOnce);
		return true;
	}

	@Override
	public void takeMore(long units) {
		if (units > 0) {
			this.bucket.consumeIgnoringRateLimits(units);
		}
	}

	@Override
	public void giveBack(long units) {
		if (units > 0) {
			this.bucket.addTokens(units);
		}
	}

	@Override
	public long left() {
		return this.bucket.getAvailableTokens();
	}

	@Override
	public long nanosUntil(long units) {
		long atOnce = atOnce(units);
		return (atOnce > 0) ? this.bucket.estimateAbilityToConsume(atOnce).getNanosToWaitForRefill() : 0;
	}

}
