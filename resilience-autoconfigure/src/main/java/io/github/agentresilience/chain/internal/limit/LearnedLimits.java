package io.github.agentresilience.chain.internal.limit;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.chain.internal.wire.RateLimitHeaders;
import org.jspecify.annotations.Nullable;

/**
 * The limits that a target tells of in the headers of its answers. Each answer brings
 * them up to date; in between, what attempts take is counted here.
 *
 * <p>
 * Most providers let what was used flow back little by little until the reset. Of one
 * whose reset stays where it is while it is used, or that refuses twice in a row what
 * should have been left, nothing more is taken before the reset from then on.
 */
final class LearnedLimits {

	/** Too many requests. */
	private static final int REFUSED = 429;

	/** From there on an answer is a failure, which may come from a proxy. */
	private static final int FAILED = 400;

	private final Time time;

	/** No monitor, in which a virtual thread would pin its carrier. */
	private final ReentrantLock lock = new ReentrantLock();

	private final Map<RateLimitHeaders.Source, LearnedLimit> limits = new EnumMap<>(RateLimitHeaders.Source.class);

	LearnedLimits(Time time) {
		this.time = time;
		for (RateLimitHeaders.Source source : RateLimitHeaders.Source.values()) {
			this.limits.put(source, new LearnedLimit(source));
		}
	}

	/** Takes what an attempt needs, where all limits that are known leave it. */
	boolean tryTake(Need need) {
		this.lock.lock();
		try {
			long now = this.time.nanos();
			for (LearnedLimit limit : this.limits.values()) {
				if (!limit.suffices(need, now)) {
					return false;
				}
			}
			this.limits.values().forEach((limit) -> limit.take(need));
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

	void giveBack(Need need) {
		this.lock.lock();
		try {
			this.limits.values().forEach((limit) -> limit.giveBack(need));
		}
		finally {
			this.lock.unlock();
		}
	}

	/** There will be no answer to an attempt. */
	void unanswered(Need need) {
		this.lock.lock();
		try {
			this.limits.values().forEach((limit) -> limit.unanswered(need));
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * The answer to an attempt has come.
	 * @param since when the attempt began
	 * @param status of HTTP
	 * @param header the first value of a header by its lower-case name, {@code null}
	 * where it is missing
	 */
	void answered(Need need, long since, int status, Function<String, @Nullable String> header) {
		List<RateLimitHeaders.Reading> readings = RateLimitHeaders.read(header, this.time.clock());
		this.lock.lock();
		try {
			this.limits.values().forEach((limit) -> limit.unanswered(need));
			long now = this.time.nanos();
			Set<RateLimitHeaders.Source> unmentioned = EnumSet.allOf(RateLimitHeaders.Source.class);
			for (RateLimitHeaders.Reading reading : readings) {
				LearnedLimit limit = this.limits.get(reading.source());
				if (limit != null) {
					limit.read(reading, since, status == REFUSED, now);
				}
				unmentioned.remove(reading.source());
			}
			if (status < FAILED) {
				this.limits.forEach((source, limit) -> {
					if (unmentioned.contains(source)) {
						limit.unmentioned(now);
					}
				});
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/** How long until there is enough if nothing else is taken, in nanoseconds. */
	long nanosUntil(Need need) {
		this.lock.lock();
		try {
			long now = this.time.nanos();
			return this.limits.values().stream().mapToLong((limit) -> limit.nanosUntil(need, now)).max().orElse(0);
		}
		finally {
			this.lock.unlock();
		}
	}

	/** What there will be of them. */
	void addTo(List<Outlook.Part> parts) {
		this.lock.lock();
		try {
			long now = this.time.nanos();
			this.limits.forEach((source, limit) -> {
				Supply supply = limit.supply(now);
				if (supply != null) {
					parts.add(new Outlook.Part(source.of(), supply));
				}
			});
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * The least that is left of what is limited, {@code null} where that is not known.
	 */
	@Nullable Long left(RateLimitHeaders.Of of) {
		Long least = null;
		this.lock.lock();
		try {
			for (Map.Entry<RateLimitHeaders.Source, LearnedLimit> each : this.limits.entrySet()) {
				Long left = (each.getKey().of() == of) ? each.getValue().left(this.time.nanos()) : null;
				least = (left == null || (least != null && least <= left)) ? least : left;
			}
		}
		finally {
			this.lock.unlock();
		}
		return least;
	}

}
