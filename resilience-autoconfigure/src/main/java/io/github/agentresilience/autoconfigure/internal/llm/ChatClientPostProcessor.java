package io.github.agentresilience.autoconfigure.internal.llm;

import java.lang.reflect.Field;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import io.github.agentresilience.llm.internal.model.ResilientChatModel;
import io.github.agentresilience.llm.internal.model.ResilientModelAdvisor;
import io.github.agentresilience.llm.internal.model.TurnAdvisor;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.DefaultChatClient.DefaultChatClientRequestSpec;
import org.springframework.ai.chat.client.advisor.api.Advisor;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.aop.scope.ScopedObject;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.core.PriorityOrdered;
import org.springframework.util.ReflectionUtils;

/**
 * Leads ChatClient beans that an application built on a plain model, as one does to
 * choose between several, through a chain too.
 */
public final class ChatClientPostProcessor implements BeanPostProcessor, PriorityOrdered {

	public static final String SPEC = "org.springframework.ai.chat.client.DefaultChatClient$DefaultChatClientRequestSpec";

	public static final String MODEL = "chatModel";

	private final ObjectProvider<LlmChains> chains;

	private final ObjectProvider<ChainRuntime> runtime;

	private final ObjectProvider<UnprotectedParts> unprotected;

	private final AtomicBoolean full = new AtomicBoolean();

	public ChatClientPostProcessor(ObjectProvider<LlmChains> chains, ObjectProvider<ChainRuntime> runtime,
			ObjectProvider<UnprotectedParts> unprotected) {
		this.chains = chains;
		this.runtime = runtime;
		this.unprotected = unprotected;
	}

	/**
	 * Before the application's advice is put around a client, which would be lost with
	 * the client that it is around.
	 */
	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		// What stands in for a bean of a scope has no model before the scope is there
		if (bean instanceof ScopedObject || !(bean instanceof ChatClient client)
				|| !(model(client, beanName) instanceof ChatModel model) || isAdvised(client)) {
			return bean;
		}
		List<Advisor> advisors = advisors(model, beanName);
		return advisors.isEmpty() ? bean : client.mutate().defaultAdvisors(advisors).build();
	}

	private List<Advisor> advisors(ChatModel model, String beanName) {
		LlmChains chains = this.chains.getObject();
		ResilientChatModel behind = chains.behind(model);
		if (behind != null) {
			return ClientAdvisors.of(this.runtime.getObject(), behind, model);
		}
		ResilientChatModel chain = chains.forPlainModel(model, unscoped(beanName));
		// Once, because there may be one name for each call
		if (chain == null && this.full.compareAndSet(false, true)) {
			this.unprotected.getObject()
				.add(beanName, "there are ChatClients of more than " + LlmChains.MOST_CLIENTS + " names, and this one "
						+ "is on a model of no chain, so no chain is around it; build clients that are made call by "
						+ "call from the ChatClient.Builder bean");
		}
		return (chain != null)
				? List.of(new TurnAdvisor(this.runtime.getObject(), chain), new ResilientModelAdvisor(chain, model))
				: List.of();
	}

	/** The name under which the application knows a bean of a scope. */
	private static String unscoped(String beanName) {
		return ScopedProxyUtils.isScopedTarget(beanName) ? ScopedProxyUtils.getOriginalBeanName(beanName) : beanName;
	}

	private static boolean isAdvised(ChatClient client) {
		return client.prompt() instanceof DefaultChatClientRequestSpec spec
				&& spec.getAdvisors().stream().anyMatch(TurnAdvisor.class::isInstance);
	}

	/** Spring AI keeps the model of a client to itself. */
	private @Nullable Object model(ChatClient client, String beanName) {
		Object spec = client.prompt();
		if (spec == null) {
			// A mock, which has no model
			return null;
		}
		Field field = ReflectionUtils.findField(spec.getClass(), MODEL);
		if (field == null || !field.trySetAccessible()) {
			this.unprotected.getObject()
				.add(unscoped(beanName), "the model of this ChatClient cannot be read, so no chain is around it; "
						+ "build it from the ChatClient.Builder bean or on a model that is a chain");
			return null;
		}
		return ReflectionUtils.getField(field, spec);
	}

}
