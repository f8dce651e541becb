package io.github.agentresilience.chain.internal.limit;

import java.util.List;

import io.github.agentresilience.chain.internal.wire.RateLimitHeaders;

/**
 * What one target will have for those who wait, by what is known now. Times are
 * nanoseconds from now. Not safe for threads.
 */
final class Outlook {

	private final Limits limits;

	private final double from;

	private final List<Part> parts;

	/**
	 * An outlook.
	 * @param from before that it gives nothing
	 */
	Outlook(Limits limits, long from, List<Part> parts) {
		this.limits = limits;
		this.from = from;
		this.parts = parts;
	}

	Limits limits() {
		return this.limits;
	}

	/** When it has what an attempt needs. */
	double when(Need need) {
		double when = this.from;
		for (Part part : this.parts) {
			when = Math.max(when, part.supply().when(need.of(part.of()), this.from));
		}
		return when;
	}

	/** An attempt takes what it needs then. */
	void take(Need need, double when) {
		for (Part part : this.parts) {
			part.supply().take(need.of(part.of()), when);
		}
	}

	/**
	 * What it has of one thing.
	 *
	 * @param of which of its needs an attempt takes of it
	 */
	record Part(RateLimitHeaders.Of of, Supply supply) {
	}

}
