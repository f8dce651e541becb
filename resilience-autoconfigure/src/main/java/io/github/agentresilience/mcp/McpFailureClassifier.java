package io.github.agentresilience.mcp;

import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeoutException;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.TargetFailureException;
import io.modelcontextprotocol.client.transport.McpHttpClientTransportAuthorizationException;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpTransportSessionNotFoundException;
import org.jspecify.annotations.Nullable;

/**
 * Classifies what the MCP SDK throws. What it does not know is taken for transient.
 */
public class McpFailureClassifier implements FailureClassifier {

	/** How the SDK tells those whose request was in flight when the session was lost; it has no type of its own. */
	private static final String SESSION_LOST = "MCP session with server terminated";

	@Override
	public Failure classify(Throwable thrown) {
		for (Throwable at = thrown; at != null; at = at.getCause()) {
			Failure failure = known(at, thrown);
			if (failure != null) {
				return failure;
			}
		}
		// The words of an unknown exception may hold anything, the tool's arguments included
		return Failure.ofTransient(0, thrown.getClass().getSimpleName(), thrown);
	}

	private static @Nullable Failure known(Throwable at, Throwable thrown) {
		if (at instanceof TargetFailureException failure) {
			return byStatus(failure.status(), failure.getMessage(), failure.retryAfter(), thrown);
		}
		if (at instanceof McpError error && error.getJsonRpcError() != null) {
			return byCode(error.getJsonRpcError(), thrown);
		}
		if (at instanceof McpHttpClientTransportAuthorizationException refusal) {
			int status = refusal.getResponseInfo().statusCode();
			return Failure.ofTarget(status, true, status + " from the MCP server", thrown);
		}
		if (at instanceof NotInitializedException || at instanceof SchemaMismatchException) {
			return Failure.ofTarget(0, false, String.valueOf(at.getMessage()), thrown);
		}
		if (isNotOffered(at)) {
			return Failure.ofTarget(0, false, "the MCP server does not offer this", thrown);
		}
		if (isLost(at)) {
			// The server is well, it only forgot us; the SDK opens a new session by itself
			return new Failure(FailureKind.TRANSIENT, 404, null, false,
					"the MCP session is lost", thrown);
		}
		if (at instanceof TimeoutException || at instanceof HttpTimeoutException) {
			return Failure.silent("no answer in time", thrown);
		}
		if (at instanceof IOException) {
			return Failure.ofTransient(0, at.getClass().getSimpleName() + ": " + at.getMessage(), thrown);
		}
		return null;
	}

	/** Whether a failure says that the server does not know the session any longer. */
	static boolean isSessionLost(Throwable thrown) {
		for (Throwable at = thrown; at != null; at = at.getCause()) {
			if (isLost(at)) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Whether the SDK had dropped one session and not opened the next. It is not prepared for that: a request that was on
	 * its way to the one stumbles over what it has not yet got of the other.
	 */
	static boolean isBetweenSessions(Throwable thrown) {
		for (Throwable at = thrown; at != null; at = at.getCause()) {
			if (at instanceof NullPointerException) {
				return true;
			}
		}
		return false;
	}

	/** How the SDK refuses a request before it is sent, for what the server's capabilities leave out. */
	private static boolean isNotOffered(Throwable at) {
		String words = at.getMessage();
		return at instanceof IllegalStateException && words != null
				&& (words.startsWith("Server does not provide ") || words.startsWith("Server's Logging capabilities "));
	}

	private static boolean isLost(Throwable at) {
		return at instanceof McpTransportSessionNotFoundException || at instanceof SessionLostException
				|| SESSION_LOST.equals(at.getMessage());
	}

	private static Failure byStatus(int status, String message, @Nullable Duration retryAfter, Throwable thrown) {
		return switch (status) {
			case 400, 422 -> Failure.caller(status, message, thrown);
			case 401, 403, 404 -> Failure.ofTarget(status, true, message, thrown);
			case 402, 405, 406, 410, 415 -> Failure.ofTarget(status, false, message, thrown);
			default -> Failure.ofTransient(status, message, thrown).withRetryAfter(retryAfter);
		};
	}

	private static Failure byCode(McpSchema.JSONRPCResponse.JSONRPCError error, Throwable thrown) {
		int code = error.code();
		String message = "JSON-RPC error " + code;
		return switch (code) {
			case McpSchema.ErrorCodes.METHOD_NOT_FOUND, McpSchema.ErrorCodes.RESOURCE_NOT_FOUND ->
				Failure.ofTarget(code, false, message, thrown);
			case McpSchema.ErrorCodes.INVALID_PARAMS ->
				namesUnknownTool(error) ? Failure.ofTarget(code, false, message, thrown)
						: Failure.caller(code, message, thrown);
			case McpSchema.ErrorCodes.INVALID_REQUEST -> Failure.caller(code, message, thrown);
			default -> Failure.ofTransient(code, message, thrown);
		};
	}

	/** The specification gives an unknown tool the code of invalid parameters; only the words tell them apart. */
	private static boolean namesUnknownTool(McpSchema.JSONRPCResponse.JSONRPCError error) {
		String words = (error.message() + " " + error.data()).toLowerCase(Locale.ROOT);
		return words.contains("unknown tool") || words.contains("tool not found")
				|| (words.contains("tool") && words.contains("not found"));
	}

}
