package io.github.agentresilience.autoconfigure.internal.llm;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.github.agentresilience.autoconfigure.ResilienceConfigurationException;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Llm;
import io.github.agentresilience.autoconfigure.ResilienceProperties.LlmTarget;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Options;
import io.github.agentresilience.autoconfigure.internal.guard.Breakers;
import io.github.agentresilience.autoconfigure.internal.guard.ConfiguredRules;
import io.github.agentresilience.autoconfigure.internal.guard.PolicyTargetGuard;
import io.github.agentresilience.autoconfigure.internal.guard.PolicyTargetGuard.TargetPolicies;
import io.github.agentresilience.autoconfigure.internal.retries.NestedRetries;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.TurnBudget;
import io.github.agentresilience.chain.internal.engine.ChainServices;
import io.github.agentresilience.chain.internal.engine.Prober;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.guard.TargetGuard;
import io.github.agentresilience.chain.internal.limit.Limits;
import io.github.agentresilience.chain.internal.limit.WaitingRoom;
import io.github.agentresilience.chaos.internal.FaultInjector;
import io.github.agentresilience.llm.internal.fit.TargetLimits;
import io.github.agentresilience.llm.internal.history.Dialects;
import io.github.agentresilience.llm.internal.history.PortableHistory;
import io.github.agentresilience.llm.internal.model.ChatModelTarget;
import io.github.agentresilience.llm.internal.model.ChatRequest;
import io.github.agentresilience.llm.internal.model.OpenAiTargetFactory;
import io.github.agentresilience.llm.internal.model.TargetOptions;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.BeanCurrentlyInCreationException;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Builds the targets of chat models, each once, however many chains it stands in: of
 * endpoints that are declared, and of models that the application has.
 */
final class LlmTargets {

	/** One token tells as much as a thousand. */
	private static final ChatRequest PROBE = new ChatRequest(
			new Prompt("ping", ChatOptions.builder().maxTokens(1).build()), null);

	private final Llm properties;

	private final ChainServices<ChatResponse> services;

	private final TargetGuard guard;

	private final OpenAiTargetFactory openAi;

	private final @Nullable Prober prober;

	private final ConfigurableListableBeanFactory beans;

	/** Where calls wait that find all targets over their limits. */
	private final WaitingRoom room;

	private final Map<String, GuardedModel> built = new ConcurrentHashMap<>();

	/** Beans whose own retries have been warned of. */
	private final Set<String> lookedThrough = ConcurrentHashMap.newKeySet();

	LlmTargets(Llm properties, ChainServices<ChatResponse> services, Breakers breakers, @Nullable FaultInjector chaos,
			OpenAiTargetFactory openAi, @Nullable Prober prober, ConfigurableListableBeanFactory beans) {
		this.properties = properties;
		this.services = services;
		this.guard = new PolicyTargetGuard(Layer.LLM, breakers, chaos, this::policies);
		this.openAi = openAi;
		this.prober = prober;
		this.beans = beans;
		this.room = new WaitingRoom(properties.limits().queue(), services.runtime().time());
	}

	boolean isBuilt(String name) {
		return this.built.containsKey(name);
	}

	/**
	 * A declared target.
	 * @param bean the model that its properties name, {@code null} where they name an
	 * endpoint, or where it is built
	 */
	GuardedModel declared(String name, @Nullable ChatModel bean) {
		return this.built.computeIfAbsent(name, (absent) -> create(absent, bean));
	}

	/** The one target of an application that declares none. */
	GuardedModel around(String name, ChatModel model) {
		return this.built.computeIfAbsent(name, (absent) -> guarded(
				ChatModelTarget.around(absent, model, history(new PortableHistory(absent, model)))));
	}

	/** A target for one client's own model. */
	GuardedModel ofClient(String name, ChatModel plain) {
		return guarded(ChatModelTarget.around(name, plain, null));
	}

	private GuardedModel create(String name, @Nullable ChatModel bean) {
		LlmTarget target = Objects.requireNonNull(this.properties.targets().get(name));
		if (bean != null) {
			return guarded(new ChatModelTarget(name, bean, options(target), history(new PortableHistory(name, bean))));
		}
		String baseUrl = Objects.requireNonNull(target.baseUrl());
		String model = Objects.requireNonNull(target.model());
		return guarded(this.openAi.create(name,
				new OpenAiTargetFactory.Endpoint(baseUrl, target.apiKey(), model, target.headers(), options(target)),
				history(new PortableHistory(name, Dialects.ofEndpoint(baseUrl, model)))));
	}

	/**
	 * Where there is one target, every conversation is its own, or what the application
	 * wants it to be.
	 */
	private @Nullable PortableHistory history(PortableHistory history) {
		boolean needed = this.properties.targets().size() > 1 || history.refusesItsOwn();
		return (this.properties.portableHistory() && needed) ? history : null;
	}

	/**
	 * A model of the application. Never asked for while chains are built: it may ask for
	 * one itself.
	 * @throws ResilienceConfigurationException where it is built on the very chain that
	 * it is a target of
	 */
	ChatModel bean(String chain, String target, String name) {
		try {
			ChatModel model = this.beans.getBean(name, ChatModel.class);
			if (this.lookedThrough.add(name)) {
				NestedRetries.warn(name, model, this.beans);
			}
			return model;
		}
		catch (BeansException ex) {
			if (ex.contains(BeanCurrentlyInCreationException.class)) {
				throw new ResilienceConfigurationException("resilience.llm.targets." + target + ".bean",
						"names '" + name + "', which is itself built on the chain '" + chain
								+ "' that it is a target of",
						"Build '" + name + "' on another chain or model, or take it out of '" + chain + "'.");
			}
			throw ex;
		}
	}

	private GuardedModel guarded(ChatModelTarget target) {
		GuardedTarget<ChatRequest, ChatResponse> guarded = this.guard.around(target);
		if (this.prober != null) {
			this.prober.watch(Layer.LLM, guarded, PROBE, this.services.classifier());
		}
		return new GuardedModel(target, guarded);
	}

	private TargetPolicies policies(String name) {
		return TargetPolicies.of(ConfiguredRules.target(this.properties, name), this.room);
	}

	/**
	 * What a target can serve, and whether its tokens are counted.
	 * @param budget that of the turns which ask it, {@code null} where they have none
	 */
	TargetLimits limits(GuardedModel member, @Nullable TurnBudget budget) {
		LlmTarget own = this.properties.targets().getOrDefault(member.guard().name(), ConfiguredRules.PLAIN_TARGET);
		Limits limits = member.guard().limits();
		boolean counted = (limits != null && limits.policy().countsTokens())
				|| (budget != null && (budget.tokens() != null || budget.cost() != null));
		return member.model().limits(own.contextWindow(), own.supports(), counted);
	}

	private static TargetOptions options(LlmTarget target) {
		Options options = target.options();
		return new TargetOptions(options.temperature(), options.topP(), options.maxTokens(),
				options.maxCompletionTokens(), options.frequencyPenalty(), options.presencePenalty(), options.stop(),
				ExtraBody.typed(options.extraBody()));
	}

	/** A target, and what guards it. */
	record GuardedModel(ChatModelTarget model, GuardedTarget<ChatRequest, ChatResponse> guard) {
	}

}
