package io.github.agentresilience.llm;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finish reasons as providers send them. Spring AI knows OpenAI's five and makes all others look like an answer that
 * was not finished, so what says the same in other words is put into these.
 */
final class FinishReasons {

	/** What an answer that ends in an error is read as. */
	static final String ERROR = "{\"error\":{\"message\":\"the finish reason is an error\",\"type\":\"server_error\"}}";

	/** Text in an answer cannot match, since its quotes are escaped. */
	private static final Pattern FIELD = Pattern.compile("(\"finish_reason\"\\s*:\\s*\")([^\"\\\\]+)\"");

	private static final String STOP = "stop";

	private static final Map<String, String> STANDARD = Map.ofEntries(Map.entry("stop", STOP),
			Map.entry("length", "length"), Map.entry("max_tokens", "length"), Map.entry("model_length", "length"),
			Map.entry("max_output_tokens", "length"), Map.entry("tool_calls", "tool_calls"),
			Map.entry("tool_use", "tool_calls"), Map.entry("function_call", "function_call"),
			Map.entry("content_filter", "content_filter"), Map.entry("content_filtered", "content_filter"),
			Map.entry("guardrail_intervened", "content_filter"), Map.entry("refusal", "content_filter"),
			Map.entry("safety", "content_filter"), Map.entry("prohibited_content", "content_filter"),
			Map.entry("blocklist", "content_filter"), Map.entry("spii", "content_filter"),
			Map.entry("recitation", "content_filter"));

	/** Sent by some with every chunk before the last. */
	private static final String NOT_FINISHED = "null";

	/** Whatever the provider's word for it: the answer did not come to its end. */
	private static final Pattern FAILED = Pattern.compile("\"finish_reason\"\\s*:\\s*\"[^\"\\\\]*"
			+ "(?:error|abort|cancel|fail|interrupt|timeout|malformed|insufficient)[^\"\\\\]*\"", Pattern.CASE_INSENSITIVE);

	private FinishReasons() {
	}

	/** Whether an answer or a chunk says that it ends in an error. */
	static boolean isFailed(String json) {
		return FAILED.matcher(json).find();
	}

	/** The answer or chunk with a standard finish reason in the place of another one. */
	static String standard(String json) {
		Matcher field = FIELD.matcher(json);
		return field.find() ? field.replaceAll((found) -> Matcher.quoteReplacement(
				found.group(1) + standardReason(found.group(2)) + "\"")) : json;
	}

	private static String standardReason(String reason) {
		String plain = reason.toLowerCase(Locale.ROOT);
		return plain.equals(NOT_FINISHED) ? reason : STANDARD.getOrDefault(plain, STOP);
	}

}
