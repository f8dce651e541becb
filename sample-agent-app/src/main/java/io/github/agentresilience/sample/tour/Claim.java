package io.github.agentresilience.sample.tour;

import java.util.function.Predicate;

import io.github.agentresilience.chain.Layer;

/**
 * What a step of the tour has to show.
 *
 * @param text for people
 * @param holds whether it has been seen
 */
record Claim(String text, Predicate<Observed> holds) {

	static Claim allAnswered() {
		return new Claim("every question gets its answer", Observed::allAnswered);
	}

	static Claim served(String target, int least) {
		return new Claim(target + " serves", (seen) -> seen.hasServed(target, least));
	}

	/** A hiccup of the machine may cost an answer. */
	static Claim servesNearlyAll(Layer layer, String target) {
		return new Claim(target + " serves", (seen) -> seen.summary(layer).succeeded() >= 10
				&& seen.shareOf(layer, target) >= 0.9 && seen.summary(layer).fallbackRate() <= 0.1);
	}

	static Claim opened(String target) {
		return new Claim("the breaker of " + target + " opens, and " + target + " is skipped",
				(seen) -> seen.hasMoved(target, "CLOSED", "OPEN") && seen.target(target).skipped() > 0);
	}

	static Claim hasMttr(Layer layer) {
		return new Claim("the incident ends, and its length is known", (seen) -> seen.summary(layer).mttrMs() != null);
	}

}
