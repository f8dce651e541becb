package io.github.agentresilience.llm.internal.model;

import io.github.agentresilience.llm.CallParams;
import io.github.agentresilience.llm.internal.accept.Terms;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.client.ChatClientAttributes;
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
 * Asks a resilient model, with what the call chose for itself: in the place of the plain
 * model that a ChatClient was built on, or of the same resilient model without
 * parameters. It stands right before the end of the advisors, inside the tool loop, and
 * never calls on.
 */
public final class ResilientModelAdvisor implements CallAdvisor, StreamAdvisor {

	private static final String OUTPUT_FORMAT = ChatClientAttributes.OUTPUT_FORMAT.getKey();

	private final ResilientChatModel model;

	private final @Nullable ChatModel plain;

	private final CallAdvisor call;

	private final StreamAdvisor stream;

	/**
	 * An advisor.
	 * @param model the model to ask
	 * @param plain the model that the client was built on and makes its prompts for,
	 * where that is another
	 */
	public ResilientModelAdvisor(ResilientChatModel model, @Nullable ChatModel plain) {
		this.model = model;
		this.plain = plain;
		ChatModel asked = model.forCall(CallParams.NONE, Terms.NONE, plain);
		this.call = ChatModelCallAdvisor.builder().chatModel(asked).build();
		this.stream = ChatModelStreamAdvisor.builder().chatModel(asked).build();
	}

	/** The model that it asks. */
	public ResilientChatModel model() {
		return this.model;
	}

	@Override
	public ChatClientResponse adviseCall(ChatClientRequest request, CallAdvisorChain chain) {
		CallParams params = this.model.params(request.context());
		Terms terms = Terms.of(params, format(request));
		CallAdvisor end = (params == CallParams.NONE && terms == Terms.NONE) ? this.call
				: ChatModelCallAdvisor.builder().chatModel(this.model.forCall(params, terms, this.plain)).build();
		return end.adviseCall(request, chain);
	}

	@Override
	public Flux<ChatClientResponse> adviseStream(ChatClientRequest request, StreamAdvisorChain chain) {
		CallParams params = this.model.params(request.context());
		Terms terms = Terms.of(params, format(request));
		StreamAdvisor end = (params == CallParams.NONE && terms == Terms.NONE) ? this.stream
				: ChatModelStreamAdvisor.builder().chatModel(this.model.forCall(params, terms, this.plain)).build();
		return end.adviseStream(request, chain);
	}

	/** What {@code entity(Type)} tells the model about the form of its answer. */
	private static @Nullable String format(ChatClientRequest request) {
		return (request.context().get(OUTPUT_FORMAT) instanceof String format) ? format : null;
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
