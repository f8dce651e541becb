package io.github.agentresilience.autoconfigure.internal.retries;

import io.github.agentresilience.autoconfigure.internal.AutoConfigured;
import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Warns of a model that retries by itself: inside our attempts its retries would multiply
 * the load on a provider that is down, unseen by its breaker. {@link NestedRetriesOff}
 * turns off what it may.
 */
public final class NestedRetries {

	private static final Logger logger = LoggerFactory.getLogger(NestedRetries.class);

	private NestedRetries() {
	}

	/**
	 * Names what retries in a model, and what ends it.
	 * @param name under which the application knows the model
	 */
	public static void warn(String name, ChatModel model, ConfigurableListableBeanFactory beans) {
		try {
			for (RetryingParts.Part part : RetryingParts.in(model)) {
				String bean = beanName(part.model(), beans);
				String named = (bean != null) ? bean : name;
				String fix = fix(part.kind(), bean != null && AutoConfigured.factoryOf(bean, beans) != null);
				if (part.isKnown()) {
					logger.warn(
							"The chat model '{}' makes up to {} retries of its own inside each attempt. Turn them off with {}.",
							named, part.retries(), fix);
				}
				else {
					unknown(named, part.kind(), fix, beans);
				}
			}
		}
		catch (RuntimeException | LinkageError ex) {
			logger.debug("The retries of the chat model '{}' cannot be read", name, ex);
			unknown(name, RetryingParts.Kind.UNREADABLE, fix(RetryingParts.Kind.UNREADABLE, false), beans);
		}
	}

	/** Says that a model may retry by itself, which cannot be read off it. */
	private static void unknown(String name, RetryingParts.Kind kind, String fix, BeanFactory beans) {
		report(name, "the retries of this chat model cannot be read, so that " + kind.label()
				+ " may retry by itself inside each attempt; turn its retries off with " + fix, beans);
	}

	/**
	 * Says that retries which would be turned off may still be made.
	 * @param name of the chat model
	 * @param kind what makes them
	 */
	static void stillOn(String name, RetryingParts.Kind kind, BeanFactory beans) {
		report(name,
				"the retries of this chat model could not be turned off, since the fields of its client cannot be "
						+ "read, so that " + kind.label()
						+ " may retry by itself inside each attempt; turn its retries off with " + fix(kind, true),
				beans);
	}

	private static void report(String name, String reason, BeanFactory beans) {
		beans.getBeanProvider(UnprotectedParts.class).ifAvailable((parts) -> parts.add(name, reason));
	}

	private static String fix(RetryingParts.Kind kind, boolean autoConfigured) {
		return switch (kind) {
			case OPENAI_SDK ->
				autoConfigured ? "spring.ai.openai.max-retries=0, or for chat alone spring.ai.openai.chat.max-retries=0"
						: "OpenAiChatOptions.builder().maxRetries(0)";
			case ANTHROPIC_SDK ->
				autoConfigured ? "spring.ai.anthropic.max-retries=0" : "AnthropicChatOptions.builder().maxRetries(0)";
			case RETRY_TEMPLATE -> NestedRetriesOff.RETRY_TEMPLATE_PROPERTY + "=0 where Spring AI configures it, else "
					+ "with a RetryTemplate whose policy is RetryPolicy.withMaxRetries(0)";
			case GOOGLE_SDK -> "a com.google.genai.Client that is built with httpOptions(HttpOptions.builder()"
					+ ".retryOptions(HttpRetryOptions.builder().attempts(1).httpStatusCodes(List.of()).build()).build())";
			case AWS_SDK -> "the system property aws.maxAttempts=1, or with a BedrockRuntimeClient and a "
					+ "BedrockRuntimeAsyncClient bean whose overrideConfiguration has the retry strategy "
					+ "AwsRetryStrategy.doNotRetry()";
			case APACHE_HTTP ->
				"spring.http.clients.imperative.factory=jdk where Spring Boot configures its RestClient, "
						+ "else with a RestClient.Builder whose request factory is new HttpComponentsClientHttpRequestFactory("
						+ "HttpClients.custom().disableAutomaticRetries().build())";
			case UNREADABLE -> "the options of its client, where it is built";
		};
	}

	/** The bean that has the retries may stand behind the one that is the target. */
	private static @Nullable String beanName(@Nullable ChatModel model, ConfigurableListableBeanFactory beans) {
		for (String name : beans.getBeanNamesForType(ChatModel.class, false, false)) {
			if (model != null && beans.getSingleton(name) == model) {
				return name;
			}
		}
		return null;
	}

}
