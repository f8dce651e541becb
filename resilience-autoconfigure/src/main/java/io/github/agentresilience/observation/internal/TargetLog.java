package io.github.agentresilience.observation.internal;

import java.time.Duration;
import java.time.Instant;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Failure;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The lines about the outages of one target. One that begins too soon after another is
 * written later, with the time at which it began, if it still lasts then; else it is
 * counted among the short ones.
 */
final class TargetLog {

	private final Logger logger;

	private final String layer;

	private final String target;

	private final LogPace pace;

	private final LogLimit limit;

	private volatile boolean failing;

	private boolean announced;

	private @Nullable Begin begin;

	TargetLog(Logger logger, String layer, String target, LogPace pace) {
		this.logger = logger;
		this.layer = layer;
		this.target = target;
		this.pace = pace;
		this.limit = new LogLimit(pace, () -> logHeld(false));
	}

	void failed(Attempt attempt, Failure failure) {
		Begin said;
		boolean first;
		synchronized (this) {
			if (this.announced) {
				return;
			}
			first = !this.failing;
			if (first) {
				this.failing = true;
				this.begin = new Begin(failure, attempt.call().isSynthetic(), attempt.endNanos(),
						this.pace.time().now());
			}
			said = announce(attempt.endNanos(), false);
		}
		if (said != null) {
			logBegin(said, !first);
		}
		else {
			this.limit.heldBack();
		}
	}

	/** What is to be announced now, if anything. Within the lock. */
	private @Nullable Begin announce(long nowNanos, boolean anyway) {
		if (!this.failing || this.announced || !(this.limit.passes(nowNanos) || anyway)) {
			return null;
		}
		this.announced = true;
		return this.begin;
	}

	private void logBegin(Begin began, boolean late) {
		Failure failure = began.failure;
		LoggingEventBuilder line = this.logger.atWarn()
			.addKeyValue("event", "outage-began")
			.addKeyValue("layer", this.layer)
			.addKeyValue("target", this.target)
			.addKeyValue("kind", failure.kind().id())
			.addKeyValue("status", failure.status());
		if (failure.reason() != null) {
			line = line.addKeyValue("reason", failure.reason());
		}
		line.addKeyValue("synthetic", began.synthetic)
			.addKeyValue("at", began.at)
			.addKeyValue("suppressed", this.limit.suppressed())
			.log("The {} target '{}' fails{}: {}", this.layer, this.target, late ? " since " + began.at : "",
					failure.message());
	}

	/** Costs one read while the target answers. */
	void answered(Attempt attempt) {
		if (!this.failing) {
			return;
		}
		Duration lasted = end(attempt.endNanos());
		if (lasted != null) {
			this.logger.atInfo()
				.addKeyValue("event", "outage-ended")
				.addKeyValue("layer", this.layer)
				.addKeyValue("target", this.target)
				.addKeyValue("durationMs", lasted.toMillis())
				.addKeyValue("synthetic", attempt.call().isSynthetic())
				.log("The {} target '{}' answers again, after {} ms", this.layer, this.target, lasted.toMillis());
		}
	}

	/** The end of an outage that was announced is always logged, and no other. */
	private synchronized @Nullable Duration end(long nowNanos) {
		Begin began = this.begin;
		if (!this.failing || began == null) {
			return null;
		}
		this.failing = false;
		this.begin = null;
		if (!this.announced) {
			this.limit.leftOut();
			return null;
		}
		this.announced = false;
		return Duration.ofNanos(nowNanos - began.nanos);
	}

	/**
	 * Says what is held back.
	 * @param anyway whether it is said even if it is too soon, because nothing is said
	 * any longer
	 */
	void logHeld(boolean anyway) {
		Begin said;
		boolean shortOnes = false;
		boolean more;
		synchronized (this) {
			said = announce(this.pace.now(), anyway);
			if (said == null && !this.failing && this.limit.hasUnsaid()) {
				shortOnes = this.limit.passes(this.pace.now()) || anyway;
			}
			more = said == null && !shortOnes && (this.failing ? !this.announced : this.limit.hasUnsaid());
		}
		if (said != null) {
			logBegin(said, true);
		}
		else if (shortOnes) {
			logShortOutages(this.limit.suppressed());
		}
		else if (more) {
			this.limit.heldBack();
		}
	}

	private void logShortOutages(long count) {
		this.logger.atWarn()
			.addKeyValue("event", "outages-short")
			.addKeyValue("layer", this.layer)
			.addKeyValue("target", this.target)
			.addKeyValue("suppressed", count)
			.log("The {} target '{}' failed and answered again {} times more", this.layer, this.target, count);
	}

	/** How an outage began. */
	private record Begin(Failure failure, boolean synthetic, long nanos, Instant at) {
	}

}
