package io.github.agentresilience.actuate;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The body of an answer to bad input.
 */
final class BadRequest {

	private BadRequest() {
	}

	static Map<String, Object> body(String field, String problem) {
		Map<String, Object> body = new LinkedHashMap<>();
		body.put("error", "'" + field + "' " + problem);
		body.put("field", field);
		return body;
	}

}
