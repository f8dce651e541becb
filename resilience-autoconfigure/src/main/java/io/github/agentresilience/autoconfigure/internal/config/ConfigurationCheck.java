package io.github.agentresilience.autoconfigure.internal.config;

import io.github.agentresilience.autoconfigure.ResilienceConfigurationException;
import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.autoconfigure.internal.AheadOfTime;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.BindHandler;
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

	private static final String CHECKED = "resilienceCheckedConfiguration";

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
		ResilienceProperties properties = checked(beanFactory, this.environment);
		TightDeadlines.warn(properties, this.environment);
		AheadOfTime.warn(properties, beanFactory);
		Binder.get(this.environment)
			.bind(ResilienceProperties.PREFIX + ".mcp.tools", Bindable.mapOf(String.class, Object.class))
			.ifBound((tools) -> tools.forEach(ConfigurationRules::checkTool));
	}

	/**
	 * What is configured, for those who need it before there are beans. Binding takes a
	 * noticeable part of start-up, so it is done once for all of them.
	 */
	public static ResilienceProperties checked(ConfigurableListableBeanFactory beans, Environment environment) {
		if (beans.getSingleton(CHECKED) instanceof Checked checked) {
			return checked.properties;
		}
		UnknownKeys.Finder unknown = UnknownKeys.finder();
		ResilienceProperties properties = bind(environment, unknown);
		ConfigurationRules.check(properties);
		UnknownKeys.warn(unknown.found());
		beans.registerSingleton(CHECKED, new Checked(properties));
		return properties;
	}

	public static ResilienceProperties bind(Environment environment) {
		return bind(environment, BindHandler.DEFAULT);
	}

	private static ResilienceProperties bind(Environment environment, BindHandler handler) {
		if (environment.containsProperty(WHAT_IF) && !environment.containsProperty(WHAT_IF + ".recording")) {
			// A name that has a value and no keys cannot be bound to keys
			throw new ResilienceConfigurationException(WHAT_IF + ".recording",
					"is missing, and there is a candidate to judge",
					"Set it to a file that holds an answer of GET /actuator/whatif.");
		}
		return Binder.get(environment)
			.bindOrCreate(ResilienceProperties.PREFIX, Bindable.of(ResilienceProperties.class), handler);
	}

	/** No record: its text would be that of the properties. */
	private static final class Checked {

		private final ResilienceProperties properties;

		private Checked(ResilienceProperties properties) {
			this.properties = properties;
		}

	}

}
