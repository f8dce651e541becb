package io.github.agentresilience.autoconfigure.internal.config;

import io.github.agentresilience.autoconfigure.ResilienceConfigurationException;
import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.autoconfigure.internal.AheadOfTime;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.core.env.Environment;

/**
 * Checks the configuration before any bean is made from it, so that the message is about
 * the property and not about the bean that stumbled over it.
 */
public final class ConfigurationCheck implements BeanFactoryPostProcessor, EnvironmentAware, PriorityOrdered {

	private static final String WHAT_IF = ResilienceProperties.PREFIX + ".whatif";

	@SuppressWarnings("NullAway.Init")
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
		if (AheadOfTime.isProcessing()) {
			return;
		}
		ResilienceProperties properties = bind(this.environment);
		ConfigurationRules.check(properties);
		TightDeadlines.warn(properties);
		UnknownKeys.warn(this.environment);
		AheadOfTime.warn(properties, beanFactory);
		Binder.get(this.environment)
			.bind(ResilienceProperties.PREFIX + ".mcp.tools", Bindable.mapOf(String.class, Object.class))
			.ifBound((tools) -> tools.forEach(ConfigurationRules::checkTool));
	}

	public static ResilienceProperties bind(Environment environment) {
		if (environment.containsProperty(WHAT_IF) && !environment.containsProperty(WHAT_IF + ".recording")) {
			// A name that has a value and no keys cannot be bound to keys
			throw new ResilienceConfigurationException(WHAT_IF + ".recording",
					"is missing, and there is a candidate to judge",
					"Set it to a file that holds an answer of GET /actuator/whatif.");
		}
		return Binder.get(environment).bindOrCreate(ResilienceProperties.PREFIX, ResilienceProperties.class);
	}

}
