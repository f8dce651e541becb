package io.github.agentresilience.chain.internal.wire;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertificateException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import java.util.zip.ZipException;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import okhttp3.internal.http2.ConnectionShutdownException;
import okhttp3.internal.http2.ErrorCode;
import okhttp3.internal.http2.StreamResetException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Exceptions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * What people read of the exceptions of HTTP clients, TLS and parsers. Those that a test
 * can provoke are provoked elsewhere; here are all.
 */
class FailureWordsTests {

	static Stream<Arguments> failures() {
		return Stream.of(arguments(new EOFException(), "cut stream"),
				arguments(new EOFException("\\n not found: limit=0 content=secret"), "cut stream"),
				arguments(new ProtocolException("unexpected end of stream"), "cut stream"),
				arguments(new IOException("fixed content-length: 1000, bytes received: 1"), "cut stream"),
				arguments(new IOException("chunked transfer encoding, state: READING_LENGTH", new EOFException()),
						"cut stream"),
				arguments(new IOException("unexpected end of stream on http://10.0.0.1/...", new EOFException()),
						"closed before an answer came"),
				arguments(new IOException("HTTP/1.1 header parser received no bytes", new EOFException()),
						"closed before an answer came"),
				arguments(new IOException("Connection prematurely closed BEFORE response"),
						"closed before an answer came"),
				arguments(new IOException("Connection prematurely closed DURING response"), "cut stream"),
				arguments(new JsonEOFException(null, null, "secret"), "malformed chunk"),
				arguments(new JsonParseException(null, "Unexpected character: secret"), "malformed chunk"),
				arguments(new ZipException("Not in GZIP format"), "malformed chunk"),
				arguments(new UnknownHostException("secret.example"), "unknown host"),
				arguments(connect(null, new UnresolvedAddressException()), "unknown host"),
				arguments(new ConnectException("Failed to connect to secret/10.0.0.1:80"), "connection refused"),
				arguments(new ConnectException("Connection timed out"), "no connection in time"),
				arguments(new HttpConnectTimeoutException("HTTP connect timed out"), "no connection in time"),
				arguments(new SocketTimeoutException("Connect timed out"), "no connection in time"),
				arguments(new NoRouteToHostException("No route to host"), "cannot be reached"),
				arguments(new SocketException("Network is unreachable"), "cannot be reached"),
				arguments(new SocketException("Connection reset"), "connection reset"),
				arguments(new IOException("Connection reset by peer"), "connection reset"),
				arguments(new SocketException("Broken pipe"), "closed while the request was sent"),
				arguments(new SocketException("Socket closed"), "connection was closed"),
				arguments(new IOException("closed"), "connection was closed"),
				arguments(new ClosedChannelException(), "connection was closed"),
				arguments(new StreamResetException(ErrorCode.REFUSED_STREAM), "HTTP/2 stream reset (REFUSED_STREAM)"),
				arguments(new IOException("Received RST_STREAM: Internal error"), "HTTP/2 stream reset"),
				arguments(new ConnectionShutdownException(), "HTTP/2 connection was shut down"),
				arguments(new IOException("/10.0.0.1:443: GOAWAY received"), "HTTP/2 connection was shut down"),
				arguments(
						new SSLHandshakeException("PKIX path building failed: unable to find valid certification path"),
						"not trusted"),
				arguments(new SSLHandshakeException("NotAfter: Thu Jan 01"), "expired"),
				arguments(new SSLPeerUnverifiedException("Hostname secret not verified"), "for another host"),
				arguments(new SSLException("Unsupported or unrecognized SSL message"), "does not speak it"),
				arguments(new SSLHandshakeException("Remote host terminated the handshake"), "ended the handshake"),
				arguments(new SSLHandshakeException("Received fatal alert: handshake_failure"), "handshake failed"),
				arguments(new SSLException("secret", new CertificateException("secret")), "not trusted"),
				arguments(new ProtocolException("Too many follow-up requests: 21"), "too many redirects"),
				arguments(new ProtocolException("Unexpected status line: secret"), "no valid HTTP"),
				arguments(new IOException("Canceled"), "cancelled"),
				arguments(new IOException("secret"), "I/O failure (IOException)"),
				arguments(new IllegalStateException("secret"), "unexpected failure (IllegalStateException)"));
	}

	private static IOException connect(String message, Throwable cause) {
		IOException connect = new ConnectException(message);
		connect.initCause(cause);
		return connect;
	}

	@ParameterizedTest
	@MethodSource("failures")
	void aFailureIsSaidInWordsWhateverWrapsIt(Throwable failure, String words) {
		for (Throwable thrown : new Throwable[] { failure, new CompletionException(failure),
				new RuntimeException(failure),
				new ExecutionException("secret", new RuntimeException("secret", failure)),
				Exceptions.propagate(failure) }) {
			assertThat(FailureWords.of(thrown)).contains(words)
				.doesNotContain("secret", "null", "10.0.0.1")
				.hasSizeLessThan(90);
		}
	}

	@Test
	void causesThatGoRoundInACircleComeToAnEnd() {
		RuntimeException first = new RuntimeException("a");
		first.initCause(new RuntimeException("b", first));
		assertThat(FailureWords.of(first)).isEqualTo("unexpected failure (RuntimeException)");
	}

}
