package io.github.agentresilience.autoconfigure;

import java.util.Set;

import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.llm.ChatFailureClassifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ListableBeanFactory;

/**
 * Warns of a failure classifier that no leg asks, because it goes by the wrong name.
 */
final class UnusedClassifiers {

	private static final Logger logger = LoggerFactory.getLogger(UnusedClassifiers.class);

	private static final Set<String> ASKED = Set.of("llmFailureClassifier", "mcpFailureClassifier");

	private UnusedClassifiers() {
	}

	static void warn(ListableBeanFactory beans) {
		for (String name : beans.getBeanNamesForType(FailureClassifier.class, true, false)) {
			Class<?> type = beans.getType(name, false);
			boolean standard = type != null && (ChatFailureClassifier.class.isAssignableFrom(type)
					|| type.getPackageName().startsWith(FailureClassifier.class.getPackageName().replace(".chain", ".mcp")));
			if (!ASKED.contains(name) && !standard) {
				logger.warn("The FailureClassifier '{}' is asked by no leg. Name it llmFailureClassifier or "
						+ "mcpFailureClassifier.", name);
			}
		}
	}

}
