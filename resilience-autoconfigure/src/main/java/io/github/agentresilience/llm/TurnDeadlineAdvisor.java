package io.github.agentresilience.llm;

import java.time.Duration;
import java.util.function.LongSupplier;

import io.github.agentresilience.chain.TurnDeadline;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.client.ChatClientRequest;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.client.advisor.api.CallAdvisor;
import org.springframework.ai.chat.client.advisor.api.CallAdvisorChain;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisor;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisorChain;
import org.springframework.core.Ordered;

/**
 * Puts a whole turn of the agent under one deadline where the call asks for it with {@link CallParams#TURN_DEADLINE}.
 * It stands before the advisor that runs the tool loop, so that model calls and tool calls share what is left.
 */
public final class TurnDeadlineAdvisor implements CallAdvisor, StreamAdvisor {

	private final LongSupplier nanoTime;

	/**
	 * An advisor.
	 * @param nanoTime the chains' clock
	 */
	public TurnDeadlineAdvisor(LongSupplier nanoTime) {
		this.nanoTime = nanoTime;
	}

	@Override
	public ChatClientResponse adviseCall(ChatClientRequest request, CallAdvisorChain chain) {
		Duration turn = CallParams.duration(request.context(), CallParams.TURN_DEADLINE);
		if (turn == null) {
			return chain.nextCall(request);
		}
		return TurnDeadline.after(turn, this.nanoTime.getAsLong()).during(() -> chain.nextCall(request));
	}

	@Override
	public Flux<ChatClientResponse> adviseStream(ChatClientRequest request, StreamAdvisorChain chain) {
		Duration turn = CallParams.duration(request.context(), CallParams.TURN_DEADLINE);
		Flux<ChatClientResponse> rest = chain.nextStream(request);
		return (turn == null) ? rest : rest.contextWrite((context) -> context.put(TurnDeadline.KEY,
				TurnDeadline.after(turn, this.nanoTime.getAsLong()).stricter(TurnDeadline.in(context))));
	}

	@Override
	public String getName() {
		return "turn deadline";
	}

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

}
