package io.github.agentresilience.autoconfigure;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.core.env.Environment;

/**
 * Warns of a model that retries by itself: inside our attempts its retries would multiply the load on a provider that
 * is down, unseen by its breaker.
 */
final class NestedRetries {

	private static final Logger logger = LoggerFactory.getLogger(NestedRetries.class);

	/** The bean that Spring AI configures, from properties that its options do not repeat. */
	private static final String AUTO_CONFIGURED = "openAiChatModel";

	private static final int SPRING_AI_DEFAULT = 3;

	private NestedRetries() {
	}

	static void warn(String bean, ChatModel model, Environment environment) {
		int retries = (model instanceof OpenAiChatModel openAi) ? retries(bean, openAi, environment) : 0;
		if (retries > 0) {
			logger.warn("The chat model '{}' makes up to {} retries of its own inside each attempt. Turn them off with {}.",
					bean, retries, bean.equals(AUTO_CONFIGURED) ? "spring.ai.openai.max-retries=0"
							: "OpenAiChatOptions.builder().maxRetries(0)");
		}
	}

	private static int retries(String bean, OpenAiChatModel model, Environment environment) {
		if (bean.equals(AUTO_CONFIGURED)) {
			Integer common = environment.getProperty("spring.ai.openai.max-retries", Integer.class, SPRING_AI_DEFAULT);
			return environment.getProperty("spring.ai.openai.chat.max-retries", Integer.class, common);
		}
		return model.getOptions().getMaxRetries();
	}

}
