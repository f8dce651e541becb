package io.github.agentresilience.llm.internal.model;

import java.util.HashMap;
import java.util.Map;

import io.github.agentresilience.llm.CallParams;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.client.ChatClientRequest;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.client.advisor.api.CallAdvisor;
import org.springframework.ai.chat.client.advisor.api.CallAdvisorChain;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisor;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisorChain;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.core.Ordered;

/**
 * Hands what a call chose for itself to a resilient model that something of the
 * application stands around: in the prompt, which is all that such a thing passes on.
 */
public final class CallParamsAdvisor implements CallAdvisor, StreamAdvisor {

	private final ResilientChatModel model;

	/**
	 * An advisor.
	 * @param model the model that is asked in the end
	 */
	public CallParamsAdvisor(ResilientChatModel model) {
		this.model = model;
	}

	@Override
	public ChatClientResponse adviseCall(ChatClientRequest request, CallAdvisorChain chain) {
		return chain.nextCall(carrying(request));
	}

	@Override
	public Flux<ChatClientResponse> adviseStream(ChatClientRequest request, StreamAdvisorChain chain) {
		return chain.nextStream(carrying(request));
	}

	private ChatClientRequest carrying(ChatClientRequest request) {
		CallParams params = this.model.params(request.context());
		if (params == CallParams.NONE) {
			return request;
		}
		Prompt prompt = request.prompt();
		Map<String, Object> context = new HashMap<>();
		if (prompt.getOptions() instanceof ToolCallingChatOptions tools) {
			// null where nobody has set it
			Map<String, Object> ofTools = tools.getToolContext();
			context.putAll((ofTools != null) ? ofTools : Map.of());
		}
		ResilientChatModel.PARAMS.stream()
			.filter((name) -> request.context().get(name) != null)
			.forEach((name) -> context.put(name, request.context().get(name)));
		if (params.conversation() != null) {
			context.put(CallParams.CONVERSATION, params.conversation());
		}
		ToolCallingChatOptions.Builder<?> options = options(prompt.getOptions());
		return request.mutate()
			.prompt(new Prompt(prompt.getInstructions(), options.toolContext(context).build()))
			.build();
	}

	private static ToolCallingChatOptions.Builder<?> options(@Nullable ChatOptions options) {
		if (options instanceof ToolCallingChatOptions) {
			return (ToolCallingChatOptions.Builder<?>) options.mutate();
		}
		ToolCallingChatOptions.Builder<?> builder = ToolCallingChatOptions.builder();
		return (options != null) ? builder.combineWith(options.mutate()) : builder;
	}

	@Override
	public String getName() {
		return "call parameters";
	}

	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE - 1;
	}

}
