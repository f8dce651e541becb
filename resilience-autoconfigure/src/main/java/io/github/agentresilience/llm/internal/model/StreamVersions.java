package io.github.agentresilience.llm.internal.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.llm.StreamRestarts;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;

/**
 * The versions of one streamed answer: subscribers see each as it comes, Spring AI's
 * aggregation the last one.
 */
final class StreamVersions {

	private static final String IS_THOUGHT = "isThought";

	private static final String TEXT_ONLY = "the answer began anew, which a stream of text cannot tell; use StreamRestarts";

	private final StringBuilder text = new StringBuilder();

	private final StringBuilder thoughts = new StringBuilder();

	private final StringBuilder withoutThoughts = new StringBuilder();

	private final Map<String, Object> metadata = new HashMap<>();

	private @Nullable ChatResponse last;

	/** Waits for the first message of the version that takes the place of another. */
	private @Nullable StreamInterruptedException broken;

	private StreamVersions() {
	}

	static Flux<ChatResponse> of(Flux<ChatResponse> chunks) {
		return Flux.defer(() -> {
			StreamVersions versions = new StreamVersions();
			return chunks.map(versions::shown).concatWith(Flux.defer(versions::collected));
		});
	}

	private ChatResponse shown(ChatResponse chunk) {
		if (StreamRestarts.isRestart(chunk)) {
			beginAnew();
		}
		this.last = chunk;
		Generation result = chunk.getResult();
		if (result == null) {
			return chunk;
		}
		AssistantMessage message = result.getOutput();
		collect(message);
		List<Generation> generations = new ArrayList<>(chunk.getResults());
		generations.set(0, new Generation(ReplaceableMessage.shown(message, this.broken), result.getMetadata()));
		this.broken = null;
		return ChatResponse.builder().from(chunk).generations(generations).build();
	}

	private void beginAnew() {
		Object target = (this.last != null) ? this.last.getMetadata().get(AnswerMetadata.TARGET) : null;
		this.broken = new StreamInterruptedException(Objects.toString(target, ""),
				Failure.ofTransient(0, TEXT_ONLY, new TargetFailureException(0, TEXT_ONLY, (Throwable) null)),
				this.text.toString());
		this.text.setLength(0);
		this.thoughts.setLength(0);
		this.withoutThoughts.setLength(0);
		this.metadata.clear();
	}

	private void collect(AssistantMessage message) {
		String said = Objects.requireNonNullElse(message.getText(), "");
		this.text.append(said);
		Object thought = message.getMetadata().get(IS_THOUGHT);
		if (thought != null) {
			(Boolean.parseBoolean(thought.toString()) ? this.thoughts : this.withoutThoughts).append(said);
		}
		this.metadata.putAll(message.getMetadata());
	}

	/**
	 * Shows nothing new: it repeats the metadata of the last chunk, where many look for
	 * usage and target.
	 */
	private Flux<ChatResponse> collected() {
		ChatResponse end = this.last;
		if (end == null) {
			return Flux.empty();
		}
		this.metadata.remove(IS_THOUGHT);
		if (!this.thoughts.isEmpty()) {
			this.metadata.put("thoughts", this.thoughts.toString());
			this.metadata.put("outputWithoutThoughts", this.withoutThoughts.toString());
		}
		ReplaceableMessage whole = ReplaceableMessage.collected(this.text.toString(), new HashMap<>(this.metadata));
		ChatResponse.Builder chunk = ChatResponse.builder()
			.from(end)
			.generations(List.of(new Generation(whole, ChatGenerationMetadata.NULL)));
		return Flux
			.just((StreamRestarts.isRestart(end) ? chunk.metadata(StreamRestarts.RESTART, false) : chunk).build());
	}

}
