package io.github.agentresilience.autoconfigure.internal.retries;

import io.github.agentresilience.autoconfigure.internal.AutoConfigured;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.llm.internal.failure.RetryAfterErrorHandler;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.web.client.ResponseErrorHandler;

/**
 * Lets the error handler that Spring AI configures for its models keep the Retry-After of
 * a refusal. One that the application defines is its own.
 */
public final class RetryAfterPostProcessor implements BeanPostProcessor, BeanFactoryAware {

	@SuppressWarnings("NullAway.Init")
	private ConfigurableListableBeanFactory beans;

	@Override
	public void setBeanFactory(BeanFactory beans) {
		this.beans = (ConfigurableListableBeanFactory) beans;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String name) {
		return (bean instanceof ResponseErrorHandler handler && AutoConfigured.factoryOf(name, this.beans) != null)
				? new RetryAfterErrorHandler(handler, this.beans.getBean(ChainRuntime.class).time().clock()) : bean;
	}

}
