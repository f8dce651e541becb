package io.github.agentresilience.support;

import java.nio.charset.Charset;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a {@link ScriptedProvider} does with one request. Good answers are given as JSON
 * or, where the request asks for it, as an event stream; the withers bend them.
 */
public record Reply(Kind kind, int status, String contentType, String body, Map<String, String> headers, Duration delay,
		int breakAfter, Break how, Duration chunkDelay, String usage) {

	private static final String CHARSET = "X-Charset";

	private static final String USAGE = "{\"prompt_tokens\":%d,\"completion_tokens\":%d,\"total_tokens\":%d}";

	enum Kind {

		ANSWER, TOOL_CALL, RAW, HANG, RESET, CLOSE

	}

	enum Break {

		NOTHING, CUT, CLEAN_END, STALL, MALFORMED, ERROR_EVENT, COMMENTS, NO_ROLE, NO_DONE

	}

	private static Reply of(Kind kind, int status, String contentType, String body) {
		return new Reply(kind, status, contentType, body, Map.of(), Duration.ZERO, -1, Break.NOTHING, Duration.ZERO,
				USAGE.formatted(3, 5, 8));
	}

	/** A whole, good answer. */
	public static Reply text(String text) {
		return of(Kind.ANSWER, 200, "stop", text);
	}

	/** A good answer with another finish reason. */
	public static Reply finished(String finishReason, String text) {
		return of(Kind.ANSWER, 200, finishReason, text);
	}

	/** An answer that calls one tool. */
	public static Reply toolCall(String tool, String arguments) {
		return of(Kind.TOOL_CALL, 200, tool, arguments);
	}

	public static Reply raw(int status, String contentType, String body) {
		return of(Kind.RAW, status, contentType, body);
	}

	public static Reply status(int status) {
		return error(status, "error", "status_" + status, "status " + status);
	}

	/** An error as OpenAI says it. */
	public static Reply error(int status, String type, String code, String message) {
		return raw(status, "application/json",
				"{\"error\":{\"message\":\"%s\",\"type\":\"%s\",\"code\":\"%s\"}}".formatted(message, type, code));
	}

	/** A request that is refused for what is in it. */
	public static Reply refusal(int status) {
		return error(status, "invalid_request_error", "invalid_value", "Invalid value for messages[0].role");
	}

	public static Reply html(int status) {
		return raw(status, "text/html", "<html><body><h1>Bad gateway</h1></body></html>");
	}

	public static Reply noChoices() {
		return raw(200, "application/json",
				"{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[]}");
	}

	public static Reply truncatedJson() {
		return raw(200, "application/json", "{\"id\":\"c\",\"object\":\"chat.completion\",\"choices\":[{\"ind");
	}

	public static Reply errorInBody() {
		return raw(200, "application/json", "{\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\"}}");
	}

	/** Never answers. */
	public static Reply hang() {
		return of(Kind.HANG, 0, "", "");
	}

	/** Resets the connection before the headers. */
	public static Reply reset() {
		return of(Kind.RESET, 0, "", "");
	}

	/** Closes the connection before the headers. */
	public static Reply close() {
		return of(Kind.CLOSE, 0, "", "");
	}

	public Reply header(String name, String value) {
		Map<String, String> more = new LinkedHashMap<>(this.headers);
		more.put(name, value);
		return new Reply(this.kind, this.status, this.contentType, this.body, more, this.delay, this.breakAfter,
				this.how, this.chunkDelay, this.usage);
	}

	/** A good answer that used so many tokens, as it says. */
	public Reply usage(int input, int output) {
		return usage(USAGE.formatted(input, output, input + output));
	}

	/** A good answer that does not say which tokens it used. */
	public Reply withoutUsage() {
		return usage("null");
	}

	private Reply usage(String json) {
		return new Reply(this.kind, this.status, this.contentType, this.body, this.headers, this.delay, this.breakAfter,
				this.how, this.chunkDelay, json);
	}

	/** Waits before the headers. */
	public Reply delay(Duration wait) {
		return new Reply(this.kind, this.status, this.contentType, this.body, this.headers, wait, this.breakAfter,
				this.how, this.chunkDelay, this.usage);
	}

	/** A stream that waits before each word. */
	public Reply chunkDelay(Duration wait) {
		return new Reply(this.kind, this.status, this.contentType, this.body, this.headers, this.delay, this.breakAfter,
				this.how, wait, this.usage);
	}

	/** A stream whose connection breaks after some chunks of text. */
	public Reply cutAfter(int chunks) {
		return bent(chunks, Break.CUT);
	}

	/**
	 * A stream that ends after some chunks as if all were well, without a finish reason.
	 */
	public Reply endAfter(int chunks) {
		return bent(chunks, Break.CLEAN_END);
	}

	/** A stream that says nothing more after some chunks. */
	public Reply stallAfter(int chunks) {
		return bent(chunks, Break.STALL);
	}

	/** A stream with a chunk that is no JSON. */
	public Reply malformedAfter(int chunks) {
		return bent(chunks, Break.MALFORMED);
	}

	/** A stream with an error event. */
	public Reply errorEventAfter(int chunks) {
		return bent(chunks, Break.ERROR_EVENT);
	}

	/** A stream that after some chunks sends comments only. */
	public Reply commentsAfter(int chunks) {
		return bent(chunks, Break.COMMENTS);
	}

	/** A whole stream without the chunk that names the role. */
	public Reply withoutRole() {
		return bent(Integer.MAX_VALUE, Break.NO_ROLE);
	}

	/** A whole stream without its {@code [DONE]}. */
	public Reply withoutDone() {
		return bent(Integer.MAX_VALUE, Break.NO_DONE);
	}

	private Reply bent(int after, Break how) {
		return new Reply(this.kind, this.status, this.contentType, this.body, this.headers, this.delay, after, how,
				this.chunkDelay, this.usage);
	}

	/** The body in another charset than UTF-8. */
	public Reply charset(String name) {
		return header(CHARSET, name);
	}

	byte[] bytes() {
		return this.body.getBytes(Charset.forName(this.headers.getOrDefault(CHARSET, "UTF-8")));
	}

}
