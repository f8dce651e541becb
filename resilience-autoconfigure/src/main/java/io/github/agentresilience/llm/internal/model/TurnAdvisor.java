package io.github.agentresilience.llm.internal.model;

import java.time.Duration;

import io.github.agentresilience.chain.internal.budget.Turn;
import io.github.agentresilience.chain.internal.budget.TurnAccount;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.llm.CallParams;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.client.ChatClientRequest;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.client.advisor.api.CallAdvisor;
import org.springframework.ai.chat.client.advisor.api.CallAdvisorChain;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisor;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisorChain;
import org.springframework.core.Ordered;

/**
 * Puts a whole turn of the agent under one deadline and one budget, where the call asks
 * for that with {@link CallParams#TURN_DEADLINE} and {@link CallParams#TURN_BUDGET}, or
 * its chain has a budget for turns. It stands before the advisor that runs the tool loop,
 * so that model calls and tool calls share what is left.
 */
public final class TurnAdvisor implements CallAdvisor, StreamAdvisor {

	private final ChainRuntime runtime;

	private final ResilientChatModel model;

	/**
	 * An advisor.
	 * @param runtime the chains' clock, and who knows of turns that are under way
	 * @param model the model that the client asks
	 */
	public TurnAdvisor(ChainRuntime runtime, ResilientChatModel model) {
		this.runtime = runtime;
		this.model = model;
	}

	@Override
	public ChatClientResponse adviseCall(ChatClientRequest request, CallAdvisorChain chain) {
		Turn outer = this.runtime.turn(null);
		Turn turn = turn(request, outer);
		if (turn == null) {
			return chain.nextCall(request);
		}
		ChatClientRequest counted = CountedTool.in(request, turn);
		return (turn == outer) ? chain.nextCall(counted) : turn.during(() -> chain.nextCall(counted));
	}

	@Override
	public Flux<ChatClientResponse> adviseStream(ChatClientRequest request, StreamAdvisorChain chain) {
		if (turn(request, this.runtime.turn(null)) == null) {
			return chain.nextStream(request);
		}
		return Flux.deferContextual((subscriber) -> {
			Turn turn = turn(request, this.runtime.turn(subscriber));
			return (turn == null) ? chain.nextStream(request) : chain.nextStream(CountedTool.in(request, turn))
				.contextWrite((context) -> context.put(Turn.KEY, turn));
		});
	}

	/**
	 * The turn that a request begins or, where it has nothing to say, is a part of.
	 * @return {@code null} where there is none
	 */
	private @Nullable Turn turn(ChatClientRequest request, @Nullable Turn outer) {
		Duration most = CallParams.duration(request.context(), CallParams.TURN_DEADLINE);
		TurnAccount account = this.model.account(request.context(), request.prompt(), outer);
		return (most == null && account == null) ? outer : Turn.within(outer, most, this.runtime.nanoTime(), account);
	}

	@Override
	public String getName() {
		return "turn";
	}

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

}
