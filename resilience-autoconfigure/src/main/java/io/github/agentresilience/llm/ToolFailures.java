package io.github.agentresilience.llm;

import java.util.LinkedHashSet;
import java.util.Set;

import io.github.agentresilience.chain.AttemptReport;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.NotReplayedException;

import org.springframework.ai.tool.execution.ToolExecutionException;
import org.springframework.ai.tool.execution.ToolExecutionExceptionProcessor;

/**
 * Tells the model in one sentence what became of a tool that could not be run, so that it can go on without it. What
 * is no failure of a chain is left to Spring AI.
 */
public final class ToolFailures implements ToolExecutionExceptionProcessor {

	private final ToolExecutionExceptionProcessor otherwise;

	public ToolFailures(ToolExecutionExceptionProcessor otherwise) {
		this.otherwise = otherwise;
	}

	@Override
	public String process(ToolExecutionException failure) {
		String tool = failure.getToolDefinition().name();
		for (Throwable at = failure; at != null; at = at.getCause()) {
			if (at instanceof ChainExhaustedException exhausted) {
				return "The tool '" + tool + "' could not be run: " + whoDidNot(exhausted) + when(exhausted);
			}
			if (at instanceof NotReplayedException) {
				return "The tool '" + tool + "' failed, and may have run all the same. Check before you call it again.";
			}
		}
		return this.otherwise.process(failure);
	}

	private static String whoDidNot(ChainExhaustedException exhausted) {
		Set<String> asked = new LinkedHashSet<>();
		exhausted.attempts().stream().map(AttemptReport::target).forEach(asked::add);
		exhausted.skipped().forEach((skipped) -> asked.add(skipped.target()));
		return "none of its servers (" + String.join(", ", asked) + ") gave an answer. ";
	}

	private static String when(ChainExhaustedException exhausted) {
		return (exhausted.retryIn() != null)
				? "Try again in " + Math.max(1, exhausted.retryIn().toSeconds()) + " s, or go on without it."
				: "Go on without it, or try again later.";
	}

}
