package io.github.agentresilience.llm.internal.history;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.MessageType;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;

/**
 * Puts turns in the order that strict endpoints demand.
 */
final class Turns {

	private static final String ANSWER = "(The answer was not recorded.)";

	private Turns() {
	}

	static List<Message> fit(List<Message> messages, Dialect.Turns rule) {
		if (rule == Dialect.Turns.FREE) {
			return messages;
		}
		List<Message> fitting = null;
		for (int i = 1; i < messages.size(); i++) {
			Message message = messages.get(i);
			Message before = (fitting != null) ? fitting.get(fitting.size() - 1) : messages.get(i - 1);
			boolean merges = merges(before, message);
			boolean misses = rule == Dialect.Turns.ANSWERED && before.getMessageType() == MessageType.TOOL
					&& message.getMessageType() == MessageType.USER;
			if ((merges || misses) && fitting == null) {
				fitting = new ArrayList<>(messages.subList(0, i));
			}
			if (fitting != null && merges) {
				fitting.set(fitting.size() - 1, merged(before, message));
			}
			else if (fitting != null) {
				if (misses) {
					fitting.add(new AssistantMessage(ANSWER));
				}
				fitting.add(message);
			}
		}
		return (fitting != null) ? fitting : messages;
	}

	private static boolean merges(Message before, Message message) {
		if (before instanceof UserMessage && message instanceof UserMessage
				|| before instanceof ToolResponseMessage && message instanceof ToolResponseMessage) {
			return true;
		}
		return before instanceof AssistantMessage first && message instanceof AssistantMessage && !first.hasToolCalls();
	}

	private static Message merged(Message before, Message message) {
		if (before instanceof ToolResponseMessage first && message instanceof ToolResponseMessage second) {
			return ToolResponseMessage.builder()
				.responses(both(first.getResponses(), second.getResponses()))
				.metadata(second.getMetadata())
				.build();
		}
		String text = joined(before.getText(), message.getText());
		if (before instanceof UserMessage first && message instanceof UserMessage second) {
			return second.mutate().text(text).media(both(first.getMedia(), second.getMedia())).build();
		}
		AssistantMessage first = (AssistantMessage) before;
		AssistantMessage second = (AssistantMessage) message;
		return AssistantMessage.builder()
			.content(text)
			.properties(second.getMetadata())
			.toolCalls(second.getToolCalls())
			.media(both(first.getMedia(), second.getMedia()))
			.build();
	}

	private static String joined(@Nullable String first, @Nullable String second) {
		if (first == null || first.isEmpty()) {
			return (second != null) ? second : "";
		}
		return (second == null || second.isEmpty()) ? first : first + "\n\n" + second;
	}

	private static <T> List<T> both(List<T> first, List<T> second) {
		List<T> both = new ArrayList<>(first);
		both.addAll(second);
		return both;
	}

}
