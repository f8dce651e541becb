package io.github.agentresilience.autoconfigure.internal.llm;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.github.agentresilience.autoconfigure.ResilienceProperties.Llm;
import io.github.agentresilience.autoconfigure.internal.guard.Breakers;
import io.github.agentresilience.autoconfigure.internal.guard.ConfiguredRules;
import io.github.agentresilience.autoconfigure.internal.llm.LlmTargets.GuardedModel;
import io.github.agentresilience.autoconfigure.internal.retries.NestedRetries;
import io.github.agentresilience.chain.LastResort;
import io.github.agentresilience.chain.Routing;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.ChainServices;
import io.github.agentresilience.chain.internal.engine.Prober;
import io.github.agentresilience.chain.internal.engine.TargetChain;
import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chaos.internal.FaultInjector;
import io.github.agentresilience.llm.Accept;
import io.github.agentresilience.llm.AnswerAcceptor;
import io.github.agentresilience.llm.CallParams;
import io.github.agentresilience.llm.internal.accept.Acceptance;
import io.github.agentresilience.llm.internal.fit.PromptFit;
import io.github.agentresilience.llm.internal.fit.PromptTokens;
import io.github.agentresilience.llm.internal.fit.TargetLimits;
import io.github.agentresilience.llm.internal.model.AnswerMetadata;
import io.github.agentresilience.llm.internal.model.ChatChains;
import io.github.agentresilience.llm.internal.model.ChatJudge;
import io.github.agentresilience.llm.internal.model.ChatRequest;
import io.github.agentresilience.llm.internal.model.OpenAiTargetFactory;
import io.github.agentresilience.llm.internal.model.ResilientChatModel;
import io.github.agentresilience.llm.internal.sticky.Conversations;
import io.github.agentresilience.llm.internal.sticky.Stickiness;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.tokenizer.JTokkitTokenCountEstimator;
import org.springframework.ai.tokenizer.TokenCountEstimator;
import org.springframework.aop.scope.ScopedProxyFactoryBean;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.ConstructorArgumentValues;
import org.springframework.beans.factory.config.ConstructorArgumentValues.ValueHolder;

/**
 * Builds chat models from chains. A target that stands in several chains is one target,
 * with one breaker.
 */
public final class LlmChains implements ChatChains {

	/** The name of the bean. */
	public static final String BEAN = "resilienceLlmChains";

	/**
	 * Clients of that many names are made up call by call, and a chain for each would be
	 * a leak.
	 */
	public static final int MOST_CLIENTS = 256;

	private final Llm properties;

	private final ChainServices<ChatResponse> services;

	private final ChainRegistry registry;

	private final LlmTargets targets;

	private final ConfigurableListableBeanFactory beans;

	private final ObjectProvider<LastResort<Prompt, ChatResponse>> lastResorts;

	private final ObjectProvider<AnswerAcceptor> acceptors;

	private final Conversations conversations;

	private final Map<String, ResilientChatModel> models = new ConcurrentHashMap<>();

	private final Map<String, ResilientChatModel> ofClients = new ConcurrentHashMap<>();

	/**
	 * Never held while a bean is asked for, which may take locks of its own and come back
	 * here for another chain.
	 */
	private final ReentrantLock building = new ReentrantLock();

	public LlmChains(Llm properties, ChainServices<ChatResponse> services, ChainRegistry registry, Breakers breakers,
			@Nullable FaultInjector chaos, OpenAiTargetFactory openAi, @Nullable Prober prober,
			ObjectProvider<LastResort<Prompt, ChatResponse>> lastResorts, ObjectProvider<AnswerAcceptor> acceptors,
			ConfigurableListableBeanFactory beans) {
		this.properties = properties;
		this.services = services;
		this.registry = registry;
		this.targets = new LlmTargets(properties, services, breakers, chaos, openAi, prober, beans);
		this.lastResorts = lastResorts;
		this.acceptors = acceptors;
		this.beans = beans;
		this.conversations = new Conversations(services.runtime().time(), properties.stickyTtl());
	}

	/**
	 * Builds the model of a declared chain.
	 * @param chain the chain's name
	 */
	ResilientChatModel declared(String chain) {
		List<String> members = this.properties.allChains().get(chain);
		Map<String, ChatModel> beansOfMembers = new HashMap<>();
		for (String member : Objects.requireNonNull(members)) {
			String bean = Objects.requireNonNull(this.properties.targets().get(member)).bean();
			if (bean != null && !this.targets.isBuilt(member)) {
				beansOfMembers.put(member, this.targets.bean(chain, member, bean));
			}
		}
		return build(chain,
				() -> members.stream()
					.map((member) -> this.targets.declared(member, beansOfMembers.get(member)))
					.toList());
	}

	/**
	 * Builds a chain around the one model that the application has.
	 * @param chain the chain's name
	 * @param bean the name of the model's bean
	 */
	ResilientChatModel around(String chain, String bean) {
		ChatModel model = this.targets.bean(chain, ChatModelRegistrar.PRIMARY_TARGET, bean);
		return build(chain, () -> List.of(this.targets.around(ChatModelRegistrar.PRIMARY_TARGET, model)));
	}

	/**
	 * Finds the chain that a plain model belongs to, the default one first, or the one
	 * for clients of that name: each of a prototype or of a scope has its own client, and
	 * may have its own model, but they are one chain.
	 * @return {@code null} where there are so many names that they must be made up call
	 * by call
	 */
	@Nullable ResilientChatModel forPlainModel(ChatModel plain, String chatClient) {
		String chain = chainOf(plain);
		ResilientChatModel ofChain = (chain != null) ? built(chain) : null;
		if (ofChain != null) {
			return ofChain;
		}
		ResilientChatModel known = this.ofClients.get(chatClient);
		if (known != null || this.ofClients.size() >= MOST_CLIENTS) {
			return (known != null) ? known
					: this.ofClients.values().stream().filter((model) -> model.wraps(plain)).findFirst().orElse(null);
		}
		boolean taken = this.properties.targets().containsKey(chatClient)
				|| this.properties.allChains().containsKey(chatClient);
		String name = taken ? chatClient + "-client" : chatClient;
		NestedRetries.warn("of " + chatClient, plain, this.beans);
		ResilientChatModel built = build(name, () -> List.of(this.targets.ofClient(name, plain)));
		this.ofClients.put(chatClient, built);
		return built;
	}

	/**
	 * The chain that a model stands for: one of ours, or what the application's advice
	 * and post-processors have made of it.
	 * @return {@code null} where it is a model of the application's own
	 */
	public @Nullable ResilientChatModel behind(ChatModel model) {
		if (model instanceof ResilientChatModel resilient) {
			return resilient;
		}
		return chainBeans().filter((chain) -> this.beans.getSingleton(ChatModelRegistrar.beanName(chain)) == model)
			.map(this.models::get)
			.filter(Objects::nonNull)
			.findFirst()
			.orElse(null);
	}

	/**
	 * The chain that a model belongs to, found without making any: a chain that is being
	 * made may be what asked for the client.
	 */
	private @Nullable String chainOf(ChatModel plain) {
		return chainBeans().filter((chain) -> !this.beans.isCurrentlyInCreation(ChatModelRegistrar.beanName(chain)))
			.filter((chain) -> beansOf(chain).stream().anyMatch((bean) -> is(bean, plain)))
			.findFirst()
			.orElse(null);
	}

	/** The chains that have a bean, the default one first. */
	private Stream<String> chainBeans() {
		return this.properties.allChains().keySet().stream().filter((chain) -> {
			String bean = ChatModelRegistrar.beanName(chain);
			return this.beans.containsBeanDefinition(bean)
					&& BEAN.equals(this.beans.getBeanDefinition(bean).getFactoryBeanName());
		});
	}

	private boolean is(String bean, ChatModel plain) {
		Object known = this.beans.getSingleton(bean);
		if (known instanceof ScopedProxyFactoryBean proxies) {
			return proxies.getObject() == plain;
		}
		// What a factory bean makes once is there already, since a client is on it
		return known == plain
				|| (known instanceof FactoryBean<?> factory && factory.isSingleton() && isMadeBy(factory, bean, plain));
	}

	private boolean isMadeBy(FactoryBean<?> factory, String bean, ChatModel plain) {
		Class<?> type = factory.getObjectType();
		return (type == null || type.isInstance(plain)) && !this.beans.isCurrentlyInCreation(bean)
				&& this.beans.getBean(bean) == plain;
	}

	/** The models of the application that a chain asks. */
	private List<String> beansOf(String chain) {
		ConstructorArgumentValues arguments = this.beans.getBeanDefinition(ChatModelRegistrar.beanName(chain))
			.getConstructorArgumentValues();
		ValueHolder around = arguments.getIndexedArgumentValue(1, String.class);
		if (around != null) {
			return List.of(String.valueOf(around.getValue()));
		}
		return this.properties.allChains()
			.getOrDefault(chain, List.of())
			.stream()
			.map((target) -> Objects.requireNonNull(this.properties.targets().get(target)).bean())
			.filter(Objects::nonNull)
			.toList();
	}

	private ResilientChatModel build(String name, Supplier<List<GuardedModel>> targetsOfChain) {
		LastResort<ChatRequest, ChatResponse> lastResort = lastResort(name);
		List<AnswerAcceptor> ofChain = this.acceptors.orderedStream()
			.filter((acceptor) -> ForeignCode.isTrue(acceptor, () -> acceptor.judges(name)))
			.toList();
		this.building.lock();
		try {
			ResilientChatModel built = this.models.get(name);
			if (built != null) {
				return built;
			}
			List<GuardedModel> members = targetsOfChain.get();
			ChainPolicy policy = ConfiguredRules.chain(this.properties, name);
			List<GuardedTarget<ChatRequest, ChatResponse>> guards = members.stream().map(GuardedModel::guard).toList();
			List<Acceptance> acceptances = members.stream().map((member) -> acceptance(member, ofChain)).toList();
			UnjudgedAnswers.warn(name, guards, acceptances);
			List<TargetLimits> limits = members.stream()
				.map((member) -> this.targets.limits(member, policy.turnBudget()))
				.toList();
			TargetChain<ChatRequest, ChatResponse> chain = new TargetChain<>(this.services, name, guards, policy,
					lastResort, new ChatJudge(acceptances));
			ResilientChatModel model = new ResilientChatModel(chain, members.stream().map(GuardedModel::model).toList(),
					this, Stickiness.of(this.properties.sticky(), name, this.properties.routing(), this.conversations),
					PromptFit.of(limits), tokens(limits));
			this.registry.add(chain);
			this.models.put(name, model);
			return model;
		}
		finally {
			this.building.unlock();
		}
	}

	private Acceptance acceptance(GuardedModel member, List<AnswerAcceptor> ofChain) {
		Set<Accept> own = this.properties.targets()
			.getOrDefault(member.guard().name(), ConfiguredRules.PLAIN_TARGET)
			.accept();
		return new Acceptance(Set.copyOf((own != null) ? own : this.properties.accept()), ofChain);
	}

	/** A chain that no bean has asked for yet is built when a call does. */
	@Override
	public ResilientChatModel model(String chain) {
		ResilientChatModel built = built(chain);
		if (built != null) {
			return built;
		}
		Set<String> known = new TreeSet<>(this.models.keySet());
		if (!this.properties.targets().isEmpty()) {
			known.addAll(this.properties.allChains().keySet());
		}
		throw new IllegalArgumentException(CallParams.CHAIN + " names the unknown chain '" + chain
				+ "'; declare it under resilience.llm.chains, or use one of: " + String.join(", ", known));
	}

	/** {@code null} where there is none, or a test has put another bean in its place. */
	private @Nullable ResilientChatModel built(String chain) {
		ResilientChatModel built = this.models.get(chain);
		if (built == null && this.properties.allChains().containsKey(chain)
				&& this.beans.containsBean(ChatModelRegistrar.beanName(chain))) {
			// The bean itself may be what the application has put around it
			this.beans.getBean(ChatModelRegistrar.beanName(chain));
			built = this.models.get(chain);
		}
		return built;
	}

	private @Nullable LastResort<ChatRequest, ChatResponse> lastResort(String chain) {
		return this.lastResorts.orderedStream()
			.filter((candidate) -> ForeignCode.isTrue(candidate, () -> candidate.answersFor(chain)))
			.findFirst()
			.<LastResort<ChatRequest, ChatResponse>>map(LlmChains::signing)
			.orElse(null);
	}

	private static LastResort<ChatRequest, ChatResponse> signing(LastResort<Prompt, ChatResponse> lastResort) {
		return (request, why) -> {
			ChatResponse answer = lastResort.answer(request.prompt(), why);
			return (answer != null) ? AnswerMetadata.signDegraded(answer, why) : null;
		};
	}

	/**
	 * Reading their table takes a moment, so it is done at start-up where it is known to
	 * be needed.
	 */
	private PromptTokens tokens(List<TargetLimits> limits) {
		PromptTokens tokens = new PromptTokens(limits, this::tokenEstimator);
		if (this.properties.routing() == Routing.COST || limits.stream().anyMatch(TargetLimits::needsCount)) {
			tokens.prepare();
		}
		return tokens;
	}

	private TokenCountEstimator tokenEstimator() {
		return this.beans.getBeanProvider(TokenCountEstimator.class).getIfUnique(JTokkitTokenCountEstimator::new);
	}

}
