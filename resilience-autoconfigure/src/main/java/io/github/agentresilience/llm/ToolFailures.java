package io.github.agentresilience.llm;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import io.github.agentresilience.chain.AttemptReport;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.NotReplayedException;

import org.springframework.ai.tool.execution.DefaultToolExecutionExceptionProcessor;
import org.springframework.ai.tool.execution.ToolExecutionException;
import org.springframework.ai.tool.execution.ToolExecutionExceptionProcessor;

/**
 * Tells the model in one sentence what became of a tool that could not be run, so that it can go on without it. What
 * is no failure of a chain is left to Spring AI; so is what Spring AI would throw at the application, also where a chain
 * has it as its cause.
 */
public final class ToolFailures implements ToolExecutionExceptionProcessor {

	private final ToolExecutionExceptionProcessor otherwise;

	private final boolean alwaysThrow;

	private final List<Class<? extends RuntimeException>> rethrown;

	/**
	 * A processor.
	 * @param alwaysThrow whether no failure goes to the model, {@code spring.ai.tools.throw-exception-on-error}
	 * @param rethrown what goes to the application even so, such as the wish to be sent to a login page
	 */
	public ToolFailures(boolean alwaysThrow, List<Class<? extends RuntimeException>> rethrown) {
		this.otherwise = DefaultToolExecutionExceptionProcessor.builder()
			.alwaysThrow(alwaysThrow)
			.rethrowExceptions(rethrown)
			.build();
		this.alwaysThrow = alwaysThrow;
		this.rethrown = List.copyOf(rethrown);
	}

	@Override
	public String process(ToolExecutionException failure) {
		for (Throwable at = failure.getCause(); at != null; at = at.getCause()) {
			if (at instanceof RuntimeException wish && this.rethrown.stream().anyMatch((type) -> type.isInstance(wish))) {
				throw wish;
			}
		}
		if (this.alwaysThrow) {
			throw failure;
		}
		String tool = failure.getToolDefinition().name();
		for (Throwable at = failure; at != null; at = at.getCause()) {
			if (at instanceof ChainExhaustedException exhausted) {
				return "The tool '" + tool + "' could not be run: " + whoDidNot(exhausted) + when(exhausted);
			}
			if (at instanceof NotReplayedException) {
				return "The tool '" + tool + "' failed and may have run all the same, so check before you call it again.";
			}
		}
		return this.otherwise.process(failure);
	}

	private static String whoDidNot(ChainExhaustedException exhausted) {
		Set<String> asked = new LinkedHashSet<>();
		exhausted.attempts().stream().map(AttemptReport::target).forEach(asked::add);
		exhausted.skipped().forEach((skipped) -> asked.add(skipped.target()));
		return "none of its servers (" + String.join(", ", asked) + ") answered, so ";
	}

	private static String when(ChainExhaustedException exhausted) {
		return (exhausted.retryIn() != null)
				? "try again in " + Math.max(1, exhausted.retryIn().toSeconds()) + " s, or go on without it."
				: "go on without it, or try again later.";
	}

}
