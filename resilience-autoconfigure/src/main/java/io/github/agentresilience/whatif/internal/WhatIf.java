package io.github.agentresilience.whatif.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/**
 * Answers what a policy would have made of recorded calls.
 */
public final class WhatIf {

	/** How long an answer may take. */
	public static final Duration LONGEST = Duration.ofSeconds(10);

	/** Of that for the candidate; the rest is for the policy in force. */
	private static final double SHARE_OF_CANDIDATE = 0.7;

	private final LongSupplier clock;

	private final Duration longest;

	/**
	 * Answers within {@link #LONGEST}.
	 * @param clock nanoseconds, by which the time that an answer takes is bounded
	 */
	public WhatIf(LongSupplier clock) {
		this(clock, LONGEST);
	}

	WhatIf(LongSupplier clock, Duration longest) {
		this.clock = clock;
		this.longest = longest;
	}

	/**
	 * Replays the calls of a recording.
	 * @param recording the calls
	 * @param inForce the policy in force, which is replayed too, since the difference
	 * from what was says how far the replay can be trusted
	 * @param candidate the policy in question
	 */
	public Outcome ask(Recording recording, CandidatePolicy inForce, CandidatePolicy candidate) {
		long start = this.clock.getAsLong();
		Recording would;
		List<String> assumptions;
		try (Replay replay = new Replay(recording, candidate)) {
			would = replay.run(spent(start, (long) (this.longest.toNanos() * SHARE_OF_CANDIDATE)));
			assumptions = Assumptions.of(recording, replay.pasts(), candidate);
		}
		Recording was = recording.common(would);
		Recording again = again(was, inForce, spent(start, this.longest.toNanos()));
		List<ChainOutcome> chains = new ArrayList<>();
		for (RecordedChain chain : recording.chains()) {
			Figures before = Figures.of(was, chain, inForce);
			if (before.calls() > 0) {
				chains.add(new ChainOutcome(chain, targets(would, chain), before, Figures.of(would, chain, candidate),
						(again != null) ? Figures.of(again, chain, inForce) : null));
			}
		}
		return new Outcome(chains, recording.calls().size(), was.calls().size(), assumptions);
	}

	/** {@code null} where there was no time for all of them. */
	private static @Nullable Recording again(Recording was, CandidatePolicy inForce, BooleanSupplier spent) {
		try (Replay replay = new Replay(was, inForce)) {
			Recording again = replay.run(spent);
			return (again.calls().size() == was.calls().size()) ? again : null;
		}
	}

	private static List<String> targets(Recording would, RecordedChain chain) {
		return would.chains()
			.stream()
			.filter(chain::isSame)
			.findFirst()
			.map(RecordedChain::targets)
			.orElse(chain.targets());
	}

	private BooleanSupplier spent(long start, long most) {
		return () -> this.clock.getAsLong() - start >= most;
	}

	/**
	 * What the replay came to.
	 *
	 * @param chains each chain that had calls
	 * @param recorded how many calls there are
	 * @param replayed how many of them the time sufficed for; all figures are of those
	 * @param assumptions what the figures rest on, in sentences
	 */
	public record Outcome(List<ChainOutcome> chains, int recorded, int replayed, List<String> assumptions) {
	}

	/**
	 * What it came to for one chain.
	 *
	 * @param chain the chain as it was
	 * @param targets its targets under the candidate
	 * @param was how it did
	 * @param would how it would have done
	 * @param replayed how the policy in force does in the replay, {@code null} where
	 * there was no time to find out
	 */
	public record ChainOutcome(RecordedChain chain, List<String> targets, Figures was, Figures would,
			@Nullable Figures replayed) {
	}

}
