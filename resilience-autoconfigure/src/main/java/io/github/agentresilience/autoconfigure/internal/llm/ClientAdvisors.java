package io.github.agentresilience.autoconfigure.internal.llm;

import java.util.List;

import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.llm.internal.model.CallParamsAdvisor;
import io.github.agentresilience.llm.internal.model.ResilientChatModel;
import io.github.agentresilience.llm.internal.model.ResilientModelAdvisor;
import io.github.agentresilience.llm.internal.model.TurnAdvisor;

import org.springframework.ai.chat.client.advisor.api.Advisor;
import org.springframework.ai.chat.model.ChatModel;

/**
 * What a ChatClient needs whose model is a chain.
 */
public final class ClientAdvisors {

	private ClientAdvisors() {
	}

	/**
	 * The advisors of a client.
	 * @param model the chain's model
	 * @param asked what the client asks: that model, or what the application has put
	 * around it, which must be asked too
	 */
	public static List<Advisor> of(ChainRuntime runtime, ResilientChatModel model, ChatModel asked) {
		return List.of(new TurnAdvisor(runtime, model),
				(asked == model) ? new ResilientModelAdvisor(model, null) : new CallParamsAdvisor(model));
	}

}
