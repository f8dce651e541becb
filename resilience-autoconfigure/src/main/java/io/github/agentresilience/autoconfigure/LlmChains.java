package io.github.agentresilience.autoconfigure;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

import io.github.agentresilience.autoconfigure.PolicyTargetGuard.TargetPolicies;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Breaker;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Llm;
import io.github.agentresilience.autoconfigure.ResilienceProperties.LlmTarget;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Options;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Retry;
import io.github.agentresilience.autoconfigure.ResilienceProperties.TargetHedge;
import io.github.agentresilience.chain.ChainPolicy;
import io.github.agentresilience.chain.ChainRegistry;
import io.github.agentresilience.chain.Defaults;
import io.github.agentresilience.chain.GuardedTarget;
import io.github.agentresilience.chain.LastResort;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.Leg;
import io.github.agentresilience.chain.Prober;
import io.github.agentresilience.chain.TargetChain;
import io.github.agentresilience.chain.TargetGuard;
import io.github.agentresilience.chain.TargetPolicy;
import io.github.agentresilience.chain.TimeoutPolicy;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.llm.AnswerMetadata;
import io.github.agentresilience.llm.CallParams;
import io.github.agentresilience.llm.ChatChains;
import io.github.agentresilience.llm.ChatModelTarget;
import io.github.agentresilience.llm.ChatRequest;
import io.github.agentresilience.llm.OpenAiTargetFactory;
import io.github.agentresilience.llm.ResilientChatModel;
import io.github.agentresilience.llm.TargetOptions;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Builds chat models from chains. A target that stands in several chains is one target, with one breaker.
 */
final class LlmChains implements ChatChains {

	private static final LlmTarget PLAIN = new LlmTarget(null, null, null, Map.of(), null,
			Defaults.WEIGHT, new Options(null, null, null, null, null, null, null, Map.of()), null, null, null, null,
			new TargetHedge(null, null), new Retry(null, null, null, null, null, null),
			new Breaker(null, null, null, null, null, null, null));

	private final Llm properties;

	private final Leg<ChatResponse> leg;

	private final ChainRegistry registry;

	/** One token tells as much as a thousand. */
	private static final ChatRequest PROBE = new ChatRequest(
			new Prompt("ping", ChatOptions.builder().maxTokens(1).build()), null);

	private final TargetGuard guard;

	private final @Nullable Prober prober;

	private final OpenAiTargetFactory openAi;

	private final ConfigurableListableBeanFactory beans;

	private final ObjectProvider<LastResort<Prompt, ChatResponse>> lastResorts;

	private final Map<String, GuardedModel> targets = new HashMap<>();

	private final Map<String, ResilientChatModel> models = new ConcurrentHashMap<>();

	LlmChains(Llm properties, Leg<ChatResponse> leg, ChainRegistry registry, Breakers breakers, @Nullable Chaos chaos,
			OpenAiTargetFactory openAi, @Nullable Prober prober,
			ObjectProvider<LastResort<Prompt, ChatResponse>> lastResorts, ConfigurableListableBeanFactory beans) {
		this.properties = properties;
		this.leg = leg;
		this.registry = registry;
		this.guard = new PolicyTargetGuard(Layer.LLM, breakers, chaos, this::policies);
		this.openAi = openAi;
		this.prober = prober;
		this.lastResorts = lastResorts;
		this.beans = beans;
	}

	/**
	 * Builds the model of a declared chain.
	 * @param chain the chain's name
	 * @param members its targets, all of them declared
	 */
	synchronized ResilientChatModel model(String chain, List<String> members) {
		return build(chain, members.stream().map((name) -> this.targets.computeIfAbsent(name, this::declared)).toList());
	}

	/** Builds a chain around the one model that the application has. */
	synchronized ResilientChatModel around(String chain, String bean) {
		return build(chain, List.of(this.targets.computeIfAbsent(ChatModelRegistrar.PRIMARY_TARGET,
				(name) -> bean(name, bean, TargetOptions.NONE))));
	}

	/** Finds the chain that a plain model belongs to, the default one first, or makes it a chain of its own. */
	synchronized ResilientChatModel forPlainModel(ChatModel plain, String chatClient) {
		return this.beans.getBeanProvider(ResilientChatModel.class)
			.stream()
			.filter((model) -> model.wraps(plain))
			.findFirst()
			.orElseGet(() -> build(chatClient, List.of(guarded(new ChatModelTarget(chatClient, plain, TargetOptions.NONE)))));
	}

	private ResilientChatModel build(String name, List<GuardedModel> members) {
		ChainPolicy policy = new ChainPolicy(this.properties.deadline(), this.properties.whenAllOpen(),
				this.properties.routing(), this.properties.hedge().budget());
		TargetChain<ChatRequest, ChatResponse> chain = new TargetChain<>(this.leg, name,
				members.stream().map(GuardedModel::guard).toList(), policy, lastResort(name));
		this.registry.add(chain);
		ResilientChatModel model = new ResilientChatModel(chain,
				members.stream().map(GuardedModel::model).toList(), this);
		this.models.put(name, model);
		return model;
	}

	/** A chain that no bean has asked for yet is built when a call does. */
	@Override
	public ResilientChatModel model(String chain) {
		ResilientChatModel built = this.models.get(chain);
		if (built != null) {
			return built;
		}
		if (this.properties.allChains().containsKey(chain)
				&& this.beans.containsBean(ChatModelRegistrar.beanName(chain))) {
			return this.beans.getBean(ChatModelRegistrar.beanName(chain), ResilientChatModel.class);
		}
		Set<String> known = new TreeSet<>(this.models.keySet());
		if (!this.properties.targets().isEmpty()) {
			known.addAll(this.properties.allChains().keySet());
		}
		throw new IllegalArgumentException(CallParams.CHAIN + " names the unknown chain '" + chain
				+ "'; declare it under resilience.llm.chains, or use one of: " + String.join(", ", known));
	}

	private @Nullable LastResort<ChatRequest, ChatResponse> lastResort(String chain) {
		return this.lastResorts.orderedStream()
			.filter((candidate) -> candidate.answersFor(chain))
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

	private GuardedModel declared(String name) {
		LlmTarget target = this.properties.targets().get(name);
		if (target.bean() != null) {
			return bean(name, target.bean(), options(target));
		}
		return guarded(this.openAi.create(name, new OpenAiTargetFactory.Endpoint(target.baseUrl(), target.apiKey(),
				target.model(), target.headers(), options(target))));
	}

	private GuardedModel bean(String target, String name, TargetOptions options) {
		ChatModel model = this.beans.getBean(name, ChatModel.class);
		NestedRetries.warn(name, model, this.beans);
		return guarded(new ChatModelTarget(target, model, options));
	}

	private GuardedModel guarded(ChatModelTarget target) {
		GuardedTarget<ChatRequest, ChatResponse> guarded = this.guard.around(target);
		if (this.prober != null) {
			this.prober.watch(Layer.LLM, guarded, PROBE, this.leg.classifier());
		}
		return new GuardedModel(target, guarded);
	}

	private TargetPolicies policies(String name) {
		Llm llm = this.properties;
		LlmTarget own = llm.targets().getOrDefault(name, PLAIN);
		TimeoutPolicy timeouts = new TimeoutPolicy(Policies.first(own.timeout(), llm.timeout()),
				Policies.first(own.firstTokenTimeout(), llm.firstTokenTimeout()),
				Policies.first(own.streamIdleTimeout(), llm.streamIdleTimeout()));
		return new TargetPolicies(Policies.breaker(own.breaker(), llm.breaker(), Defaults.LLM_SLOW_CALL),
				new TargetPolicy(Policies.retry(own.retry(), llm.retry().shared()), timeouts,
						Policies.hedge(own.hedge(), llm.hedge()), Policies.first(own.streamCommit(), llm.streamCommit()),
						own.weight()));
	}

	private static TargetOptions options(LlmTarget target) {
		Options options = target.options();
		return new TargetOptions(options.temperature(), options.topP(), options.maxTokens(),
				options.maxCompletionTokens(), options.frequencyPenalty(), options.presencePenalty(), options.stop(),
				ExtraBody.typed(options.extraBody()));
	}

	private record GuardedModel(ChatModelTarget model, GuardedTarget<ChatRequest, ChatResponse> guard) {
	}

}
