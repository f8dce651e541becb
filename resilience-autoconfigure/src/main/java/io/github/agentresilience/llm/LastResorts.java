package io.github.agentresilience.llm;

import java.util.List;

import io.github.agentresilience.chain.LastResort;
import io.github.agentresilience.llm.internal.model.PortableOptions;
import io.github.agentresilience.llm.internal.model.TargetOptions;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;

/**
 * Last resorts for chains of chat models. A bean of type
 * {@code LastResort<Prompt, ChatResponse>} is one, whether it comes from here or from a
 * lambda:
 *
 * <pre>{@code
 * &#64;Bean
 * LastResort<Prompt, ChatResponse> lastResort() {
 *     return LastResorts.saying("I cannot reach my models. Please try again in a minute.").only("default");
 * }
 * }</pre>
 */
public final class LastResorts {

	private LastResorts() {
	}

	/** Says the same to everybody. */
	public static LastResort<Prompt, ChatResponse> saying(String text) {
		return (prompt, why) -> new ChatResponse(List.of(new Generation(new AssistantMessage(text))));
	}

	/**
	 * Asks a model that stands in no chain, such as a small one on the same machine; the
	 * model name is its own.
	 */
	public static LastResort<Prompt, ChatResponse> asking(ChatModel model) {
		return (prompt, why) -> model.call(new Prompt(prompt.getInstructions(),
				PortableOptions.translate(prompt.getOptions(), model.getOptions(), true, TargetOptions.NONE)));
	}

}
