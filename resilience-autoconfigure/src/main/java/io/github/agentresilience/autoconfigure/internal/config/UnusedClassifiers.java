package io.github.agentresilience.autoconfigure.internal.config;

import java.util.Set;

import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.llm.internal.failure.ChatFailureClassifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ListableBeanFactory;

/**
 * Warns of a failure classifier that no chain asks, because it goes by the wrong name.
 */
public final class UnusedClassifiers {

	private static final Logger logger = LoggerFactory.getLogger(UnusedClassifiers.class);

	/** The bean names of the standard classifiers. */
	public static final String STANDARD_LLM = "standardLlmFailureClassifier";

	public static final String STANDARD_MCP = "standardMcpFailureClassifier";

	private static final Set<String> ASKED = Set.of("llmFailureClassifier", "mcpFailureClassifier", STANDARD_LLM,
			STANDARD_MCP);

	private UnusedClassifiers() {
	}

	public static void warn(ListableBeanFactory beans) {
		for (String name : beans.getBeanNamesForType(FailureClassifier.class, true, false)) {
			// One that replaces the standard one by its type goes by any name
			if (!ASKED.contains(name) && !beans.isTypeMatch(name, ChatFailureClassifier.class)) {
				logger.warn("The FailureClassifier '{}' is asked by no chain. Name it llmFailureClassifier or "
						+ "mcpFailureClassifier.", name);
			}
		}
	}

}
