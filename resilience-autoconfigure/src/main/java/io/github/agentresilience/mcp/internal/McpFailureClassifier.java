package io.github.agentresilience.mcp.internal;

import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeoutException;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.chain.internal.wire.FailureWords;
import io.github.agentresilience.mcp.internal.transport.RedirectedException;
import io.github.agentresilience.mcp.internal.transport.SessionLostException;
import io.github.agentresilience.mcp.internal.transport.UnreadableAnswerException;
import io.modelcontextprotocol.client.transport.McpHttpClientTransportAuthorizationException;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import org.jspecify.annotations.Nullable;

/**
 * Classifies what the MCP SDK throws. An unknown error counts as transient.
 */
public class McpFailureClassifier implements FailureClassifier {

	@Override
	public Failure classify(Throwable thrown) {
		boolean opening = false;
		for (Throwable at = thrown; at != null; at = at.getCause()) {
			opening |= SdkErrors.isNotOpened(at);
			Failure failure = known(at, thrown);
			if (failure != null) {
				return (opening && failure.kind() == FailureKind.CALLER) ? notOpened(failure) : failure;
			}
		}
		return Failure.ofTransient(0, FailureWords.of(thrown), thrown);
	}

	/**
	 * A server that refuses the request which opens a session has not seen the caller's.
	 */
	private static Failure notOpened(Failure refusal) {
		return Failure.ofTarget(refusal.status(), true, refusal.message(), refusal.cause());
	}

	private static @Nullable Failure known(Throwable at, Throwable thrown) {
		if (at instanceof TargetFailureException failure) {
			return byStatus(failure.status(), Objects.requireNonNull(failure.getMessage()), failure.retryAfter(),
					thrown);
		}
		if (at instanceof McpError error && error.getJsonRpcError() != null) {
			return byCode(error.getJsonRpcError(), thrown);
		}
		if (at instanceof McpHttpClientTransportAuthorizationException refusal) {
			int status = refusal.getResponseInfo().statusCode();
			return Failure.ofTarget(status, true, status + " from the MCP server", thrown);
		}
		if (at instanceof RedirectedException redirect) {
			return Failure.ofTarget(redirect.status(), true, redirect.status() + " from the MCP server", thrown);
		}
		if (at instanceof UnreadableAnswerException) {
			return Failure.ofTransient(0, "the answer cannot be read", thrown).withReason("unreadable");
		}
		if (at instanceof NotInitializedException || at instanceof SchemaMismatchException) {
			return Failure.ofTarget(0, false, String.valueOf(at.getMessage()), thrown);
		}
		if (SdkErrors.isNotOffered(at)) {
			return Failure.ofTarget(0, false, "the MCP server does not offer this", thrown);
		}
		if (isLost(at)) {
			// The server works, it only no longer knows the session; a new one is opened
			return new Failure(FailureKind.TRANSIENT, 404, null, false, null, false, "the MCP session is lost", thrown);
		}
		if (at instanceof TimeoutException || at instanceof HttpTimeoutException) {
			return Failure.silent("no answer in time", thrown);
		}
		if (at instanceof IOException) {
			return Failure.ofTransient(0, FailureWords.of(at), thrown);
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

	private static boolean isLost(Throwable at) {
		return at instanceof SessionLostException || SdkErrors.isSessionClosed(at);
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
			case McpSchema.ErrorCodes.INVALID_PARAMS -> namesUnknownTool(error)
					? Failure.ofTarget(code, false, message, thrown) : Failure.caller(code, message, thrown);
			case McpSchema.ErrorCodes.INVALID_REQUEST -> Failure.caller(code, message, thrown);
			default -> Failure.ofTransient(code, message, thrown);
		};
	}

	/**
	 * The specification gives an unknown tool the code of invalid parameters; only the
	 * words tell them apart.
	 */
	private static boolean namesUnknownTool(McpSchema.JSONRPCResponse.JSONRPCError error) {
		String words = (error.message() + " " + error.data()).toLowerCase(Locale.ROOT);
		return words.contains("unknown tool") || words.contains("tool not found")
				|| (words.contains("tool") && words.contains("not found"));
	}

}
