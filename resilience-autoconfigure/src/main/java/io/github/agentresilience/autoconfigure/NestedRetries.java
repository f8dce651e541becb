package io.github.agentresilience.autoconfigure;

import java.lang.reflect.Field;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.env.Environment;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.core.retry.RetryTemplate;
import org.springframework.util.ReflectionUtils;
import org.springframework.util.backoff.BackOff;
import org.springframework.util.backoff.BackOffExecution;

/**
 * Warns of a model that retries by itself: inside our attempts its retries would multiply the load on a provider that
 * is down, unseen by its breaker.
 */
final class NestedRetries {

	private static final Logger logger = LoggerFactory.getLogger(NestedRetries.class);

	private static final String AUTO_CONFIGURATIONS = "org.springframework.ai.";

	private static final int SPRING_AI_DEFAULT = 3;

	private static final int MOST_COUNTED = 100;

	private NestedRetries() {
	}

	static void warn(String bean, ChatModel model, ConfigurableListableBeanFactory beans) {
		int retries;
		String mend;
		if (model instanceof OpenAiChatModel openAi) {
			boolean configured = isAutoConfigured(bean, beans);
			retries = configured ? retries(beans.getBean(Environment.class)) : openAi.getOptions().getMaxRetries();
			mend = configured ? "spring.ai.openai.max-retries=0"
					: "OpenAiChatOptions.builder().maxRetries(0)";
		}
		else {
			retries = retries(template(model));
			mend = "spring.ai.retry.max-attempts=0 where Spring AI configures it, else with a RetryTemplate whose "
					+ "policy is RetryPolicy.withMaxRetries(0)";
		}
		if (retries > 0) {
			logger.warn("The chat model '{}' makes up to {} retries of its own inside each attempt. Turn them off with {}.",
					bean, retries, mend);
		}
	}

	/** Of the bean that Spring AI configures, the properties tell, which its options do not repeat. */
	private static int retries(Environment environment) {
		Integer common = environment.getProperty("spring.ai.openai.max-retries", Integer.class, SPRING_AI_DEFAULT);
		return environment.getProperty("spring.ai.openai.chat.max-retries", Integer.class, common);
	}

	private static boolean isAutoConfigured(String bean, ConfigurableListableBeanFactory beans) {
		return beans.containsBeanDefinition(bean)
				&& beans.getBeanDefinition(bean) instanceof AnnotatedBeanDefinition definition
				&& definition.getFactoryMethodMetadata() != null
				&& definition.getFactoryMethodMetadata().getDeclaringClassName().startsWith(AUTO_CONFIGURATIONS);
	}

	/** Spring AI's models keep their template to themselves, so it is looked for where they all keep it: in a field. */
	private static @Nullable RetryTemplate template(ChatModel model) {
		for (Class<?> type = model.getClass(); type != null && type != Object.class; type = type.getSuperclass()) {
			for (Field field : type.getDeclaredFields()) {
				if (RetryTemplate.class.isAssignableFrom(field.getType()) && field.trySetAccessible()) {
					return (RetryTemplate) ReflectionUtils.getField(field, model);
				}
			}
		}
		return null;
	}

	/** Counts what the policy's back-off would allow, which is the only place where a policy says how often. */
	private static int retries(@Nullable RetryTemplate template) {
		RetryPolicy policy = (template != null) ? template.getRetryPolicy() : null;
		BackOff backOff = (policy != null) ? policy.getBackOff() : null;
		if (backOff == null) {
			return 0;
		}
		BackOffExecution execution = backOff.start();
		int retries = 0;
		while (retries < MOST_COUNTED && execution.nextBackOff() != BackOffExecution.STOP) {
			retries++;
		}
		return retries;
	}

}
