package io.github.agentresilience.autoconfigure.internal.retries;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.autoconfigure.internal.AutoConfigured;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.ConstructorArgumentValues;
import org.springframework.beans.factory.config.RuntimeBeanReference;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.ResolvableType;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.retry.RetryTemplate;

/**
 * Turns off the retries that a chat model makes by itself, where an auto-configuration
 * makes that model and it is a target: inside our attempts they would multiply the load
 * on a provider that is down, unseen by its breaker, and sit out a Retry-After while
 * another target could answer. Only the chat model is changed. What embedding, image and
 * other models share with it stays as it is, and so does whatever the application set
 * itself.
 */
public final class NestedRetriesOff {

	private static final Logger logger = LoggerFactory.getLogger(NestedRetriesOff.class);

	static final String RETRY_TEMPLATE_PROPERTY = "spring.ai.retry.max-attempts";

	private static final String REST_CLIENT_BUILDER = "org.springframework.web.client.RestClient$Builder";

	private static final String DEFAULTS = "resilienceNestedRetries";

	/**
	 * The models whose SDK takes its number of retries from a property that nothing else
	 * reads.
	 */
	private static final Map<String, Setting> SETTINGS = Map.of("org.springframework.ai.openai.OpenAiChatModel",
			new Setting("spring.ai.openai.chat.max-retries",
					List.of("spring.ai.openai.chat.max-retries", "spring.ai.openai.max-retries")),
			"org.springframework.ai.anthropic.AnthropicChatModel",
			new Setting("spring.ai.anthropic.max-retries", List.of("spring.ai.anthropic.max-retries")));

	private final ConfigurableListableBeanFactory beans;

	private final Environment environment;

	public NestedRetriesOff(ConfigurableListableBeanFactory beans, Environment environment) {
		this.beans = beans;
		this.environment = environment;
	}

	/**
	 * Turns them off. To be called before the bean, or its properties, exist.
	 * @param bean the name of a chat model that is a target
	 */
	public void of(String bean) {
		try {
			Method factory = AutoConfigured.factoryOf(bean, this.beans);
			if (factory != null) {
				bySetting(bean, factory);
				byArguments(bean, factory);
			}
		}
		catch (RuntimeException | LinkageError ex) {
			logger.debug("The retries of the chat model '{}' cannot be turned off", bean, ex);
		}
	}

	private void byArguments(String bean, Method factory) {
		ConstructorArgumentValues arguments = this.beans.getBeanDefinition(bean).getConstructorArgumentValues();
		for (int i = 0; i < factory.getParameterCount(); i++) {
			ResolvableType type = ResolvableType.forMethodParameter(factory, i);
			BeanDefinition instead = arguments.hasIndexedArgumentValue(i) ? null : instead(bean, type);
			if (instead != null) {
				arguments.addIndexedArgumentValue(i, instead);
				logger.debug("The chat model '{}' has a {} of its own, which does not retry", bean, type);
			}
		}
	}

	private void bySetting(String bean, Method factory) {
		Setting setting = SETTINGS.get(factory.getReturnType().getName());
		if (setting != null && setting.unless().stream().noneMatch(this::isSet)
				&& this.environment instanceof ConfigurableEnvironment configurable) {
			configurable.getPropertySources()
				.addLast(new MapPropertySource(DEFAULTS + "-" + bean, Map.of(setting.property(), 0)));
			logger.debug("The chat model '{}' does not retry by itself, since {} is 0 unless it is set", bean,
					setting.property());
		}
	}

	private boolean isSet(String property) {
		return Binder.get(this.environment).bind(property, Bindable.of(String.class)).isBound();
	}

	/** What a factory method gets for one of its parameters. */
	private @Nullable BeanDefinition instead(String bean, ResolvableType type) {
		if (isProvider(type, RetryTemplate.class.getName())) {
			return isTemplateChosen() ? null : new RootBeanDefinition(NoRetryTemplate.class);
		}
		if (type.resolve() == RetryTemplate.class) {
			RootBeanDefinition template = new RootBeanDefinition(NoRetryTemplate.class);
			template.setFactoryMethodName("template");
			return isTemplateChosen() ? null : template;
		}
		if (isProvider(type, REST_CLIENT_BUILDER)) {
			return onceOnlyRestClients(bean);
		}
		if (is(type, "com.google.genai.Client")) {
			return googleGenAiClient(bean, type);
		}
		return api(bean, type);
	}

	/**
	 * Some models share the bean through which they reach their provider; a target gets
	 * one like it for itself.
	 */
	private @Nullable BeanDefinition api(String bean, ResolvableType type) {
		String[] names = this.beans.getBeanNamesForType(type, true, false);
		Method factory = (names.length == 1) ? AutoConfigured.factoryOf(names[0], this.beans) : null;
		for (int i = 0; factory != null && i < factory.getParameterCount(); i++) {
			if (isProvider(ResolvableType.forMethodParameter(factory, i), REST_CLIENT_BUILDER)) {
				RootBeanDefinition own = new RootBeanDefinition(
						(RootBeanDefinition) this.beans.getMergedBeanDefinition(names[0]));
				own.getConstructorArgumentValues().addIndexedArgumentValue(i, onceOnlyRestClients(bean));
				return own;
			}
		}
		return null;
	}

	/**
	 * The application chose how often Spring AI's models retry, or made the template
	 * itself.
	 */
	private boolean isTemplateChosen() {
		String[] templates = this.beans.getBeanNamesForType(RetryTemplate.class, true, false);
		return isSet(RETRY_TEMPLATE_PROPERTY)
				|| templates.length == 1 && AutoConfigured.factoryOf(templates[0], this.beans) == null;
	}

	private static BeanDefinition onceOnlyRestClients(String bean) {
		RootBeanDefinition clients = new RootBeanDefinition(OnceOnlyRestClients.class);
		clients.getConstructorArgumentValues().addIndexedArgumentValue(0, bean);
		return clients;
	}

	private @Nullable BeanDefinition googleGenAiClient(String bean, ResolvableType type) {
		String[] clients = this.beans.getBeanNamesForType(type, true, false);
		if (clients.length != 1) {
			return null;
		}
		RootBeanDefinition client = new RootBeanDefinition(GoogleGenAiClients.class);
		client.setFactoryMethodName("withoutRetries");
		client.getConstructorArgumentValues().addIndexedArgumentValue(0, new RuntimeBeanReference(clients[0]));
		client.getConstructorArgumentValues().addIndexedArgumentValue(1, bean);
		// The third is the bean factory, which is found by its type
		client.setAutowireMode(AbstractBeanDefinition.AUTOWIRE_CONSTRUCTOR);
		return client;
	}

	private static boolean isProvider(ResolvableType type, String of) {
		return type.resolve() == ObjectProvider.class && is(type.getGeneric(0), of);
	}

	private static boolean is(ResolvableType type, String name) {
		return type.resolve() != null && type.resolve().getName().equals(name);
	}

	/**
	 * A property that says how often an SDK retries.
	 *
	 * @param property what is set to 0
	 * @param unless properties that say that the application wants something else
	 */
	private record Setting(String property, List<String> unless) {

	}

}
