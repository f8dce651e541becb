package io.github.agentresilience.chain.internal.wire;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.CharacterCodingException;
import java.security.cert.CertificateException;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipException;

import javax.net.ssl.SSLException;

import org.jspecify.annotations.Nullable;

/**
 * Says in a few words what went wrong between here and a target, for people who do not
 * know the exceptions of HTTP clients, TLS and parsers. No exception's own message is
 * repeated: it may hold an address, or part of an answer.
 */
public final class FailureWords {

	private static final int DEEPEST_CAUSE = 16;

	private static final String CUT = "cut stream: the connection was closed before the end of the answer";

	private static final String NO_ANSWER = "the connection was closed before an answer came";

	private static final String MALFORMED = "malformed chunk or answer: it cannot be read";

	private static final String NO_CONNECTION = "no connection in time";

	private static final String TLS = "TLS failure: ";

	private static final Pattern RESET_CODE = Pattern.compile("\\b(?:reset|RST_STREAM)\\b[^A-Z]*([A-Z][A-Z_]{2,30})?");

	private FailureWords() {
	}

	/**
	 * The words for a failure.
	 * @param thrown what the target's client threw, with whatever wraps it
	 * @return one short line without secrets and without any message of an exception
	 */
	public static String of(Throwable thrown) {
		Throwable at = thrown;
		for (int depth = 0; at != null && depth < DEEPEST_CAUSE; depth++, at = at.getCause()) {
			String words = known(at);
			if (words != null) {
				return words;
			}
		}
		Throwable unwrapped = unwrapped(thrown);
		return (unwrapped instanceof IOException ? "I/O failure (" : "unexpected failure (")
				+ unwrapped.getClass().getSimpleName() + ")";
	}

	private static Throwable unwrapped(Throwable thrown) {
		Throwable at = thrown;
		for (int depth = 0; isWrapper(at) && at.getCause() != null && depth < DEEPEST_CAUSE; depth++) {
			at = at.getCause();
		}
		return at;
	}

	private static boolean isWrapper(Throwable thrown) {
		return thrown instanceof CompletionException || thrown instanceof ExecutionException
				|| thrown.getClass() == RuntimeException.class
				|| thrown.getClass().getName().startsWith("reactor.core.Exceptions$");
	}

	private static @Nullable String known(Throwable at) {
		String type = at.getClass().getName();
		String message = String.valueOf(at.getMessage()).toLowerCase(Locale.ROOT);
		if (isUnreadable(at, type)) {
			return MALFORMED;
		}
		if (at instanceof CancellationException || message.equals("canceled")) {
			return "cancelled";
		}
		if (at instanceof UnknownHostException || at instanceof UnresolvedAddressException) {
			return "unknown host";
		}
		if (at instanceof HttpConnectTimeoutException || message.contains("connect timed out")
				|| (at instanceof ConnectException && message.contains("timed out"))) {
			return NO_CONNECTION;
		}
		if (at instanceof NoRouteToHostException || message.contains("network is unreachable")) {
			return "the host cannot be reached";
		}
		if (at instanceof ConnectException) {
			// The JDK's client says so of hosts that it does not know, too
			return hasCause(at, UnresolvedAddressException.class) ? "unknown host" : "connection refused";
		}
		if (at instanceof SSLException || type.endsWith("NotSslRecordException")) {
			return tls(at, message);
		}
		if (at instanceof ProtocolException) {
			return protocol(message);
		}
		return (at instanceof IOException || at instanceof ClosedChannelException)
				? ofConnection(at, type, at.getMessage(), message) : null;
	}

	/**
	 * Parsers are known by their packages, since an application may do without each of
	 * them.
	 */
	private static boolean isUnreadable(Throwable at, String type) {
		return type.startsWith("com.fasterxml.jackson.") || type.startsWith("tools.jackson.")
				|| type.startsWith("com.google.gson.") || type.endsWith("InvalidDataException")
				|| type.endsWith("HttpMessageNotReadableException") || type.endsWith(".DecodingException")
				|| at instanceof CharacterCodingException || at instanceof ZipException;
	}

	private static boolean hasCause(Throwable thrown, Class<?> type) {
		Throwable at = thrown;
		for (int depth = 0; at != null && depth < DEEPEST_CAUSE; depth++, at = at.getCause()) {
			if (type.isInstance(at)) {
				return true;
			}
		}
		return false;
	}

	private static String tls(Throwable at, String message) {
		if (message.contains("expired") || message.contains("notafter")) {
			return TLS + "the certificate has expired";
		}
		if (message.contains("not verified") || message.contains("subject alternative")
				|| message.contains("no name matching")) {
			return TLS + "the certificate is for another host";
		}
		if (message.contains("certification path") || message.contains("pkix")
				|| hasCause(at, CertificateException.class)) {
			return TLS + "the certificate is not trusted";
		}
		if (message.contains("unrecognized ssl message") || message.contains("plaintext")
				|| message.contains("not an ssl")) {
			return TLS + "the server does not speak it";
		}
		if (message.contains("terminated the handshake") || message.contains("closed")) {
			return TLS + "the server ended the handshake";
		}
		if (message.contains("reset") || message.contains("broken pipe")) {
			return "connection reset";
		}
		return TLS + "the handshake failed";
	}

	private static String protocol(String message) {
		if (message.contains("unexpected end of stream")) {
			return CUT;
		}
		return message.contains("too many follow-up") || message.contains("redirect") ? "too many redirects"
				: "the answer is no valid HTTP";
	}

	/** Most clients have one type for all of this, so only their words tell. */
	private static @Nullable String ofConnection(Throwable at, String type, @Nullable String original, String message) {
		if (type.contains(".http2.") || message.contains("rst_stream") || message.contains("goaway")) {
			return http2(type, original, message);
		}
		if (message.contains("unexpected end of stream on") || message.contains("received no bytes")
				|| message.contains("before response") || message.contains("failed to respond")) {
			return NO_ANSWER;
		}
		if (at instanceof EOFException || message.contains("content-length") || message.contains("chunked transfer")
				|| message.contains("eof reached") || message.contains("during response")
				|| message.contains("premature end") || message.contains("unexpected end of")) {
			return CUT;
		}
		if (message.contains("connection reset")) {
			return "connection reset";
		}
		if (message.contains("broken pipe")) {
			return "the connection was closed while the request was sent";
		}
		if (at instanceof ClosedChannelException || message.contains("closed")) {
			return "the connection was closed";
		}
		return (at instanceof SocketException) ? "the connection failed" : null;
	}

	private static String http2(String type, @Nullable String original, String message) {
		if (type.endsWith("StreamResetException") || message.contains("rst_stream")) {
			Matcher code = RESET_CODE.matcher(String.valueOf(original));
			return (code.find() && code.group(1) != null) ? "HTTP/2 stream reset (" + code.group(1) + ")"
					: "HTTP/2 stream reset";
		}
		return "the HTTP/2 connection was shut down";
	}

}
