package io.github.agentresilience.autoconfigure.internal.llm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

import io.github.agentresilience.autoconfigure.ResilienceConfigurationException;
import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.autoconfigure.ResilienceProperties.LlmTarget;
import io.github.agentresilience.autoconfigure.internal.AheadOfTime;
import io.github.agentresilience.autoconfigure.internal.LateChains;
import io.github.agentresilience.autoconfigure.internal.config.ConfigurationCheck;
import io.github.agentresilience.autoconfigure.internal.config.ConfigurationRules;
import io.github.agentresilience.autoconfigure.internal.retries.NestedRetriesOff;
import io.github.agentresilience.llm.internal.model.ResilientChatModel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.aot.BeanRegistrationAotProcessor;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/**
 * Registers a chat model bean for each chain, the default one as the primary, which is
 * what ChatClient and everybody else who asks for a chat model gets. It runs after all
 * auto-configurations, when it is known which models there are.
 */
public final class ChatModelRegistrar implements BeanDefinitionRegistryPostProcessor, EnvironmentAware {

	/** The name of the one target where none is declared. */
	static final String PRIMARY_TARGET = "primary";

	static final String DEFAULT_BEAN = "resilientChatModel";

	/** By what Spring chooses between several beans, in its order. */
	private static final List<Predicate<BeanDefinition>> PREFERRED = List.of(BeanDefinition::isPrimary,
			Predicate.not(BeanDefinition::isFallback));

	private static final Logger logger = LoggerFactory.getLogger(ChatModelRegistrar.class);

	@SuppressWarnings("NullAway.Init")
	private Environment environment;

	@Override
	public void setEnvironment(Environment environment) {
		this.environment = environment;
	}

	@Override
	public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
		if (AheadOfTime.isProcessing()) {
			return;
		}
		ConfigurableListableBeanFactory beans = (ConfigurableListableBeanFactory) registry;
		ResilienceProperties properties = ConfigurationCheck.checked(beans, this.environment);
		List<String> models = new ArrayList<>(Arrays.asList(beans.getBeanNamesForType(ChatModel.class, true, false)));
		if (!properties.llm().targets().isEmpty()) {
			declared(registry, beans, properties.llm(), models);
		}
		else {
			requireNoChains(properties.llm());
			single(registry, beans, properties.llm(), models.isEmpty() ? inherited(beans) : models);
		}
	}

	private void declared(BeanDefinitionRegistry registry, ConfigurableListableBeanFactory beans,
			ResilienceProperties.Llm llm, List<String> models) {
		Map<String, List<String>> chains = llm.allChains();
		ConfigurationRules.checkMembers("resilience.llm.chains", chains, llm.targets().keySet(), "target",
				"resilience.llm.targets");
		llm.targets().forEach((name, target) -> requireBean(name, target, models, beans));
		NestedRetriesOff nestedRetries = new NestedRetriesOff(beans, this.environment);
		llm.targets()
			.values()
			.stream()
			.map(LlmTarget::bean)
			.filter(Objects::nonNull)
			.distinct()
			.forEach(nestedRetries::of);
		demote(beans, models);
		doWithoutOpenAiKey();
		chains.keySet().forEach((chain) -> register(registry, chain, "declared", chain));
	}

	/**
	 * Spring AI's own OpenAI models insist on a key, though with targets declared they
	 * may never be used. An empty one lets them start; any source that has a key comes
	 * before this one.
	 */
	private void doWithoutOpenAiKey() {
		if (this.environment instanceof ConfigurableEnvironment configurable
				&& System.getenv("OPENAI_API_KEY") == null) {
			configurable.getPropertySources()
				.addLast(new MapPropertySource("resilienceOpenAiKey", Map.of("spring.ai.openai.api-key", "")));
		}
	}

	private static void requireBean(String name, LlmTarget target, List<String> models,
			ConfigurableListableBeanFactory beans) {
		if (target.bean() != null && !models.contains(target.bean()) && !isInherited(target.bean(), beans)) {
			throw new ResilienceConfigurationException("resilience.llm.targets." + name + ".bean",
					"names '" + target.bean() + "', which is no ChatModel bean",
					models.isEmpty() ? "Define a ChatModel bean of that name."
							: "Define a ChatModel bean of that name, or use one of: " + String.join(", ", models));
		}
	}

	private static boolean isInherited(String name, ConfigurableListableBeanFactory beans) {
		return !beans.containsLocalBean(name) && beans.containsBean(name) && beans.isTypeMatch(name, ChatModel.class);
	}

	/**
	 * The models of the parent contexts, which whoever asks for one here gets where there
	 * is none; nothing where a parent has put chains around them.
	 */
	private static List<String> inherited(ConfigurableListableBeanFactory beans) {
		List<String> names = List
			.of(BeanFactoryUtils.beanNamesForTypeIncludingAncestors(beans, ChatModel.class, true, false));
		return names.stream().anyMatch((name) -> LateChains.isMarked(definition(beans, name))) ? List.of() : names;
	}

	private static void requireNoChains(ResilienceProperties.Llm llm) {
		llm.chains().forEach((chain, members) -> {
			if (!members.equals(List.of(PRIMARY_TARGET))) {
				throw new ResilienceConfigurationException("resilience.llm.chains." + chain,
						"names the unknown target '" + members.get(0) + "'",
						"Declare its targets under resilience.llm.targets.");
			}
		});
	}

	private void single(BeanDefinitionRegistry registry, ConfigurableListableBeanFactory beans,
			ResilienceProperties.Llm llm, List<String> models) {
		List<String> candidates = candidates(beans, models);
		if (candidates.size() != 1 && !llm.chains().isEmpty()) {
			throw new ResilienceConfigurationException(
					"resilience.llm.chains." + llm.chains().keySet().iterator().next(),
					"names '" + PRIMARY_TARGET + "', but of the " + candidates.size() + " chat models none is it",
					"Declare its targets under resilience.llm.targets.");
		}
		if (candidates.size() > 1) {
			logger.warn(
					"There are several chat models ({}) and none is primary, so none is wrapped. Declare them as "
							+ "resilience.llm.targets.<name>.bean and list them in resilience.llm.chains.default.",
					models);
			return;
		}
		if (candidates.size() == 1) {
			String only = candidates.get(0);
			new NestedRetriesOff(beans, this.environment).of(only);
			demote(beans, models);
			llm.allChains().keySet().forEach((chain) -> register(registry, chain, "around", chain, only));
		}
	}

	/** Those that one who asks for a chat model without saying which could get. */
	private static List<String> candidates(ConfigurableListableBeanFactory beans, List<String> models) {
		List<String> injected = models.stream().filter((name) -> isInjected(beans, name)).toList();
		List<String> candidates = injected.isEmpty() ? models : injected;
		for (Predicate<BeanDefinition> preferred : PREFERRED) {
			List<String> of = candidates.stream().filter((name) -> is(beans, name, preferred)).toList();
			if (of.size() == 1) {
				return of;
			}
		}
		return candidates;
	}

	/** What a scoped proxy stands for is not, nor what asks to be named. */
	private static boolean isInjected(ConfigurableListableBeanFactory beans, String name) {
		return is(beans, name, (bean) -> bean.isAutowireCandidate()
				&& !(bean instanceof AbstractBeanDefinition plain && !plain.isDefaultCandidate()));
	}

	/**
	 * Two primary beans of a type stop the application, and ours is the one that
	 * everybody is to get who asks for a chat model. Who asks for a class of them goes on
	 * getting the one that was primary, because the others of that class are fallbacks.
	 */
	private static void demote(ConfigurableListableBeanFactory beans, List<String> models) {
		// One of a parent context gives way to a primary bean by itself
		List<String> primaries = models.stream()
			.filter((name) -> beans.containsLocalBean(name) && isPrimary(beans, name))
			.toList();
		if (primaries.isEmpty()) {
			return;
		}
		for (String model : models) {
			if (primaries.contains(model)) {
				logger.info("The chat model '{}' is no longer primary: '{}' takes its place", model, DEFAULT_BEAN);
				beans.getBeanDefinition(model).setPrimary(false);
			}
			else if (beans.containsBeanDefinition(model)
					&& primaries.stream().anyMatch((primary) -> shareAType(beans, primary, model))) {
				beans.getBeanDefinition(model).setFallback(true);
			}
		}
	}

	/** Whether who asks for some type could get either, and ours not. */
	private static boolean shareAType(ConfigurableListableBeanFactory beans, String one, String other) {
		Class<?> type = beans.getType(one, false);
		Class<?> otherType = beans.getType(other, false);
		if (type == null || otherType == null || saysNothing(type) || saysNothing(otherType)) {
			return true;
		}
		Class<?> ancestor = ClassUtils.determineCommonAncestor(type, otherType);
		return (ancestor != null && !ancestor.isAssignableFrom(ResilientChatModel.class))
				|| ClassUtils.getAllInterfacesForClassAsSet(type)
					.stream()
					.anyMatch((shared) -> shared.isAssignableFrom(otherType)
							&& !shared.isAssignableFrom(ResilientChatModel.class));
	}

	/** A type that ours has too may be that of anything. */
	private static boolean saysNothing(Class<?> declared) {
		return declared.isAssignableFrom(ResilientChatModel.class);
	}

	private static boolean isPrimary(ConfigurableListableBeanFactory beans, String name) {
		return is(beans, name, BeanDefinition::isPrimary);
	}

	/**
	 * A singleton that was registered as it is has no definition, and is like one that
	 * says nothing.
	 */
	private static boolean is(ConfigurableListableBeanFactory beans, String name, Predicate<BeanDefinition> what) {
		return what.test(definition(beans, name));
	}

	private static BeanDefinition definition(ConfigurableListableBeanFactory beans, String name) {
		BeanFactory of = beans;
		while (of instanceof ConfigurableListableBeanFactory factory) {
			if (factory.containsBeanDefinition(name)) {
				return factory.getMergedBeanDefinition(name);
			}
			of = factory.getParentBeanFactory();
		}
		return new RootBeanDefinition();
	}

	/** By a factory method, whose arguments tell which models the chain asks. */
	private static void register(BeanDefinitionRegistry registry, String chain, String method, String... arguments) {
		String name = beanName(chain);
		if (registry.containsBeanDefinition(name)) {
			throw new ResilienceConfigurationException("resilience.llm.chains." + chain,
					"would become the bean '" + name + "', which exists already",
					"Rename the chain or the bean: one name cannot have two definitions.");
		}
		RootBeanDefinition definition = new RootBeanDefinition();
		definition.setTargetType(ResilientChatModel.class);
		definition.setFactoryBeanName(LlmChains.BEAN);
		definition.setFactoryMethodName(method);
		for (int i = 0; i < arguments.length; i++) {
			definition.getConstructorArgumentValues().addIndexedArgumentValue(i, arguments[i]);
		}
		definition.setPrimary(name.equals(DEFAULT_BEAN));
		LateChains.mark(definition);
		// Nothing is generated of it ahead of time: it is registered at each start-up,
		// from the properties of that time
		definition.setAttribute(BeanRegistrationAotProcessor.IGNORE_REGISTRATION_ATTRIBUTE, true);
		// The application's advice on chat models cannot subclass a final class
		definition.setAttribute(AutoProxyUtils.EXPOSED_INTERFACES_ATTRIBUTE, new Class<?>[] { ChatModel.class });
		registry.registerBeanDefinition(name, definition);
	}

	public static String beanName(String chain) {
		if (chain.equals(ResilienceProperties.DEFAULT_CHAIN)) {
			return DEFAULT_BEAN;
		}
		String[] words = chain.split("[^A-Za-z0-9]+");
		StringBuilder name = new StringBuilder(StringUtils.uncapitalize(words[0]));
		for (int i = 1; i < words.length; i++) {
			name.append(StringUtils.capitalize(words[i]));
		}
		return name.append("ChatModel").toString();
	}

}
