package io.github.agentresilience.mcp.internal.transport;

import java.util.List;
import java.util.Locale;

import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse.JSONRPCError;
import org.jspecify.annotations.Nullable;

/**
 * How surely an answer says that its session is lost, rather than that one request is
 * refused. The specification wants a 404; servers say it with other statuses too, with
 * codes of their own, and in their own words. Words are read generously where nothing
 * contradicts them: a mistake costs a new session, and no other call its answer.
 */
enum SessionLoss {

	NOT_SAID,

	/**
	 * The answer speaks of a session, which may be one of the tool's own; so it does not
	 * prove that the tool did not run.
	 */
	LIKELY,

	CERTAIN;

	private static final int MOST_WORDS = 4_000;

	/**
	 * What servers of several SDKs answer without a status when they do not know a
	 * session.
	 */
	private static final List<Integer> CODES = List.of(-32000, -32001, -32005);

	/** Said of a request, whatever it names. */
	private static final List<Integer> CODES_OF_REQUESTS = List.of(McpSchema.ErrorCodes.METHOD_NOT_FOUND,
			McpSchema.ErrorCodes.INVALID_PARAMS, McpSchema.ErrorCodes.PARSE_ERROR);

	private static final List<String> UNOPENED = List.of("not initialized", "not initialised", "uninitialized",
			"uninitialised", "initialize request", "initialize first", "call initialize", "must initialize",
			"re-initialize", "reinitialize", "before initialization");

	private static final List<String> PLAIN = List.of("session not found", "session_not_found", "session-not-found",
			"sessionnotfound", "unknown session", "invalid session", "no such session", "session expired",
			"session has expired", "session is expired", "session_expired", "expired session", "missing session",
			"no session", "no valid session", "no active session", "session id", "session-id", "sessionid",
			"session_id", "session terminated", "session has been terminated", "session was terminated",
			"session does not exist", "session doesn't exist", "session invalid", "session unknown",
			"session not initialized");

	/**
	 * Looks at an answer.
	 * @param status the HTTP status
	 * @param error the JSON-RPC error in it, {@code null} where there is none
	 * @param own whether the error has the id of the request
	 * @param body all of a refusal that is no JSON-RPC
	 */
	static SessionLoss in(int status, @Nullable JSONRPCError error, boolean own, String body) {
		if (error == null) {
			return said(status == 404 || (status >= 400 && speaksOfSession(body)), status < 500 || isPlain(body));
		}
		String words = error.message() + " " + (error.data() != null ? error.data() : "");
		boolean ofRequest = CODES_OF_REQUESTS.contains(error.code());
		boolean refused = status >= 400;
		boolean said;
		if (own) {
			said = (CODES.contains(error.code()) || (refused && !ofRequest)) ? speaksOfSession(words)
					: refused && isPlain(words);
		}
		else {
			said = refused ? (status == 404 && !ofRequest) || speaksOfSession(words)
					: CODES.contains(error.code()) || isPlain(words);
		}
		// What the server has not made out to be this request, it has not carried out
		// either
		return said(said, !own || (refused && status < 500) || isPlain(words));
	}

	private static SessionLoss said(boolean said, boolean certainly) {
		if (!said) {
			return NOT_SAID;
		}
		return certainly ? CERTAIN : LIKELY;
	}

	private static boolean speaksOfSession(String words) {
		String lower = lower(words);
		return lower.contains("session") || UNOPENED.stream().anyMatch(lower::contains);
	}

	private static boolean isPlain(String words) {
		String lower = lower(words);
		return PLAIN.stream().anyMatch(lower::contains);
	}

	private static String lower(String words) {
		return ((words.length() > MOST_WORDS) ? words.substring(0, MOST_WORDS) : words).toLowerCase(Locale.ROOT);
	}

}
