package io.github.agentresilience.llm;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.chain.CallSpec;
import io.github.agentresilience.chain.TargetChain;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;

/**
 * A chat model that asks the targets of a chain until one answers. It wraps the model call only, inside Spring AI's
 * tool loop, so a retry never runs a tool again.
 *
 * <p>
 * The answer's metadata says who served it: {@link AnswerMetadata}. A call may choose another chain and its own
 * deadline: {@link CallParams}.
 */
public final class ResilientChatModel implements ChatModel {

	private final TargetChain<ChatRequest, ChatResponse> chain;

	private final List<ChatModelTarget> members;

	private final ChatOptions options;

	private final ChatChains chains;

	/**
	 * A model over a chain.
	 * @param chain the chain
	 * @param members its targets, in the same order, without what guards them
	 * @param chains where calls that choose another chain find it
	 */
	public ResilientChatModel(TargetChain<ChatRequest, ChatResponse> chain, List<ChatModelTarget> members,
			ChatChains chains) {
		this.chain = chain;
		this.members = List.copyOf(members);
		this.options = members.get(0).options();
		this.chains = chains;
	}

	/**
	 * Asks the chain.
	 * @throws io.github.agentresilience.chain.ChainExhaustedException when no target answered in time
	 * @throws RuntimeException the provider's own, when it refused the request itself
	 */
	@Override
	public ChatResponse call(Prompt prompt) {
		return call(prompt, CallParams.NONE, this.members.get(0));
	}

	/**
	 * Streams from the chain; another target may take over until the first chunk that shows something.
	 */
	@Override
	public Flux<ChatResponse> stream(Prompt prompt) {
		return stream(prompt, CallParams.NONE, this.members.get(0));
	}

	/**
	 * Asks the chain on nobody's behalf, as an experiment does: faults hit, the scorecard does not count.
	 * @return whether one of its targets answered, rather than its last resort
	 * @throws RuntimeException as {@link #call} does
	 */
	public boolean probe(Prompt prompt) {
		return isServed(this.chain.call(new ChatRequest(prompt, this.members.get(0)), CallSpec.SYNTHETIC));
	}

	/** The same, as a stream to its end. */
	public boolean probeStream(Prompt prompt) {
		return Boolean.TRUE.equals(this.chain.stream(new ChatRequest(prompt, this.members.get(0)), CallSpec.SYNTHETIC)
			.all(ResilientChatModel::isServed)
			.block());
	}

	private static boolean isServed(ChatResponse answer) {
		return !Boolean.TRUE.equals(answer.getMetadata().get(AnswerMetadata.DEGRADED));
	}

	/**
	 * This model as one call sees it that has parameters of its own, or was built on one of the targets.
	 * @param plain the model that the prompts of the call are made for
	 */
	ChatModel forCall(CallParams params, @Nullable ChatModel plain) {
		ChatModelTarget madeFor = this.members.stream()
			.filter((member) -> plain != null && member.wraps(plain))
			.findFirst()
			.orElse(this.members.get(0));
		return new ChatModel() {

			@Override
			public ChatResponse call(Prompt prompt) {
				return ResilientChatModel.this.call(prompt, params, madeFor);
			}

			@Override
			public Flux<ChatResponse> stream(Prompt prompt) {
				return ResilientChatModel.this.stream(prompt, params, madeFor);
			}

			@Override
			public ChatOptions getOptions() {
				return ResilientChatModel.this.options;
			}

		};
	}

	private ChatResponse call(Prompt prompt, CallParams params, ChatModelTarget madeFor) {
		CallParams inPrompt = CallParams.of(toolContext(prompt));
		CallParams all = params.orElse(inPrompt);
		return chosen(all).call(request(prompt, inPrompt, madeFor), spec(all));
	}

	private Flux<ChatResponse> stream(Prompt prompt, CallParams params, ChatModelTarget madeFor) {
		CallParams inPrompt = CallParams.of(toolContext(prompt));
		CallParams all = params.orElse(inPrompt);
		return chosen(all).stream(request(prompt, inPrompt, madeFor), spec(all));
	}

	private static ChatRequest request(Prompt prompt, CallParams inPrompt, ChatModelTarget madeFor) {
		return new ChatRequest((inPrompt == CallParams.NONE) ? prompt : withoutParams(prompt), madeFor);
	}

	private TargetChain<ChatRequest, ChatResponse> chosen(CallParams params) {
		String name = params.chain();
		return (name == null) ? this.chain : this.chains.model(name).chain;
	}

	private static CallSpec spec(CallParams params) {
		return (params.deadline() == null) ? CallSpec.SCORED : new CallSpec(true, params.deadline());
	}

	private static @Nullable Map<String, Object> toolContext(Prompt prompt) {
		return (prompt.getOptions() instanceof ToolCallingChatOptions tools) ? tools.getToolContext() : null;
	}

	private static Prompt withoutParams(Prompt prompt) {
		ToolCallingChatOptions options = (ToolCallingChatOptions) prompt.getOptions();
		Map<String, Object> context = new HashMap<>(options.getToolContext());
		context.remove(CallParams.CHAIN);
		context.remove(CallParams.DEADLINE);
		ToolCallingChatOptions.Builder<?> builder = (ToolCallingChatOptions.Builder<?>) options.mutate();
		// A map adds to the one that is there; null takes that away
		return new Prompt(prompt.getInstructions(), builder.toolContext(null).toolContext(context).build());
	}

	/**
	 * The first target's options. ChatClient starts every prompt from them, and only options that can hold tools
	 * turn its tool loop on.
	 */
	@Override
	public ChatOptions getOptions() {
		return this.options;
	}

	/** Whether a model is one of the chain's targets. */
	public boolean wraps(ChatModel model) {
		return this.members.stream().anyMatch((member) -> member.wraps(model));
	}

	public TargetChain<ChatRequest, ChatResponse> chain() {
		return this.chain;
	}

}
