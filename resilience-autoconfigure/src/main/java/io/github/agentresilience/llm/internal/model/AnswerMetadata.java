package io.github.agentresilience.llm.internal.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.llm.internal.answer.FinishReason;
import io.github.agentresilience.llm.internal.history.PortableHistory;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;

/**
 * Keys under which the metadata of an answer tells who served it.
 */
public final class AnswerMetadata {

	/** The name of the target that answered. */
	public static final String TARGET = "resilience.target";

	/** How many attempts the call took, the answering one included. */
	public static final String ATTEMPTS = "resilience.attempts";

	/** Whether another target than the chain's first answered. */
	public static final String FALLBACK = "resilience.fallback";

	/**
	 * Present and {@code true} where no target answered, but the chain's last resort did.
	 */
	public static final String DEGRADED = "resilience.degraded";

	/**
	 * Present and {@code false} where the answer is not one that the chain accepts, but
	 * no target had a better one.
	 */
	public static final String ACCEPTED = "resilience.accepted";

	/** What {@link #TARGET} says of the answer of a last resort. */
	public static final String LAST_RESORT = "last-resort";

	/**
	 * The provider's own finish reason, where that is none of OpenAI's, such as
	 * {@code end_turn}. An unknown one is the finish reason of the generation too.
	 */
	public static final String FINISH_REASON = "resilience.finish-reason";

	private AnswerMetadata() {
	}

	/** Marks the answer of a last resort. */
	public static ChatResponse signDegraded(ChatResponse answer, ChainExhaustedException why) {
		return ChatResponse.builder()
			.from(answer)
			.metadata(TARGET, LAST_RESORT)
			.metadata(ATTEMPTS, why.attempts().size())
			.metadata(FALLBACK, true)
			.metadata(DEGRADED, true)
			.build();
	}

	/** Says in an answer, or a chunk of one, that it was not accepted. */
	static ChatResponse markUnaccepted(ChatResponse answer) {
		return ChatResponse.builder().from(answer).metadata(ACCEPTED, false).build();
	}

	/**
	 * The answer, or chunk of one, with its provider's own words for why its choices
	 * ended.
	 */
	static ChatResponse withFinishReasons(ChatResponse answer, Map<Integer, FinishReason> reasons) {
		if (reasons.isEmpty() || ChatAnswers.finishReason(answer) == null) {
			return answer;
		}
		List<Generation> generations = new ArrayList<>();
		String word = null;
		for (Generation generation : answer.getResults()) {
			Object index = generation.getOutput().getMetadata().get("index");
			FinishReason reason = (index instanceof Number number) ? reasons.get(number.intValue()) : null;
			word = (word == null && reason != null) ? reason.word() : word;
			generations.add((reason != null && reason.meaning() == FinishReason.Meaning.UNKNOWN)
					? new Generation(generation.getOutput(), withFinishReason(generation.getMetadata(), reason.word()))
					: generation);
		}
		ChatResponse.Builder changed = ChatResponse.builder().from(answer).generations(generations);
		return ((word != null) ? changed.metadata(FINISH_REASON, word) : changed).build();
	}

	private static ChatGenerationMetadata withFinishReason(ChatGenerationMetadata metadata, String word) {
		Map<String, Object> other = new HashMap<>();
		metadata.entrySet().forEach((entry) -> other.put(entry.getKey(), entry.getValue()));
		return ChatGenerationMetadata.builder()
			.metadata(other)
			.contentFilters(metadata.getContentFilters())
			.finishReason(word)
			.build();
	}

	/**
	 * Says in an answer who gave it, and in its messages who made them: those are all
	 * that tool loop and memory keep.
	 */
	static ChatResponse sign(ChatResponse answer, Exchange attempt) {
		String target = attempt.attempt().target();
		for (Generation generation : answer.getResults()) {
			mark(generation.getOutput(), target);
		}
		return ChatResponse.builder()
			.from(answer)
			.metadata(TARGET, target)
			.metadata(ATTEMPTS, attempt.attempt().ordinal())
			.metadata(FALLBACK, attempt.attempt().isFallback())
			.build();
	}

	private static void mark(@Nullable AssistantMessage message, String target) {
		if (message != null && !target.equals(message.getMetadata().get(PortableHistory.MAKER))) {
			try {
				message.getMetadata().put(PortableHistory.MAKER, target);
			}
			catch (UnsupportedOperationException ex) {
				// A message of another kind; whose it is stays unknown
			}
		}
	}

}
