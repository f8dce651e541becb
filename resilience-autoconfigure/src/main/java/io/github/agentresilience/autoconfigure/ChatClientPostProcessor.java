package io.github.agentresilience.autoconfigure;

import java.lang.reflect.Field;

import io.github.agentresilience.chain.ChainRuntime;
import io.github.agentresilience.llm.ResilientChatModel;
import io.github.agentresilience.llm.ResilientModelAdvisor;
import io.github.agentresilience.llm.TurnDeadlineAdvisor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.DefaultChatClient.DefaultChatClientRequestSpec;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.util.ReflectionUtils;

/**
 * Leads ChatClient beans that an application built on a plain model, as one does to choose between several, through a
 * chain too.
 */
final class ChatClientPostProcessor implements BeanPostProcessor {

	private static final Logger logger = LoggerFactory.getLogger(ChatClientPostProcessor.class);

	private final ObjectProvider<LlmChains> chains;

	private final ObjectProvider<ChainRuntime> runtime;

	ChatClientPostProcessor(ObjectProvider<LlmChains> chains, ObjectProvider<ChainRuntime> runtime) {
		this.chains = chains;
		this.runtime = runtime;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (!(bean instanceof ChatClient client) || !(model(client, beanName) instanceof ChatModel model)
				|| isAdvised(client)) {
			return bean;
		}
		ResilientModelAdvisor advisor = (model instanceof ResilientChatModel resilient)
				? new ResilientModelAdvisor(resilient, null)
				: new ResilientModelAdvisor(this.chains.getObject().forPlainModel(model, beanName), model);
		return client.mutate()
			.defaultAdvisors(new TurnDeadlineAdvisor(this.runtime.getObject().clock()), advisor)
			.build();
	}

	private static boolean isAdvised(ChatClient client) {
		return client.prompt() instanceof DefaultChatClientRequestSpec spec
				&& spec.getAdvisors().stream().anyMatch(ResilientModelAdvisor.class::isInstance);
	}

	/** Spring AI keeps the model of a client to itself. */
	private static @Nullable Object model(ChatClient client, String beanName) {
		Object spec = client.prompt();
		if (spec == null) {
			// A mock, which has no model
			return null;
		}
		Field field = ReflectionUtils.findField(spec.getClass(), "chatModel");
		if (field == null) {
			logger.warn("The model of the ChatClient '{}' cannot be seen, so it is left as it is", beanName);
			return null;
		}
		ReflectionUtils.makeAccessible(field);
		return ReflectionUtils.getField(field, spec);
	}

}
