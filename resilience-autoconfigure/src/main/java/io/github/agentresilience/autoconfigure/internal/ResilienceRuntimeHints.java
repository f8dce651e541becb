package io.github.agentresilience.autoconfigure.internal;

import java.util.List;

import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.autoconfigure.internal.experiment.ExperimentMeters;
import io.github.agentresilience.autoconfigure.internal.llm.ChatClientPostProcessor;
import io.github.agentresilience.autoconfigure.internal.llm.LlmChains;
import io.github.agentresilience.autoconfigure.internal.llm.ToolCallContext;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.boot.context.properties.bind.BindableRuntimeHintsRegistrar;

/**
 * What a native image has to hold of the configuration: the properties, which are bound
 * before their bean is made, and what others keep to themselves.
 */
public final class ResilienceRuntimeHints implements RuntimeHintsRegistrar {

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		BindableRuntimeHintsRegistrar.forTypes(ResilienceProperties.class).registerHints(hints, classLoader);
		hints.reflection()
			.registerTypeIfPresent(classLoader, "io.micrometer.observation.ObservationRegistry$ObservationConfig",
					MemberCategory.ACCESS_DECLARED_FIELDS);
		hints.reflection()
			.registerType(LlmChains.class, MemberCategory.INVOKE_DECLARED_METHODS)
			.registerTypeIfPresent(classLoader, ChatClientPostProcessor.SPEC,
					(spec) -> spec.withField(ChatClientPostProcessor.MODEL));
		List.of(ToolCallContext.HOLDER, ExperimentMeters.METER_REGISTRY,
				"org.springframework.security.oauth2.client.ClientAuthorizationException")
			.forEach((type) -> hints.reflection().registerTypeIfPresent(classLoader, type));
	}

}
