package io.github.agentresilience.llm;

import java.io.IOException;
import java.util.regex.Pattern;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.openai.core.ObjectMappers;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.BufferedSource;

/**
 * An error that comes with status 200, as some gateways send it when the failure is behind them. The SDK would read it
 * as an answer without choices, or as an empty stream; given the status that it speaks of, it is read as what it is.
 */
final class ErrorInAnswer {

	private static final Pattern START = Pattern.compile("^\\s*\\{\\s*\"error\"\\s*:\\s*[^n\\s]");

	private static final int LONGEST_START = 64;

	private static final long LARGEST = 256 * 1024;

	private static final int UNSAID = 500;

	private ErrorInAnswer() {
	}

	/** The response itself, or the same with the status of its error. */
	static Response unmasked(Response response) throws IOException {
		ResponseBody body = response.body();
		if (!response.isSuccessful() || body == null || !String.valueOf(body.contentType()).contains("json")) {
			return response;
		}
		BufferedSource start = body.source().peek();
		start.request(LONGEST_START);
		String text = start.readUtf8(Math.min(LONGEST_START, start.getBuffer().size()));
		if (!START.matcher(text).find()) {
			return response;
		}
		return response.newBuilder().code(status(response.peekBody(LARGEST).string())).message("").build();
	}

	private static int status(String body) {
		try {
			JsonNode error = ObjectMappers.jsonMapper().readTree(body).path("error");
			int status = ProviderError.statusOf(error.path("code").asText(), error.path("type").asText());
			return (status != 0) ? status : UNSAID;
		}
		catch (JsonProcessingException ex) {
			return UNSAID;
		}
	}

}
