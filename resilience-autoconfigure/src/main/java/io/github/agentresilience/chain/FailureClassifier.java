package io.github.agentresilience.chain;

/**
 * Gives each failure of a layer its {@link FailureKind}. Each layer has one bean of this
 * type, {@code llmFailureClassifier} and {@code mcpFailureClassifier}; an application
 * replaces one by a bean of the same name, and may delegate to the standard one, the bean
 * {@code standardLlmFailureClassifier} or {@code standardMcpFailureClassifier}.
 */
@FunctionalInterface
public interface FailureClassifier {

	/**
	 * Classifies what a target threw. Timeouts and cancellations by the chain itself do
	 * not come here.
	 * @param thrown what the target threw, as it was thrown
	 * @return its classification, never {@code null}
	 */
	Failure classify(Throwable thrown);

}
