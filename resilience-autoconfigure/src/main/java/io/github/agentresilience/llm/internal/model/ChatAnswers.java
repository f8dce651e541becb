package io.github.agentresilience.llm.internal.model;

import java.util.Objects;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.chain.internal.engine.AnswerInspector;
import io.github.agentresilience.llm.StreamRestarts;
import io.github.agentresilience.llm.internal.answer.FinishReason;
import io.github.agentresilience.llm.internal.answer.ToolArguments;
import io.github.agentresilience.llm.internal.failure.BadGenerationException;
import io.github.agentresilience.llm.internal.failure.ContentFilteredException;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.Usage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.util.CollectionUtils;
import org.springframework.util.StringUtils;

/**
 * What the LLM layer knows about its answers.
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
		BadGenerationException badToolCall = badToolCall(answer);
		if (badToolCall != null) {
			return this.classifier.classify(badToolCall);
		}
		if (!isOutput(answer) && !mayBeEmpty(finish) && !isFinishUnsaid(answer)) {
			String message = answer.getResults().isEmpty() ? "The answer has no choices" : "The answer is empty";
			return Failure.ofTransient(0, message, new TargetFailureException(0, message, (Throwable) null));
		}
		return null;
	}

	/**
	 * Whether an answer without words may be all there is: whether it is accepted, its
	 * chain judges. With another reason it is no whole answer.
	 */
	static boolean mayBeEmpty(@Nullable String finish) {
		return LENGTH.equalsIgnoreCase(finish) || FinishReason.isStop(finish);
	}

	/**
	 * Whether there is an answer whose model says nothing of how it ended, as those of an
	 * application's own do. OpenAI's says at least that it does not know.
	 */
	private static boolean isFinishUnsaid(ChatResponse answer) {
		return !answer.getResults().isEmpty() && answer.getResults()
			.stream()
			.noneMatch((each) -> StringUtils.hasLength(each.getMetadata().getFinishReason()));
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
		return chunk.getResults()
			.stream()
			.anyMatch((each) -> !CollectionUtils.isEmpty(each.getOutput().getToolCalls()));
	}

	/**
	 * Says that a tool is called in a way in which none can be, {@code null} where all
	 * can be called.
	 */
	static @Nullable BadGenerationException badToolCall(ChatResponse answer) {
		for (Generation generation : answer.getResults()) {
			for (AssistantMessage.ToolCall call : generation.getOutput().getToolCalls()) {
				if (!StringUtils.hasText(call.name())) {
					return new BadGenerationException("A tool call names no tool");
				}
				if (!ToolArguments.canBeRead(call.arguments())) {
					return new BadGenerationException("The arguments of a tool call are cut or no JSON");
				}
			}
		}
		return null;
	}

	private static boolean saysMore(AssistantMessage message) {
		return StringUtils.hasLength(Objects.toString(message.getMetadata().get("refusal"), ""))
				|| StringUtils.hasLength(Objects.toString(message.getMetadata().get("reasoningContent"), ""));
	}

	/**
	 * A tool that is called runs, and Spring AI's tool loop takes every call that a
	 * stream has shown.
	 */
	@Override
	public boolean isReplaceable(ChatResponse chunk) {
		return !callsTool(chunk);
	}

	@Override
	public ChatResponse restarting(ChatResponse chunk) {
		return ChatResponse.builder().from(chunk).metadata(StreamRestarts.RESTART, true).build();
	}

	@Override
	public String textOf(ChatResponse chunk) {
		StringBuilder text = new StringBuilder();
		for (Generation generation : chunk.getResults()) {
			text.append(Objects.toString(generation.getOutput().getText(), ""));
		}
		return text.toString();
	}

	static boolean hasUsage(ChatResponse answer) {
		Usage usage = answer.getMetadata().getUsage();
		Integer tokens = (usage != null) ? usage.getTotalTokens() : null;
		return tokens != null && tokens > 0;
	}

	/** The finish reason of the answer or chunk, {@code null} while it has none. */
	public static @Nullable String finishReason(ChatResponse answer) {
		for (Generation generation : answer.getResults()) {
			String reason = generation.getMetadata().getFinishReason();
			if (StringUtils.hasLength(reason) && !NOT_FINISHED.equals(reason)) {
				return reason;
			}
		}
		return null;
	}

}
