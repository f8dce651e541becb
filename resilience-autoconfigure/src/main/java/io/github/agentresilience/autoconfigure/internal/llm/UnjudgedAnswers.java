package io.github.agentresilience.autoconfigure.internal.llm;

import java.util.List;

import io.github.agentresilience.chain.StreamCommit;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.llm.Accept;
import io.github.agentresilience.llm.internal.accept.Acceptance;
import io.github.agentresilience.llm.internal.accept.JsonSchemas;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns of answers that are not judged although the configuration says so: streams that
 * have gone to their subscriber before they are whole, and schemas without a validator.
 */
final class UnjudgedAnswers {

	private static final Logger logger = LoggerFactory.getLogger(UnjudgedAnswers.class);

	private UnjudgedAnswers() {
	}

	static void warn(String chain, List<? extends GuardedTarget<?, ?>> targets, List<Acceptance> ofTargets) {
		boolean streams = false;
		boolean schemas = false;
		for (int i = 0; i < ofTargets.size(); i++) {
			Acceptance judged = ofTargets.get(i);
			boolean anything = !judged.accept().isEmpty() || !judged.acceptors().isEmpty();
			streams |= anything && targets.get(i).streamCommit() != StreamCommit.COMPLETE;
			schemas |= judged.accept().contains(Accept.SCHEMA) || judged.accept().contains(Accept.TOOL_ARGUMENTS);
		}
		if (streams) {
			logger.warn(
					"The chain '{}' judges the answers of calls but not of streams, which go to their subscriber "
							+ "before they are whole. Set resilience.llm.stream-commit to complete to judge them too.",
					chain);
		}
		if (schemas && !JsonSchemas.arePresent()) {
			logger.warn("The chain '{}' cannot check answers against JSON schemas. Add spring-ai-client-chat or "
					+ "com.networknt:json-schema-validator, or take schema and tool-arguments out of "
					+ "resilience.llm.accept.", chain);
		}
	}

}
