package io.github.agentresilience.llm;

import java.util.Objects;

import io.github.agentresilience.chain.AnswerInspector;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.TargetFailureException;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.util.CollectionUtils;
import org.springframework.util.StringUtils;

/**
 * What the LLM leg knows about its answers.
 */
public final class ChatAnswers implements AnswerInspector<ChatResponse> {

	/** How Spring AI's OpenAI model names a finish reason that is not there yet. */
	private static final String NOT_FINISHED = "_UNKNOWN";

	static final String CONTENT_FILTER = "CONTENT_FILTER";

	static final String LENGTH = "LENGTH";

	private final FailureClassifier classifier;

	public ChatAnswers(FailureClassifier classifier) {
		this.classifier = classifier;
	}

	@Override
	public @Nullable Failure judge(ChatResponse answer) {
		String finish = finishReason(answer);
		if (CONTENT_FILTER.equalsIgnoreCase(finish)) {
			return this.classifier.classify(new ContentFilteredException());
		}
		if (!isOutput(answer) && !LENGTH.equalsIgnoreCase(finish)) {
			String message = answer.getResults().isEmpty() ? "The answer has no choices" : "The answer is empty";
			return Failure.ofTransient(0, message, new TargetFailureException(0, message, (Throwable) null));
		}
		return null;
	}

	@Override
	public boolean isOutput(ChatResponse chunk) {
		return saysSomething(chunk);
	}

	static boolean saysSomething(ChatResponse chunk) {
		for (Generation generation : chunk.getResults()) {
			AssistantMessage message = generation.getOutput();
			if (StringUtils.hasLength(message.getText()) || !CollectionUtils.isEmpty(message.getToolCalls())
					|| !CollectionUtils.isEmpty(message.getMedia()) || saysMore(message)) {
				return true;
			}
		}
		return false;
	}

	static boolean callsTool(ChatResponse chunk) {
		return chunk.getResults().stream().anyMatch((each) -> !CollectionUtils.isEmpty(each.getOutput().getToolCalls()));
	}

	private static boolean saysMore(AssistantMessage message) {
		return StringUtils.hasLength(Objects.toString(message.getMetadata().get("refusal"), ""))
				|| StringUtils.hasLength(Objects.toString(message.getMetadata().get("reasoningContent"), ""));
	}

	@Override
	public String textOf(ChatResponse chunk) {
		StringBuilder text = new StringBuilder();
		for (Generation generation : chunk.getResults()) {
			text.append(Objects.toString(generation.getOutput().getText(), ""));
		}
		return text.toString();
	}

	/** The finish reason of the answer or chunk, {@code null} while it has none. */
	static @Nullable String finishReason(ChatResponse answer) {
		for (Generation generation : answer.getResults()) {
			String reason = generation.getMetadata().getFinishReason();
			if (StringUtils.hasLength(reason) && !NOT_FINISHED.equals(reason)) {
				return reason;
			}
		}
		return null;
	}

}
