package io.github.agentresilience.llm;

import java.util.List;

import io.github.agentresilience.chain.CallSpec;
import io.github.agentresilience.chain.TargetChain;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;

/**
 * A chat model that asks the targets of a chain until one answers. It wraps the model call only, inside Spring AI's
 * tool loop, so a retry never runs a tool again.
 *
 * <p>
 * The answer's metadata says who served it: {@link AnswerMetadata}.
 */
public final class ResilientChatModel implements ChatModel {

	private final TargetChain<Prompt, ChatResponse> chain;

	private final List<ChatModelTarget> members;

	private final ChatOptions options;

	/**
	 * A model over a chain.
	 * @param chain the chain
	 * @param members its targets, in the same order, without what guards them
	 */
	public ResilientChatModel(TargetChain<Prompt, ChatResponse> chain, List<ChatModelTarget> members) {
		this.chain = chain;
		this.members = List.copyOf(members);
		this.options = members.get(0).options();
	}

	/**
	 * Asks the chain.
	 * @throws io.github.agentresilience.chain.ChainExhaustedException when no target answered in time
	 * @throws RuntimeException the provider's own, when it refused the request itself
	 */
	@Override
	public ChatResponse call(Prompt prompt) {
		return this.chain.call(prompt, CallSpec.SCORED);
	}

	/**
	 * Streams from the chain; another target may take over until the first chunk that shows something.
	 */
	@Override
	public Flux<ChatResponse> stream(Prompt prompt) {
		return this.chain.stream(prompt, CallSpec.SCORED);
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

	public TargetChain<Prompt, ChatResponse> chain() {
		return this.chain;
	}

}
