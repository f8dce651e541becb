package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.function.BooleanSupplier;

import io.github.agentresilience.chain.internal.limit.Precedence;
import io.github.agentresilience.chain.internal.limit.TokenEstimate;
import io.github.agentresilience.chain.internal.route.Preference;
import io.github.agentresilience.chain.internal.route.Suitability;
import org.jspecify.annotations.Nullable;

/**
 * What one call asks of its chain beyond the chain's own policy.
 *
 * @param scored whether the scorecard counts it
 * @param deadline the time for the whole call, or {@code null} for the chain's own
 * @param timeout the time for one attempt, or {@code null} for each target's own
 * @param synthetic whether no user made it: a probe of an experiment, which faults hit
 * like any other call but the scorecard leaves out
 * @param hedgeable whether two targets may be asked at once
 * @param replayable whether it may be made again after an attempt that may have acted;
 * asked only then
 * @param repeatable whether it may be made again after an attempt whose request the
 * target did receive; asked only then
 * @param preference what it wishes of the order of the targets
 * @param suitability which targets can serve its request, {@code null} where all can
 * @param tokens how many tokens it takes, {@code null} where that is not known
 * @param precedence which of the calls that wait for a target goes first
 */
public record CallSpec(boolean scored, @Nullable Duration deadline, @Nullable Duration timeout, boolean synthetic,
		boolean hedgeable, BooleanSupplier replayable, BooleanSupplier repeatable, Preference preference,
		@Nullable Suitability suitability, @Nullable TokenEstimate tokens, Precedence precedence) {

	public static final CallSpec SCORED = new CallSpec(true, null);

	/**
	 * Protected like any other, but not scored: housekeeping such as listing tools.
	 */
	public static final CallSpec UNSCORED = new CallSpec(false, null, null, false, false, () -> true);

	/** Asks one target, outside all chains, whether it is back. */
	static final CallSpec PROBE = UNSCORED.asProbe();

	/** A probe through the real chain. */
	public static final CallSpec SYNTHETIC = SCORED.asProbe();

	/** A call that takes the targets in the order of the chain's routing. */
	public CallSpec(boolean scored, @Nullable Duration deadline, @Nullable Duration timeout, boolean synthetic,
			boolean hedgeable, BooleanSupplier replayable, BooleanSupplier repeatable) {
		this(scored, deadline, timeout, synthetic, hedgeable, replayable, repeatable, Preference.NONE, null, null,
				Precedence.NONE);
	}

	/**
	 * A call for which it makes no difference whether a request may have been received,
	 * or has been.
	 */
	public CallSpec(boolean scored, @Nullable Duration deadline, @Nullable Duration timeout, boolean synthetic,
			boolean hedgeable, BooleanSupplier replayable) {
		this(scored, deadline, timeout, synthetic, hedgeable, replayable, replayable);
	}

	/** A call that may be made again whatever happened to it. */
	public CallSpec(boolean scored, @Nullable Duration deadline) {
		this(scored, deadline, null, false, true, () -> true);
	}

	/** The same call, made by an experiment. */
	public CallSpec asProbe() {
		return new CallSpec(false, this.deadline, this.timeout, true, this.hedgeable, this.replayable, this.repeatable,
				this.preference, this.suitability, this.tokens, this.precedence);
	}

	/** The same call with another wish. */
	public CallSpec preferring(Preference other) {
		return new CallSpec(this.scored, this.deadline, this.timeout, this.synthetic, this.hedgeable, this.replayable,
				this.repeatable, other, this.suitability, this.tokens, this.precedence);
	}

	/** The same call, for those targets only that can serve its request. */
	public CallSpec among(Suitability suitable) {
		return new CallSpec(this.scored, this.deadline, this.timeout, this.synthetic, this.hedgeable, this.replayable,
				this.repeatable, this.preference, suitable, this.tokens, this.precedence);
	}

	/** The same call, of which it is known how many tokens it takes. */
	public CallSpec taking(TokenEstimate estimate) {
		return new CallSpec(this.scored, this.deadline, this.timeout, this.synthetic, this.hedgeable, this.replayable,
				this.repeatable, this.preference, this.suitability, estimate, this.precedence);
	}

	/** The same call, which goes before others, or after them, where it has to wait. */
	public CallSpec going(Precedence order) {
		return new CallSpec(this.scored, this.deadline, this.timeout, this.synthetic, this.hedgeable, this.replayable,
				this.repeatable, this.preference, this.suitability, this.tokens, order);
	}

}
