package io.github.agentresilience.llm;

import java.io.IOException;
import java.util.Set;
import java.util.regex.Pattern;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.openai.core.ObjectMappers;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/**
 * Puts JSON answers into the form that the SDK understands. An error that comes with status 200, as some gateways send
 * it when the failure is behind them, would be read as an answer without choices; it is given the status that it speaks
 * of. An error that is not in a field {@code error} would lose its words; it is put into one.
 */
final class ErrorInAnswer {

	private static final Pattern ERROR = Pattern.compile("\"error\"\\s*:\\s*[{\"]");

	private static final String CHOICES = "\"choices\"";

	private static final Set<String> FAILED = Set.of("failure", "failed", "error");

	/** A larger one is an answer, and left as it is. */
	private static final long LARGEST = 1024 * 1024;

	private static final int UNSAID = 500;

	private ErrorInAnswer() {
	}

	/** The response itself, or what it is in truth. */
	static Response unmasked(Response response) throws IOException {
		ResponseBody body = response.body();
		if (body == null || !String.valueOf(body.contentType()).contains("json")) {
			return response;
		}
		if (!beginsAsJson(body.source().peek())) {
			// An event stream by another name, of which nothing is to be held back
			return response;
		}
		ResponseBody start = response.peekBody(LARGEST);
		if (start.contentLength() >= LARGEST) {
			return response;
		}
		String text = start.string();
		return response.isSuccessful() ? answer(response, text) : error(response, text);
	}

	private static boolean beginsAsJson(BufferedSource start) throws IOException {
		while (!start.exhausted()) {
			byte first = start.readByte();
			if (first > ' ') {
				return first == '{' || first == '[';
			}
		}
		return false;
	}

	/** Whether an event of a stream carries an error where the SDK looks for it. */
	static boolean isExplained(String event) {
		JsonNode root = parsed(event);
		return root != null && root.hasNonNull("error");
	}

	/** Whether an event of a stream carries an error. */
	static boolean isErrorEvent(String line) {
		return ERROR.matcher(line).find();
	}

	private static Response answer(Response response, String text) {
		boolean failed = FinishReasons.isFailed(text);
		if (failed || !text.contains(CHOICES) || ERROR.matcher(text).find()) {
			JsonNode root = parsed(text);
			JsonNode error = (root != null && (failed || root.path("choices").isEmpty())) ? errorIn(root) : null;
			if (error != null) {
				return changed(response, status(error), wrapped(error));
			}
		}
		if (failed) {
			return changed(response, UNSAID, FinishReasons.ERROR);
		}
		String standard = FinishReasons.standard(text);
		return standard.equals(text) ? response : changed(response, response.code(), standard);
	}

	private static Response error(Response response, String text) {
		if (ERROR.matcher(text).find()) {
			return response;
		}
		JsonNode root = parsed(text);
		return (root != null && root.path("error").isMissingNode())
				? changed(response, response.code(), wrapped(root)) : response;
	}

	private static @Nullable JsonNode errorIn(JsonNode root) {
		if (root.hasNonNull("error")) {
			return root.get("error");
		}
		boolean failed = "error".equals(root.path("object").asText()) || FAILED.contains(root.path("status").asText());
		return failed ? root : null;
	}

	private static int status(JsonNode error) {
		int status = ProviderError.statusOf(error.path("code").asText(), error.path("type").asText());
		return (status != 0) ? status : UNSAID;
	}

	private static @Nullable JsonNode parsed(String text) {
		try {
			JsonNode root = ObjectMappers.jsonMapper().readTree(text);
			return (root != null && root.isObject()) ? root : null;
		}
		catch (JsonProcessingException ex) {
			return null;
		}
	}

	private static String wrapped(JsonNode error) {
		JsonMapper mapper = ObjectMappers.jsonMapper();
		return mapper.createObjectNode().set("error", error).toString();
	}

	private static Response changed(Response response, int status, String body) {
		ResponseBody old = response.body();
		response.close();
		return response.newBuilder()
			.code(status)
			.message("")
			.removeHeader("Content-Length")
			.body(ResponseBody.create(body, (old != null) ? old.contentType() : null))
			.build();
	}

}
