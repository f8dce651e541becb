package io.github.agentresilience.llm.internal.model;

import java.util.List;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.internal.engine.AnswerJudge;
import io.github.agentresilience.llm.internal.accept.Acceptance;
import io.github.agentresilience.llm.internal.accept.Said;
import io.github.agentresilience.llm.internal.accept.Unacceptable;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.model.ChatResponse;

/**
 * Judges the answers of one chain of chat models.
 */
public final class ChatJudge implements AnswerJudge<ChatRequest, ChatResponse> {

	private final Acceptance[] byPosition;

	/**
	 * A judge.
	 * @param byTarget what the answers of each target must be like, in the order of the
	 * chain
	 */
	public ChatJudge(List<Acceptance> byTarget) {
		this.byPosition = byTarget.toArray(Acceptance[]::new);
	}

	@Override
	public @Nullable Failure judge(ChatRequest request, int position, ChatResponse answer) {
		return judgeWhole(request, position, List.of(answer));
	}

	@Override
	public @Nullable Failure judgeWhole(ChatRequest request, int position, List<ChatResponse> chunks) {
		if (chunks.isEmpty()) {
			return null;
		}
		Said said = Said.of(chunks);
		Unacceptable why = this.byPosition[position].judge(request.prompt(), request.terms(), said, isCutOff(chunks),
				() -> (chunks.size() == 1) ? chunks.get(0) : said.whole(chunks));
		return (why != null) ? failure(why, request) : null;
	}

	/**
	 * What a client's {@code entity(converter)} makes of an answer is not known here, and
	 * may be more than Spring AI's own converters do.
	 */
	private static Failure failure(Unacceptable why, ChatRequest request) {
		return (why == Unacceptable.ENTITY && request.terms().entity() == null) ? why.guess() : why.failure();
	}

	private static boolean isCutOff(List<ChatResponse> chunks) {
		for (ChatResponse chunk : chunks) {
			if (ChatAnswers.LENGTH.equalsIgnoreCase(ChatAnswers.finishReason(chunk))) {
				return true;
			}
		}
		return false;
	}

	@Override
	public boolean needsWholeStream(ChatRequest request) {
		return request.terms().needWholeAnswer();
	}

	@Override
	public int badness(Failure why) {
		return Unacceptable.badness(why.reason());
	}

	@Override
	public ChatResponse markUnaccepted(ChatResponse answer) {
		return AnswerMetadata.markUnaccepted(answer);
	}

}
