package io.github.agentresilience.llm;

import reactor.core.publisher.Flux;

import org.springframework.ai.chat.client.ChatClientRequest;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.client.advisor.ChatModelCallAdvisor;
import org.springframework.ai.chat.client.advisor.ChatModelStreamAdvisor;
import org.springframework.ai.chat.client.advisor.api.CallAdvisor;
import org.springframework.ai.chat.client.advisor.api.CallAdvisorChain;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisor;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisorChain;
import org.springframework.core.Ordered;

/**
 * Asks a resilient model in the place of the plain one that a ChatClient was built on. It stands right before the end
 * of the advisors, inside the tool loop, and never calls on.
 */
public final class ResilientModelAdvisor implements CallAdvisor, StreamAdvisor {

	private final CallAdvisor call;

	private final StreamAdvisor stream;

	public ResilientModelAdvisor(ResilientChatModel model) {
		this.call = ChatModelCallAdvisor.builder().chatModel(model).build();
		this.stream = ChatModelStreamAdvisor.builder().chatModel(model).build();
	}

	@Override
	public ChatClientResponse adviseCall(ChatClientRequest request, CallAdvisorChain chain) {
		return this.call.adviseCall(request, chain);
	}

	@Override
	public Flux<ChatClientResponse> adviseStream(ChatClientRequest request, StreamAdvisorChain chain) {
		return this.stream.adviseStream(request, chain);
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
