package io.github.agentresilience.llm.internal.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.springframework.ai.anthropic.AnthropicChatOptions;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.MessageType;
import org.springframework.ai.chat.prompt.Prompt;

/**
 * While extended thinking is on, Anthropic refuses a turn whose tool calls do not begin
 * with the thinking behind them, which another model cannot have said. The rest of such a
 * turn goes without thinking; the next one thinks again.
 */
final class AnthropicThinking {

	private AnthropicThinking() {
	}

	static Prompt fit(Prompt prompt) {
		if (!(prompt.getOptions() instanceof AnthropicChatOptions options) || options.getThinking() == null
				|| !options.getThinking().isEnabled()) {
			return prompt;
		}
		List<Message> messages = prompt.getInstructions();
		int turn = beginOfTurn(messages);
		if (messages.subList(turn, messages.size()).stream().noneMatch(AnthropicThinking::lacksThinking)) {
			return prompt;
		}
		List<Message> without = new ArrayList<>(messages.subList(0, turn));
		for (Message message : messages.subList(turn, messages.size())) {
			without.add((message instanceof AssistantMessage answer) ? withoutThinking(answer) : message);
		}
		return new Prompt(without, options.mutate().thinkingDisabled().build());
	}

	private static int beginOfTurn(List<Message> messages) {
		for (int i = messages.size() - 1; i >= 0; i--) {
			if (messages.get(i).getMessageType() == MessageType.USER) {
				return i;
			}
		}
		return 0;
	}

	private static boolean lacksThinking(Message message) {
		return message instanceof AssistantMessage answer && answer.hasToolCalls()
				&& !answer.getMetadata().containsKey(Privates.THINKING);
	}

	/** Thinking is refused in its turn where it is turned off. */
	private static AssistantMessage withoutThinking(AssistantMessage answer) {
		if (!answer.getMetadata().containsKey(Privates.THINKING)) {
			return answer;
		}
		Map<String, Object> metadata = new HashMap<>(answer.getMetadata());
		metadata.remove(Privates.THINKING);
		return AssistantMessage.builder()
			.content(answer.getText())
			.properties(metadata)
			.toolCalls(answer.getToolCalls())
			.media(answer.getMedia())
			.build();
	}

}
