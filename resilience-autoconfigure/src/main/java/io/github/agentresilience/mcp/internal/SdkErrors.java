package io.github.agentresilience.mcp.internal;

import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.spec.McpClientSession;
import io.modelcontextprotocol.spec.McpTransportSessionNotFoundException;

/**
 * Tells apart errors of the MCP SDK that have neither a type nor a code of their own, by
 * where in the SDK they were created. Their messages are not looked at: those change from
 * one version to the next, and an application may use the same words.
 */
final class SdkErrors {

	private static final String SESSION = McpClientSession.class.getName();

	private static final String CLIENT = McpAsyncClient.class.getName();

	/** Opens sessions for the client; not public. */
	private static final String INITIALIZER = McpAsyncClient.class.getPackageName() + ".LifecycleInitializer";

	private SdkErrors() {
	}

	/**
	 * How the SDK ends the requests that were in flight when it closed their session.
	 */
	static boolean isSessionClosed(Throwable error) {
		return error instanceof McpTransportSessionNotFoundException
				|| (error.getClass() == RuntimeException.class && isCreatedIn(error, SESSION));
	}

	/**
	 * How the SDK refuses a request before it is sent, because the server's capabilities
	 * leave it out.
	 */
	static boolean isNotOffered(Throwable error) {
		return error.getClass() == IllegalStateException.class && isCreatedIn(error, CLIENT);
	}

	/**
	 * How the SDK reports that a session could not be opened; its cause says why.
	 */
	static boolean isNotOpened(Throwable error) {
		return error.getClass() == RuntimeException.class && error.getCause() != null
				&& isCreatedIn(error, INITIALIZER);
	}

	/**
	 * Whether the SDK had dropped one session and not opened the next. It does not expect
	 * a request then, and fails with a {@code NullPointerException} at what it does not
	 * have of the next session yet.
	 */
	static boolean isBetweenSessions(Throwable thrown) {
		Throwable wrapper = thrown;
		for (Throwable at = thrown; at != null; at = at.getCause()) {
			if (at.getClass() == NullPointerException.class && (isCreatedIn(at, INITIALIZER) || isCreatedIn(at, CLIENT)
					|| (isCreatedIn(wrapper, INITIALIZER) && isCreatedByReactor(at)))) {
				return true;
			}
			wrapper = at;
		}
		return false;
	}

	/** How Reactor refuses a {@code null} that the SDK made of its missing session. */
	private static boolean isCreatedByReactor(Throwable error) {
		StackTraceElement[] frames = error.getStackTrace();
		int at = 0;
		while (at < frames.length && frames[at].getClassName().equals("java.util.Objects")) {
			at++;
		}
		return at < frames.length && frames[at].getClassName().startsWith("reactor.core.publisher.");
	}

	private static boolean isCreatedIn(Throwable error, String type) {
		StackTraceElement[] frames = error.getStackTrace();
		if (frames.length == 0) {
			return false;
		}
		String creator = frames[0].getClassName();
		return creator.equals(type) || (creator.startsWith(type) && creator.charAt(type.length()) == '$');
	}

}
