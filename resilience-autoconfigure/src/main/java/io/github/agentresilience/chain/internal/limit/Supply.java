package io.github.agentresilience.chain.internal.limit;

/**
 * What there will be of one thing that a target is asked for, by what is known now: so
 * many requests or tokens, or places for attempts. It comes back evenly, or all at once
 * from time to time. Times are nanoseconds from now. Not safe for threads.
 */
final class Supply {

	private final double most;

	private final double perNano;

	/** How long from one time to the next at which all is there again, or 0. */
	private final double window;

	private double level;

	private double at;

	/** When all is there again, where it comes back all at once. */
	private double fullAt;

	private Supply(double level, double most, double perNano, double fullAt, double window) {
		this.level = level;
		this.most = most;
		this.perNano = perNano;
		this.fullAt = fullAt;
		this.window = window;
	}

	/**
	 * It comes back evenly.
	 * @param level what there is, negative for a debt
	 * @param most more than that there never is
	 */
	static Supply flowing(double level, double most, double perNano) {
		return new Supply(level, most, perNano, 0, 0);
	}

	/**
	 * It comes back all at once.
	 * @param fullAt when, for the first time
	 * @param window how long from then to the next time
	 */
	static Supply windowed(double level, double most, double fullAt, double window) {
		return new Supply(level, most, 0, fullAt, Math.max(1, window));
	}

	/**
	 * When so many can be taken. More than there ever are, are taken when all is there.
	 * @param from not before
	 */
	double when(double units, double from) {
		double wanted = Math.min(units, this.most);
		double start = Math.max(this.at, from);
		if (units <= 0) {
			return start;
		}
		double missing = wanted - levelAt(start);
		if (missing <= 0) {
			return start;
		}
		return (this.window > 0) ? nextFullAt(start) : start + missing / this.perNano;
	}

	/** They are taken then. */
	void take(double units, double when) {
		double left = levelAt(when);
		this.fullAt = (this.window > 0) ? nextFullAt(when) : 0;
		this.at = when;
		this.level = left - units;
	}

	private double levelAt(double when) {
		if (this.window > 0) {
			return (when >= this.fullAt) ? this.most : this.level;
		}
		return Math.min(this.most, this.level + (when - this.at) * this.perNano);
	}

	private double nextFullAt(double after) {
		return (after < this.fullAt) ? this.fullAt
				: this.fullAt + (Math.floor((after - this.fullAt) / this.window) + 1) * this.window;
	}

}
