package io.github.agentresilience.actuate.internal.answer;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * Why a request was refused.
 *
 * @param error a sentence for people
 * @param field the field or the part of the path that is wrong
 */
@AnswerJson
public record ProblemAnswer(String error, String field) implements OperationResponseBody {

	/** A problem of a field, whose sentence begins with its name. */
	public static ProblemAnswer of(String field, String problem) {
		return new ProblemAnswer("'" + field + "' " + problem, field);
	}

}
