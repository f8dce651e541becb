package io.github.agentresilience.actuate.internal.answer;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * The state that a target was brought into.
 *
 * @param target the target as the request names it
 * @param breaker the id of its breaker
 * @param state the state of the breaker
 */
@AnswerJson
public record TargetStateAnswer(String target, String breaker, String state) implements OperationResponseBody {

}
