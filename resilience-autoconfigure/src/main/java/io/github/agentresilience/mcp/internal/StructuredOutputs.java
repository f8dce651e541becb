package io.github.agentresilience.mcp.internal;

import java.util.List;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.chain.internal.engine.AnswerJudge;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import org.jspecify.annotations.Nullable;

/**
 * Checks what tools give back as {@code structuredContent} against the schema that their
 * server itself declares for it. A server that breaks its word has failed; where no other
 * may be asked or does better, its answer is returned all the same.
 */
final class StructuredOutputs implements AnswerJudge<McpRequest, Object> {

	private static final String MESSAGE = "The structuredContent does not match the outputSchema of the tool";

	private final List<McpConnection> byPosition;

	private final ToolSchemas schemas;

	StructuredOutputs(List<McpConnection> byPosition, ToolSchemas schemas) {
		this.byPosition = byPosition;
		this.schemas = schemas;
	}

	@Override
	public @Nullable Failure judge(McpRequest request, int position, @Nullable Object answer) {
		if (!(answer instanceof CallToolResult result) || result.structuredContent() == null
				|| Boolean.TRUE.equals(result.isError())
				|| this.schemas.allowsOutput(request, this.byPosition.get(position), result.structuredContent())) {
			return null;
		}
		return Failure.ofTarget(0, true, MESSAGE, new TargetFailureException(0, MESSAGE, (Throwable) null))
			.withReason("output-schema");
	}

	/** An answer comes in one piece. */
	@Override
	public @Nullable Failure judgeWhole(McpRequest request, int position, List<Object> chunks) {
		return null;
	}

	@Override
	public boolean needsWholeStream(McpRequest request) {
		return false;
	}

	@Override
	public int badness(Failure why) {
		return 0;
	}

	@Override
	public Object markUnaccepted(Object answer) {
		return answer;
	}

}
