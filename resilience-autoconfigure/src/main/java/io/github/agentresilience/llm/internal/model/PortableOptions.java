package io.github.agentresilience.llm.internal.model;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.tool.ToolCallback;

/**
 * Carries a prompt's options over to a target. What every provider understands travels,
 * tools included; the model, and what is the business of one endpoint alone, stays the
 * target's own.
 */
public final class PortableOptions {

	private static final Class<?> UNSAID = ChatOptions.builder().build().getClass();

	private PortableOptions() {
	}

	/**
	 * Options for one target.
	 * @param wanted the prompt's, {@code null} where it has none
	 * @param own the target's
	 * @param madeForAnother whether the prompt was made with another target's options in
	 * mind
	 * @param insisted what the target insists on
	 */
	public static ChatOptions translate(@Nullable ChatOptions wanted, ChatOptions own, boolean madeForAnother,
			TargetOptions insisted) {
		if (wanted == null && insisted.equals(TargetOptions.NONE)) {
			return own;
		}
		ChatOptions.Builder<?> builder = start(own, wanted);
		if (wanted != null) {
			replaceLists(builder, wanted);
			builder.combineWith(wanted.mutate());
			oneLength(builder, own, wanted);
		}
		insisted.applyTo(builder);
		builder.model(own.getModel());
		if (builder instanceof OpenAiChatOptions.Builder openAi && own instanceof OpenAiChatOptions ownOpenAi) {
			openAi.baseUrl(ownOpenAi.getBaseUrl()).apiKey(ownOpenAi.getApiKey()).credential(ownOpenAi.getCredential());
			openAi.organizationId(ownOpenAi.getOrganizationId()).deploymentName(ownOpenAi.getDeploymentName());
			Map<String, Object> extraBody = ownOpenAi.getExtraBody();
			if (madeForAnother) {
				openAi.customHeaders(ownOpenAi.getCustomHeaders());
			}
			else if (wanted instanceof OpenAiChatOptions wantedOpenAi && wantedOpenAi.getExtraBody() != null) {
				extraBody = wantedOpenAi.getExtraBody();
			}
			openAi.extraBody(insisted.extraBody(extraBody));
		}
		return builder.build();
	}

	/**
	 * Options for a model that the application means, whoever asks it: those of a prompt
	 * as they are, where they are of the model's kind or it does not say which that is,
	 * and else what of them it understands, the model's name included.
	 */
	static ChatOptions translate(@Nullable ChatOptions wanted, ChatOptions own) {
		if (wanted != null && (own.getClass().isInstance(wanted) || own.getClass() == UNSAID)) {
			return wanted;
		}
		ChatOptions translated = translate(wanted, own, false, TargetOptions.NONE);
		return (wanted == null || wanted.getModel() == null) ? translated
				: translated.mutate().model(wanted.getModel()).build();
	}

	/**
	 * A model of the application that says nothing of its options has them of a class
	 * that cannot hold tools.
	 */
	private static ChatOptions.Builder<?> start(ChatOptions own, @Nullable ChatOptions wanted) {
		if (own.getClass() == UNSAID && wanted instanceof ToolCallingChatOptions) {
			return ToolCallingChatOptions.builder().combineWith(own.mutate());
		}
		return own.mutate();
	}

	/**
	 * Combining appends to lists, but a prompt's list already holds what the first
	 * target's options said.
	 */
	private static void replaceLists(ChatOptions.Builder<?> builder, ChatOptions wanted) {
		if (wanted.getStopSequences() != null) {
			builder.stopSequences(null);
		}
		if (builder instanceof ToolCallingChatOptions.Builder<?> tools) {
			tools.toolCallbacks((List<ToolCallback>) null);
		}
		if (builder instanceof OpenAiChatOptions.Builder openAi && wanted instanceof OpenAiChatOptions wantedOpenAi
				&& wantedOpenAi.getOutputModalities() != null) {
			openAi.outputModalities(null);
		}
	}

	/**
	 * Only one of the two lengths may be set. One that a prompt says comes first, and is
	 * said in the way that the target has of saying it.
	 */
	private static void oneLength(ChatOptions.Builder<?> builder, ChatOptions own, ChatOptions wanted) {
		if (!(builder instanceof OpenAiChatOptions.Builder openAi)) {
			return;
		}
		Integer ofCompletion = (wanted instanceof OpenAiChatOptions wantedOpenAi)
				? wantedOpenAi.getMaxCompletionTokens() : null;
		if (ofCompletion == null && own instanceof OpenAiChatOptions ownOpenAi
				&& ownOpenAi.getMaxCompletionTokens() != null) {
			ofCompletion = wanted.getMaxTokens();
		}
		if (ofCompletion != null || wanted.getMaxTokens() != null) {
			// The builder takes no length beside the other
			openAi.maxCompletionTokens(null)
				.maxTokens((ofCompletion != null) ? null : wanted.getMaxTokens())
				.maxCompletionTokens(ofCompletion);
		}
	}

}
