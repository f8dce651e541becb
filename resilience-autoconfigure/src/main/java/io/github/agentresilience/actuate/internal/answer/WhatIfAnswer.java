package io.github.agentresilience.actuate.internal.answer;

import java.util.List;
import java.util.Map;

import io.github.agentresilience.whatif.internal.Figures;
import io.github.agentresilience.whatif.internal.WhatIf;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * What a candidate policy would have made of the calls of the last hour.
 *
 * @param recordedCalls calls that are recorded
 * @param replayedCalls how many of them the time sufficed for; all figures are of those
 * @param chains each chain that had calls
 * @param assumptions what the figures rest on
 */
@AnswerJson
public record WhatIfAnswer(int recordedCalls, int replayedCalls, List<OfChain> chains,
		List<String> assumptions) implements OperationResponseBody {

	public static WhatIfAnswer of(WhatIf.Outcome outcome) {
		return new WhatIfAnswer(outcome.recorded(), outcome.replayed(),
				outcome.chains().stream().map(OfChain::of).toList(), outcome.assumptions());
	}

	/**
	 * One chain.
	 *
	 * @param targets its targets under the candidate
	 * @param was how it did
	 * @param would how it would have done
	 * @param inForce how the policy in force does in the replay, which {@code was} tells
	 * apart from a real run; {@code null} where there was no time for it
	 */
	@AnswerJson
	public record OfChain(String layer, String chain, List<String> targets, OfRun was, OfRun would,
			@Nullable OfRun inForce) {

		static OfChain of(WhatIf.ChainOutcome chain) {
			Figures replayed = chain.replayed();
			return new OfChain(chain.chain().layer().id(), chain.chain().name(), chain.targets(), OfRun.of(chain.was()),
					OfRun.of(chain.would()), (replayed != null) ? OfRun.of(replayed) : null);
		}

	}

	/** The figures of a chain. */
	@AnswerJson
	public record OfRun(long calls, @Nullable Double successRate, @Nullable Double p95Ms, @Nullable Double mttrMs,
			long incidents, long attempts, Map<String, Long> attemptsByTarget, @Nullable Double cost) {

		static OfRun of(Figures figures) {
			Double cost = figures.cost();
			return new OfRun(figures.calls(), Rounded.rate(figures.successRate()), Rounded.millis(figures.p95Ms()),
					Rounded.millis(figures.mttrMs()), figures.incidents(), figures.attempts(), figures.attemptsOf(),
					(cost != null) ? Rounded.money(cost) : null);
		}

	}

}
