package io.github.agentresilience.llm.internal.failure;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.openai.core.ObjectMappers;
import okhttp3.Request;
import okhttp3.RequestBody;
import okio.Buffer;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.prompt.Prompt;

/**
 * Takes out of an error what it repeats of the prompt. Providers quote what they refuse,
 * and what they say ends in logs and traces, by Spring AI's hand too; nor may a prompt
 * that speaks of errors decide what an error is taken for.
 *
 * <p>
 * The time that this takes grows with the length of the prompt and not with the number of
 * its messages, and there is a limit to both.
 */
public final class PromptRedaction {

	private static final int LONGEST_ERROR = 64 * 1024;

	private static final long LONGEST_REQUEST = 32 * 1024 * 1024;

	private static final int LONGEST_PROMPT = 8 * 1024 * 1024;

	/** What is no text of anybody's, but may be long. */
	private static final Set<String> NO_TEXT = Set.of("role", "type", "name", "id", "tool_call_id", "image_url",
			"input_audio", "file");

	/**
	 * What an error is known by; a prompt that speaks of errors must not take it away.
	 */
	private static final Pattern CODE = Pattern
		.compile("\"(?:code|type|status|reason|param)\"\\s*:\\s*(?:\"[^\"\\\\]{0,100}\"|\\d{1,6})");

	private PromptRedaction() {
	}

	/**
	 * An error without what it repeats.
	 * @param error the body of an answer, or one event of it
	 * @param request what was answered
	 */
	public static String removed(String error, Request request) {
		RequestBody sent = request.body();
		if (sent == null) {
			return error;
		}
		try {
			if (error.length() > LONGEST_ERROR || sent.contentLength() > LONGEST_REQUEST) {
				return codesOf(error);
			}
			Buffer body = new Buffer();
			sent.writeTo(body);
			Quotations quotations = new Quotations(error);
			return look(body, quotations) ? quotations.removed() : codesOf(error);
		}
		catch (IOException ex) {
			// What cannot be read cannot be looked for
			return codesOf(error);
		}
	}

	/**
	 * An error without what it repeats of a prompt that was sent by a client of which no
	 * more is known.
	 */
	public static String removed(String error, Prompt prompt) {
		String start = (error.length() > LONGEST_ERROR) ? error.substring(0, LONGEST_ERROR) : error;
		Quotations quotations = new Quotations(start);
		int looked = 0;
		for (Message message : prompt.getInstructions()) {
			looked += (message.getText() != null) ? message.getText().length() : 0;
			if (looked > LONGEST_PROMPT) {
				return codesOf(error);
			}
			quotations.look(message.getText());
			if (message instanceof AssistantMessage answer) {
				answer.getToolCalls().forEach((call) -> quotations.look(call.arguments()));
			}
			if (message instanceof ToolResponseMessage responses) {
				responses.getResponses().forEach((response) -> quotations.look(response.responseData()));
			}
		}
		return quotations.removed();
	}

	/**
	 * Looks at the texts of the messages, one after the other.
	 * @return whether that were all
	 */
	private static boolean look(Buffer request, Quotations quotations) throws IOException {
		int looked = 0;
		try (JsonParser json = ObjectMappers.jsonMapper().getFactory().createParser(request.inputStream())) {
			boolean messages = false;
			int depth = 0;
			for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
				if (token.isStructStart()) {
					depth++;
				}
				else if (token.isStructEnd()) {
					depth--;
				}
				else if (token == JsonToken.FIELD_NAME) {
					messages = (depth == 1) ? "messages".equals(json.currentName()) : messages;
					if (!messages || NO_TEXT.contains(json.currentName())) {
						json.nextToken();
						json.skipChildren();
					}
				}
				else if (token == JsonToken.VALUE_STRING) {
					looked += json.getTextLength();
					if (looked > LONGEST_PROMPT) {
						return false;
					}
					quotations.look(json.getText());
				}
			}
		}
		return true;
	}

	/**
	 * Where looking for quotations would take too long, nothing is left but what the
	 * error is known by.
	 */
	private static String codesOf(String error) {
		StringJoiner codes = new StringJoiner(",", "{\"error\":{", "}}");
		codes.add("\"message\":\"left out, as it may repeat the prompt\"");
		Set<String> fields = new HashSet<>();
		for (Matcher code = CODE.matcher(error); code.find();) {
			String field = code.group();
			if (fields.add(field.substring(0, field.indexOf(':')))) {
				codes.add(field);
			}
		}
		return (error.startsWith("data:") ? "data: " + codes + "\n" : codes.toString());
	}

}
