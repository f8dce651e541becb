package io.github.agentresilience.llm.internal.accept;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.content.Media;
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

	/** Whether it says nothing whatever. */
	public boolean isEmpty() {
		return this.text.isEmpty() && this.toolCalls.isEmpty() && !this.media && !this.reasoning && !this.refusal;
	}

	/** A stream's chunks as one answer. */
	public ChatResponse whole(List<ChatResponse> chunks) {
		ChatResponse last = chunks.get(chunks.size() - 1);
		Generation ended = null;
		Map<String, Object> metadata = new HashMap<>();
		List<Media> all = new ArrayList<>();
		for (ChatResponse chunk : chunks) {
			for (Generation generation : chunk.getResults()) {
				ended = StringUtils.hasLength(generation.getMetadata().getFinishReason()) || ended == null ? generation
						: ended;
				all.addAll(generation.getOutput().getMedia());
				collect(generation.getOutput().getMetadata(), metadata);
			}
		}
		AssistantMessage message = AssistantMessage.builder()
			.content(this.text)
			.properties(metadata)
			.toolCalls(this.toolCalls)
			.media(all)
			.build();
		return ChatResponse.builder()
			.from(last)
			.generations((ended != null) ? List.of(new Generation(message, ended.getMetadata()))
					: List.of(new Generation(message)))
			.build();
	}

	/**
	 * The latest of each counts. What one chunk says is not taken back by another that
	 * says nothing.
	 */
	private static void collect(Map<String, Object> ofChunk, Map<String, Object> ofAll) {
		ofChunk.forEach((key, value) -> {
			if (!ofAll.containsKey(key) || has(ofChunk, key)) {
				ofAll.put(key, value);
			}
		});
	}

	private static boolean has(Map<String, Object> metadata, String key) {
		Object value = metadata.get(key);
		return value != null && !value.toString().isEmpty();
	}

}
