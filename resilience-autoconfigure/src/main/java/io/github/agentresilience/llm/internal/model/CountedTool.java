package io.github.agentresilience.llm.internal.model;

import java.util.List;
import java.util.function.Supplier;

import io.github.agentresilience.chain.BudgetExhaustedException;
import io.github.agentresilience.chain.internal.budget.Need;
import io.github.agentresilience.chain.internal.budget.Expense;
import io.github.agentresilience.chain.internal.budget.Turn;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.client.ChatClientRequest;
import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.ai.tool.execution.ToolExecutionException;
import org.springframework.ai.tool.metadata.ToolMetadata;

/**
 * A tool whose calls are paid for by the budget of a turn. What the tool itself asks,
 * other models or MCP servers, is a part of the turn, whichever thread Spring AI runs it
 * on.
 */
final class CountedTool implements ToolCallback {

	private final ToolCallback tool;

	private final Turn turn;

	private CountedTool(ToolCallback tool, Turn turn) {
		this.tool = tool;
		this.turn = turn;
	}

	/** A request with all its tools counted, where the turn has a budget. */
	static ChatClientRequest in(ChatClientRequest request, Turn turn) {
		if (turn.account() == null || !(request.prompt().getOptions() instanceof ToolCallingChatOptions options)) {
			return request;
		}
		List<ToolCallback> tools = options.getToolCallbacks();
		if (tools == null || tools.isEmpty()) {
			return request;
		}
		List<ToolCallback> counted = tools.stream().<ToolCallback>map((tool) -> new CountedTool(tool, turn)).toList();
		ToolCallingChatOptions.Builder<?> builder = options.mutate();
		return request.mutate()
			.prompt(new Prompt(request.prompt().getInstructions(), builder.toolCallbacks(counted).build()))
			.build();
	}

	@Override
	public ToolDefinition getToolDefinition() {
		return this.tool.getToolDefinition();
	}

	@Override
	public ToolMetadata getToolMetadata() {
		return this.tool.getToolMetadata();
	}

	@Override
	public String call(String input) {
		return counted(() -> this.tool.call(input));
	}

	@Override
	public String call(String input, @Nullable ToolContext context) {
		return counted(() -> this.tool.call(input, context));
	}

	private String counted(Supplier<String> call) {
		Need need = Need.ofTool(getToolDefinition().name());
		Expense expense = this.turn.reserve(need);
		if (expense == null) {
			throw this.turn.exhausted(need, null);
		}
		expense.spent();
		try {
			return this.turn.toolCall().during(call);
		}
		catch (ToolExecutionException ex) {
			BudgetExhaustedException end = this.turn.endedBy(ex);
			throw (end != null) ? end : ex;
		}
	}

	@Override
	public String toString() {
		return this.tool.toString();
	}

}
