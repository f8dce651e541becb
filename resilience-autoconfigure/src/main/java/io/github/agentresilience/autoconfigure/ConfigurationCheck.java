package io.github.agentresilience.autoconfigure;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.core.env.Environment;

/**
 * Checks the configuration before any bean is made from it, so that the message is about the property and not about
 * the bean that stumbled over it.
 */
final class ConfigurationCheck implements BeanFactoryPostProcessor, EnvironmentAware, PriorityOrdered {

	private Environment environment;

	@Override
	public void setEnvironment(Environment environment) {
		this.environment = environment;
	}

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		ConfigurationRules.check(bind(this.environment));
		UnknownKeys.warn(this.environment);
		Binder.get(this.environment)
			.bind(ResilienceProperties.PREFIX + ".mcp.tools", Bindable.mapOf(String.class, Object.class))
			.ifBound((tools) -> tools.forEach(ConfigurationRules::checkTool));
	}

	static ResilienceProperties bind(Environment environment) {
		return Binder.get(environment).bindOrCreate(ResilienceProperties.PREFIX, ResilienceProperties.class);
	}

}
