package io.github.agentresilience.llm.internal.accept;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.util.CollectionUtils;
import org.springframework.util.StringUtils;

/**
 * What an answer says, in one piece or in chunks.
 *
 * @param text its text
 * @param toolCalls the tools that it calls
 * @param media whether it holds something besides text
 * @param reasoning whether it shows its reasoning
 * @param refusal whether the model says that it refuses
 */
public record Said(String text, List<AssistantMessage.ToolCall> toolCalls, boolean media, boolean reasoning,
		boolean refusal) {

	public static Said of(List<ChatResponse> chunks) {
		String text = "";
		StringBuilder more = null;
		List<AssistantMessage.ToolCall> calls = List.of();
		boolean media = false;
		boolean reasoning = false;
		boolean refusal = false;
		for (ChatResponse chunk : chunks) {
			boolean first = true;
			for (Generation generation : chunk.getResults()) {
				AssistantMessage message = generation.getOutput();
				String words = message.getText();
				if (first && words != null && !words.isEmpty()) {
					// Of several choices callers read the first
					first = false;
					if (text.isEmpty()) {
						text = words;
					}
					else {
						more = (more != null) ? more : new StringBuilder(text);
						more.append(words);
					}
				}
				if (!message.getToolCalls().isEmpty()) {
					calls = calls.isEmpty() ? new ArrayList<>() : calls;
					calls.addAll(message.getToolCalls());
				}
				media |= !CollectionUtils.isEmpty(message.getMedia());
				reasoning |= has(message.getMetadata(), "reasoningContent");
				refusal |= has(message.getMetadata(), "refusal");
			}
		}
		return new Said((more != null) ? more.toString() : text, calls, media, reasoning, refusal);
	}

	/** A stream's chunks as one answer. */
	public ChatResponse whole(List<ChatResponse> chunks) {
		ChatResponse last = chunks.get(chunks.size() - 1);
		Generation ended = null;
		for (ChatResponse chunk : chunks) {
			for (Generation generation : chunk.getResults()) {
				ended = StringUtils.hasLength(generation.getMetadata().getFinishReason()) || ended == null ? generation
						: ended;
			}
		}
		AssistantMessage message = AssistantMessage.builder().content(this.text).toolCalls(this.toolCalls).build();
		return ChatResponse.builder()
			.from(last)
			.generations((ended != null) ? List.of(new Generation(message, ended.getMetadata()))
					: List.of(new Generation(message)))
			.build();
	}

	private static boolean has(Map<String, Object> metadata, String key) {
		Object value = metadata.get(key);
		return value != null && !value.toString().isEmpty();
	}

}
