package io.github.agentresilience.autoconfigure;

import java.time.Clock;

import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.ChainRegistry;
import io.github.agentresilience.chain.ChainRuntime;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.LastResort;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.Leg;
import io.github.agentresilience.chain.Prober;
import io.github.agentresilience.chain.RetryBudget;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.llm.ChatAnswers;
import io.github.agentresilience.llm.ChatFailureClassifier;
import io.github.agentresilience.llm.OpenAiTargetFactory;
import io.github.agentresilience.llm.ResilientChatModel;
import io.github.agentresilience.llm.ResilientModelAdvisor;
import io.github.agentresilience.llm.TurnDeadlineAdvisor;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.ChatClientBuilderCustomizer;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.http.okhttp.OpenAiHttpClientBuilderCustomizer;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The LLM leg. Its chat models are registered by {@link ChatModelRegistrar}.
 */
@AutoConfiguration(after = { ResilienceAutoConfiguration.class, ChaosAutoConfiguration.class,
		ObservationResilienceAutoConfiguration.class })
@ConditionalOnClass(OpenAiChatModel.class)
@ConditionalOnBooleanProperty(prefix = ResilienceProperties.PREFIX, name = "enabled", matchIfMissing = true)
public final class LlmAutoConfiguration {

	@Bean
	static ChatModelRegistrar resilienceChatModelRegistrar() {
		return new ChatModelRegistrar();
	}

	@Bean
	@ConditionalOnMissingBean
	ChatFailureClassifier resilienceChatFailureClassifier(ResilienceProperties properties) {
		return new ChatFailureClassifier(Clock.systemUTC(), properties.llm().fallbackOn());
	}

	@Bean
	@ConditionalOnMissingBean
	OpenAiTargetFactory resilienceOpenAiTargetFactory(ObjectProvider<ObservationRegistry> observations,
			ObjectProvider<OpenAiHttpClientBuilderCustomizer> customizers) {
		return new OpenAiTargetFactory(observations.getIfUnique(() -> ObservationRegistry.NOOP),
				customizers.orderedStream().toList());
	}

	@Bean
	@ConditionalOnBooleanProperty("resilience.llm.probe.enabled")
	Prober resilienceLlmProber(ResilienceProperties properties, ChainRuntime runtime) {
		return new Prober(runtime, properties.llm().probe().timeout());
	}

	@Bean
	LlmChains resilienceLlmChains(ResilienceProperties properties, ChainRuntime runtime, ChainRegistry registry,
			@Qualifier("llmFailureClassifier") ObjectProvider<FailureClassifier> ofApplication,
			ChatFailureClassifier standard, ObjectProvider<ChainListener> listeners, Breakers breakers,
			ObjectProvider<Chaos> chaos, OpenAiTargetFactory openAi,
			@Qualifier("resilienceLlmProber") ObjectProvider<Prober> prober,
			ObjectProvider<LastResort<Prompt, ChatResponse>> lastResorts, ConfigurableListableBeanFactory beans) {
		FailureClassifier classifier = ofApplication.getIfAvailable(() -> standard);
		UnusedClassifiers.warn(beans);
		Leg<ChatResponse> leg = new Leg<>(Layer.LLM, runtime, classifier, new ChatAnswers(classifier),
				new RetryBudget(properties.llm().retry().budget(), runtime.clock()),
				listeners.orderedStream().toList());
		return new LlmChains(properties.llm(), leg, registry, breakers, chaos.getIfAvailable(), openAi,
				prober.getIfAvailable(), lastResorts, beans);
	}

	/** What makes calls through a ChatClient go through a chain, with what each call chose for itself. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(ChatClient.class)
	static class OfChatClients {

		@Bean
		static ChatClientPostProcessor resilienceChatClientPostProcessor(ObjectProvider<LlmChains> chains,
				ObjectProvider<ChainRuntime> runtime) {
			return new ChatClientPostProcessor(chains, runtime);
		}

		/** Spring AI's ChatClient builder asks the primary model, which is ours where there is one. */
		@Bean
		ChatClientBuilderCustomizer resilienceChatClientCustomizer(ObjectProvider<ChatModel> models, ChainRuntime runtime) {
			return (builder) -> {
				if (models.getIfUnique() instanceof ResilientChatModel model) {
					builder.defaultAdvisors(new TurnDeadlineAdvisor(runtime.clock()), new ResilientModelAdvisor(model, null));
				}
			};
		}

	}

}
