package io.github.agentresilience.mcp.internal;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.chain.internal.engine.AnswerInspector;
import io.github.agentresilience.mcp.ToolErrors;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import org.jspecify.annotations.Nullable;

/**
 * Judges the answers of the MCP layer: a tool result may report an error.
 */
public final class McpAnswers implements AnswerInspector<Object> {

	private static final String MESSAGE = "The tool answered isError";

	private final ToolErrors toolErrors;

	public McpAnswers(ToolErrors toolErrors) {
		this.toolErrors = toolErrors;
	}

	/** An answer comes in one piece and is looked at before it goes on. */
	@Override
	public boolean isOutput(Object chunk) {
		return false;
	}

	@Override
	public @Nullable Failure judge(@Nullable Object answer) {
		if (!(answer instanceof CallToolResult result) || !Boolean.TRUE.equals(result.isError())) {
			return null;
		}
		TargetFailureException cause = new TargetFailureException(0, MESSAGE, (Throwable) null);
		return switch (this.toolErrors) {
			case JUDGE -> Failure.tool(MESSAGE, cause);
			case FAILURE -> Failure.ofTarget(0, true, MESSAGE, cause);
			case ANSWER -> null;
		};
	}

}
