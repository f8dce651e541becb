package io.github.agentresilience.llm.internal.model;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

import io.github.agentresilience.chain.AttemptFailureException;
import io.github.agentresilience.chain.AttemptReport;
import io.github.agentresilience.chain.BudgetExhaustedException;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.NotReplayedException;
import io.github.agentresilience.chain.internal.budget.Turn;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.tool.execution.DefaultToolExecutionExceptionProcessor;
import org.springframework.ai.tool.execution.ToolExecutionException;
import org.springframework.ai.tool.execution.ToolExecutionExceptionProcessor;

/**
 * Tells the model in one sentence what became of a tool that could not be run, so that it
 * can go on without it. What is no failure of a chain is left to Spring AI; so is what
 * Spring AI would throw at the application, also where a chain has it as its cause.
 */
public final class ToolFailures implements ToolExecutionExceptionProcessor {

	private final ToolExecutionExceptionProcessor otherwise;

	private final boolean alwaysThrow;

	private final List<Class<? extends RuntimeException>> rethrown;

	private final Supplier<@Nullable Turn> turn;

	/** A processor for tools that run within no turn of a client. */
	public ToolFailures(boolean alwaysThrow, List<Class<? extends RuntimeException>> rethrown) {
		this(alwaysThrow, rethrown, () -> null);
	}

	/**
	 * A processor.
	 * @param alwaysThrow whether no failure goes to the model,
	 * {@code spring.ai.tools.throw-exception-on-error}
	 * @param rethrown what goes to the application even so, such as a redirect to a login
	 * page
	 * @param turn the turn that the calling thread works for
	 */
	public ToolFailures(boolean alwaysThrow, List<Class<? extends RuntimeException>> rethrown,
			Supplier<@Nullable Turn> turn) {
		this.turn = turn;
		this.otherwise = DefaultToolExecutionExceptionProcessor.builder()
			.alwaysThrow(alwaysThrow)
			.rethrowExceptions(rethrown)
			.build();
		this.alwaysThrow = alwaysThrow;
		this.rethrown = List.copyOf(rethrown);
	}

	@Override
	public String process(ToolExecutionException failure) {
		rethrow(failure.getCause());
		Turn current = this.turn.get();
		BudgetExhaustedException end = (current != null) ? current.endedBy(failure) : null;
		if (end != null) {
			// Not told to the model, whose next call cannot be paid for either
			throw end;
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
				return "The tool '" + tool
						+ "' failed and may have run all the same, so check before you call it again.";
			}
		}
		return this.otherwise.process(failure);
	}

	private void rethrow(@Nullable Throwable cause) {
		for (Throwable at = cause; at != null; at = at.getCause()) {
			if (at instanceof RuntimeException rethrowable
					&& this.rethrown.stream().anyMatch((type) -> type.isInstance(rethrowable))) {
				throw rethrowable;
			}
			if (at instanceof AttemptFailureException standIn) {
				rethrow(standIn.original());
			}
		}
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
