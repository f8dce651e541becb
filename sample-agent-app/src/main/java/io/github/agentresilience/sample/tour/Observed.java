package io.github.agentresilience.sample.tour;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.sample.operator.ScorecardAnswer;
import io.github.agentresilience.sample.operator.ScorecardAnswer.Event;
import io.github.agentresilience.sample.operator.ScorecardAnswer.Summary;
import io.github.agentresilience.sample.operator.ScorecardAnswer.Target;

/**
 * What has been seen since a step of the tour began.
 *
 * @param answers what became of the questions
 * @param faults the kinds of the faults that are active
 */
record Observed(ScorecardAnswer scorecard, List<Answered> answers, List<String> faults) {

	Summary summary(Layer layer) {
		return this.scorecard.of(layer).summary();
	}

	Map<String, Target> targets(Layer layer) {
		return this.scorecard.of(layer).targets();
	}

	Target target(String name) {
		Target model = this.scorecard.llm().targets().get(name);
		return (model != null) ? model : this.scorecard.mcp().targets().get(name);
	}

	boolean allAnswered() {
		return !this.answers.isEmpty() && this.answers.stream().allMatch(Answered::right)
				&& Stream.of(Layer.values()).allMatch((layer) -> summary(layer).failed() == 0);
	}

	boolean hasServed(String target, int least) {
		return target(target).served() >= least;
	}

	/** Of all answers of a layer, 0 where there is none. */
	double shareOf(Layer layer, String target) {
		long answered = summary(layer).succeeded();
		return (answered > 0) ? (double) target(target).served() / answered : 0;
	}

	boolean hasMoved(String target, String from, String to) {
		return this.scorecard.history()
			.events()
			.stream()
			.anyMatch((event) -> isBreakerOf(event, target) && from.equals(event.from()) && to.equals(event.state()));
	}

	private static boolean isBreakerOf(Event event, String target) {
		return event.type().equals("breaker") && event.subject().equals(target);
	}

	long failedAs(String target, String kind) {
		Map<String, Long> kinds = target(target).failedByKind();
		return (kinds != null) ? kinds.getOrDefault(kind, 0L) : 0;
	}

	boolean any(Predicate<Answered> answer) {
		return this.answers.stream().anyMatch(answer);
	}

}
