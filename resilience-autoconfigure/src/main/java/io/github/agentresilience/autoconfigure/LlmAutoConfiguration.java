package io.github.agentresilience.autoconfigure;

import io.github.agentresilience.autoconfigure.internal.config.UnusedClassifiers;
import io.github.agentresilience.autoconfigure.internal.guard.Breakers;
import io.github.agentresilience.autoconfigure.internal.llm.AttemptErrorLogs;
import io.github.agentresilience.autoconfigure.internal.llm.ChatClientPostProcessor;
import io.github.agentresilience.autoconfigure.internal.llm.ChatModelRegistrar;
import io.github.agentresilience.autoconfigure.internal.llm.ClientAdvisors;
import io.github.agentresilience.autoconfigure.internal.llm.LlmChains;
import io.github.agentresilience.autoconfigure.internal.llm.LlmWarmUp;
import io.github.agentresilience.autoconfigure.internal.retries.NestedRetriesHints;
import io.github.agentresilience.autoconfigure.internal.retries.RetryAfterPostProcessor;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.LastResort;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.engine.ChainServices;
import io.github.agentresilience.chain.internal.engine.Prober;
import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import io.github.agentresilience.chaos.internal.FaultInjector;
import io.github.agentresilience.llm.AnswerAcceptor;
import io.github.agentresilience.llm.internal.failure.ChatFailureClassifier;
import io.github.agentresilience.llm.internal.model.ChatAnswers;
import io.github.agentresilience.llm.internal.model.LlmRuntimeHints;
import io.github.agentresilience.llm.internal.model.OpenAiTargetFactory;
import io.github.agentresilience.llm.internal.model.ResilientChatModel;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.ChatClientBuilderCustomizer;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.http.okhttp.OpenAiHttpClientBuilderCustomizer;
import org.springframework.ai.retry.RetryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.context.annotation.Lazy;
import org.springframework.web.client.ResponseErrorHandler;

/**
 * The LLM layer. Its chat models are registered by {@link ChatModelRegistrar}.
 */
@AutoConfiguration(after = { ResilienceAutoConfiguration.class, ChaosAutoConfiguration.class,
		ObservationResilienceAutoConfiguration.class })
@ConditionalOnClass(OpenAiChatModel.class)
@ImportRuntimeHints({ LlmRuntimeHints.class, NestedRetriesHints.class })
@ConditionalOnBooleanProperty(prefix = ResilienceProperties.PREFIX, name = "enabled", matchIfMissing = true)
public final class LlmAutoConfiguration {

	@Bean
	static ChatModelRegistrar resilienceChatModelRegistrar() {
		return new ChatModelRegistrar();
	}

	@Bean
	@Lazy(false)
	static AttemptErrorLogs resilienceAttemptErrorLogs(ObjectProvider<LoggingSystem> logging) {
		return new AttemptErrorLogs(
				logging.getIfUnique(() -> LoggingSystem.get(LlmAutoConfiguration.class.getClassLoader())));
	}

	/** What an application's own classifier may delegate to. */
	@Bean(UnusedClassifiers.STANDARD_LLM)
	@ConditionalOnMissingBean
	ChatFailureClassifier standardLlmFailureClassifier(ResilienceProperties properties, ChainRuntime runtime) {
		return new ChatFailureClassifier(runtime.time().clock(), properties.llm().fallbackOn());
	}

	@Bean
	@ConditionalOnMissingBean
	OpenAiTargetFactory resilienceOpenAiTargetFactory(ChainRuntime runtime,
			ObjectProvider<ObservationRegistry> observations,
			ObjectProvider<OpenAiHttpClientBuilderCustomizer> customizers) {
		return new OpenAiTargetFactory(runtime, observations.getIfUnique(() -> ObservationRegistry.NOOP),
				customizers.orderedStream().toList());
	}

	@Bean
	@ConditionalOnBooleanProperty("resilience.llm.probe.enabled")
	Prober resilienceLlmProber(ResilienceProperties properties, ChainRuntime runtime) {
		return new Prober(runtime, properties.llm().probe().timeout());
	}

	@Bean(LlmChains.BEAN)
	LlmChains resilienceLlmChains(ResilienceProperties properties, ChainRuntime runtime, ChainRegistry registry,
			@Qualifier("llmFailureClassifier") ObjectProvider<FailureClassifier> ofApplication,
			ChatFailureClassifier standard, ObjectProvider<ChainListener> listeners, Breakers breakers,
			ObjectProvider<FaultInjector> chaos, OpenAiTargetFactory openAi,
			@Qualifier("resilienceLlmProber") ObjectProvider<Prober> prober,
			ObjectProvider<LastResort<Prompt, ChatResponse>> lastResorts, ObjectProvider<AnswerAcceptor> acceptors,
			ConfigurableListableBeanFactory beans) {
		FailureClassifier classifier = ForeignCode.classifier(ofApplication.getIfAvailable(() -> standard), standard);
		UnusedClassifiers.warn(beans);
		ChainServices<ChatResponse> services = new ChainServices<>(Layer.LLM, runtime, classifier,
				new ChatAnswers(classifier), new RetryBudget(properties.llm().retry().budget(), runtime.clock()),
				listeners.orderedStream().toList());
		return new LlmChains(properties.llm(), services, registry, breakers, chaos.getIfAvailable(), openAi,
				prober.getIfAvailable(), lastResorts, acceptors, beans);
	}

	@Bean
	@ConditionalOnBooleanProperty(name = "resilience.llm.warm-up", matchIfMissing = true)
	LlmWarmUp resilienceLlmWarmUp(ResilienceProperties properties, ListableBeanFactory beans, ChainRuntime runtime) {
		return new LlmWarmUp(properties.llm(), beans, runtime);
	}

	/** What keeps a Retry-After that Spring AI's own models would lose. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ ResponseErrorHandler.class, RetryUtils.class })
	static class OfRestClients {

		@Bean
		static RetryAfterPostProcessor resilienceRetryAfterPostProcessor() {
			return new RetryAfterPostProcessor();
		}

	}

	/**
	 * What makes calls through a ChatClient go through a chain, with what each call chose
	 * for itself.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(ChatClient.class)
	static class OfChatClients {

		@Bean
		static ChatClientPostProcessor resilienceChatClientPostProcessor(ObjectProvider<LlmChains> chains,
				ObjectProvider<ChainRuntime> runtime, ObjectProvider<UnprotectedParts> unprotected) {
			return new ChatClientPostProcessor(chains, runtime, unprotected);
		}

		/**
		 * Spring AI's ChatClient builder asks the primary model, which is ours where
		 * there is one.
		 */
		@Bean
		ChatClientBuilderCustomizer resilienceChatClientCustomizer(ObjectProvider<ChatModel> models,
				ObjectProvider<LlmChains> chains, ChainRuntime runtime) {
			return (builder) -> {
				ChatModel asked = models.getIfUnique();
				ResilientChatModel model = (asked != null) ? chains.getObject().behind(asked) : null;
				if (asked != null && model != null) {
					builder.defaultAdvisors(ClientAdvisors.of(runtime, model, asked));
				}
			};
		}

	}

}
