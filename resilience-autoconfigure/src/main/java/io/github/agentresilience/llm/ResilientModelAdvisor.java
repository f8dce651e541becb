package io.github.agentresilience.llm;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.client.ChatClientRequest;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.client.advisor.ChatModelCallAdvisor;
import org.springframework.ai.chat.client.advisor.ChatModelStreamAdvisor;
import org.springframework.ai.chat.client.advisor.api.CallAdvisor;
import org.springframework.ai.chat.client.advisor.api.CallAdvisorChain;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisor;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisorChain;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.core.Ordered;

/**
 * Asks a resilient model, with what the call chose for itself: in the place of the plain model that a ChatClient was
 * built on, or of the same resilient model without parameters. It stands right before the end of the advisors, inside
 * the tool loop, and never calls on.
 */
public final class ResilientModelAdvisor implements CallAdvisor, StreamAdvisor {

	private final ResilientChatModel model;

	private final @Nullable ChatModel plain;

	private final CallAdvisor call;

	private final StreamAdvisor stream;

	/**
	 * An advisor.
	 * @param model the model to ask
	 * @param plain the model that the client was built on and makes its prompts for, where that is another
	 */
	public ResilientModelAdvisor(ResilientChatModel model, @Nullable ChatModel plain) {
		this.model = model;
		this.plain = plain;
		ChatModel asked = model.forCall(CallParams.NONE, plain);
		this.call = ChatModelCallAdvisor.builder().chatModel(asked).build();
		this.stream = ChatModelStreamAdvisor.builder().chatModel(asked).build();
	}

	@Override
	public ChatClientResponse adviseCall(ChatClientRequest request, CallAdvisorChain chain) {
		CallParams params = CallParams.of(request.context());
		CallAdvisor end = (params == CallParams.NONE) ? this.call
				: ChatModelCallAdvisor.builder().chatModel(this.model.forCall(params, this.plain)).build();
		return end.adviseCall(request, chain);
	}

	@Override
	public Flux<ChatClientResponse> adviseStream(ChatClientRequest request, StreamAdvisorChain chain) {
		CallParams params = CallParams.of(request.context());
		StreamAdvisor end = (params == CallParams.NONE) ? this.stream
				: ChatModelStreamAdvisor.builder().chatModel(this.model.forCall(params, this.plain)).build();
		return end.adviseStream(request, chain);
	}

	@Override
	public String getName() {
		return "resilient model";
	}

	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE - 1;
	}

}
