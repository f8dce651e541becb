package io.github.agentresilience.autoconfigure.internal;

import java.util.Arrays;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.BeansException;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Builds the chains that no bean has asked for yet, as with lazy initialization, when
 * somebody looks at the chains of an application whose beans are there: an operator must
 * not hear that a declared target is unknown because nobody has called it yet.
 */
public final class LateChains implements Runnable, SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(LateChains.class);

	/** The beans of MCP clients, which are made together with their chains. */
	public static final List<String> MCP_CLIENTS = List.of("mcpSyncClients", "mcpAsyncClients");

	private static final String CHAIN = LateChains.class.getName();

	private final ConfigurableApplicationContext context;

	private volatile boolean started;

	private volatile boolean done;

	public LateChains(ConfigurableApplicationContext context) {
		this.context = context;
	}

	/** Marks a definition whose bean is a chain. */
	public static void mark(BeanDefinition definition) {
		definition.setAttribute(CHAIN, true);
	}

	public static boolean isMarked(BeanDefinition definition) {
		return definition.hasAttribute(CHAIN);
	}

	@Override
	public void afterSingletonsInstantiated() {
		this.started = true;
	}

	@Override
	public void run() {
		if (this.done || !this.started || !this.context.isActive()) {
			return;
		}
		ConfigurableListableBeanFactory beans = this.context.getBeanFactory();
		Arrays.stream(beans.getBeanDefinitionNames())
			.filter((name) -> MCP_CLIENTS.contains(name) || isMarked(beans.getBeanDefinition(name)))
			.filter((name) -> !beans.containsSingleton(name) && !beans.isCurrentlyInCreation(name))
			.forEach((name) -> make(name, beans));
		this.done = true;
	}

	/** Where it cannot be made, the next who asks for it hears why. */
	private static void make(String name, ConfigurableListableBeanFactory beans) {
		try {
			beans.getBean(name);
		}
		catch (BeansException ex) {
			logger.warn("The bean '{}' could not be made, so its chain is not shown. The reason is logged at DEBUG.",
					name);
			logger.debug("The bean '{}' could not be made", name, ex);
		}
	}

}
