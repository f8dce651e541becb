package io.github.agentresilience.llm.internal.warmup;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;

import javax.net.SocketFactory;

import org.jspecify.annotations.Nullable;

/**
 * Sockets whose other end is in memory: a provider that gives each request the same
 * answer, and closes TLS connections. Nothing leaves the process.
 */
final class CannedServer extends SocketFactory {

	private static final String COMPLETION = """
			{"id":"warm-up","object":"chat.completion","created":1,"model":"warm-up","choices":[{"index":0,\
			"message":{"role":"assistant","content":"Hello","refusal":null},"logprobs":null,"finish_reason":"stop"}],\
			"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""";

	private static final String CHUNK = """
			data: {"id":"warm-up","object":"chat.completion.chunk","created":1,"model":"warm-up",\
			"choices":[{"index":0,"delta":%s,"finish_reason":%s}]}

			""";

	private static final String STREAM = CHUNK.formatted("{\"role\":\"assistant\",\"content\":\"\"}", "null")
			+ CHUNK.formatted("{\"content\":\"Hello\"}", "null") + CHUNK.formatted("{}", "\"stop\"")
			+ "data: [DONE]\n\n";

	@Override
	public Socket createSocket() {
		return new CannedSocket();
	}

	@Override
	public Socket createSocket(String host, int port) {
		return createSocket();
	}

	@Override
	public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
		return createSocket();
	}

	@Override
	public Socket createSocket(InetAddress host, int port) {
		return createSocket();
	}

	@Override
	public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort) {
		return createSocket();
	}

	private static byte[] answer(String request) {
		if (!request.startsWith("POST")) {
			return new byte[0];
		}
		boolean stream = request.contains("\"stream\":true");
		String body = stream ? STREAM : COMPLETION;
		return ("HTTP/1.1 200 OK\r\nContent-Type: " + (stream ? "text/event-stream" : "application/json")
				+ "\r\nContent-Length: " + body.length() + "\r\nConnection: close\r\n\r\n" + body)
			.getBytes(StandardCharsets.US_ASCII);
	}

	/**
	 * A socket that is connected to nothing; what is not overridden here would ask the
	 * operating system for one.
	 */
	private static final class CannedSocket extends Socket {

		private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

		private @Nullable InputStream answer;

		private int timeout;

		private boolean closed;

		@Override
		public void connect(SocketAddress endpoint, int timeoutMillis) {
		}

		@Override
		public boolean isConnected() {
			return true;
		}

		@Override
		public InputStream getInputStream() {
			return new InputStream() {

				@Override
				public int read() throws IOException {
					return answer().read();
				}

				@Override
				public int read(byte[] buffer, int offset, int length) throws IOException {
					return answer().read(buffer, offset, length);
				}

			};
		}

		private InputStream answer() {
			if (this.answer == null) {
				this.answer = new ByteArrayInputStream(CannedServer.answer(this.sent.toString(StandardCharsets.UTF_8)));
			}
			return this.answer;
		}

		@Override
		public OutputStream getOutputStream() {
			return this.sent;
		}

		@Override
		public void setSoTimeout(int millis) {
			this.timeout = millis;
		}

		@Override
		public int getSoTimeout() {
			return this.timeout;
		}

		@Override
		public void setSoLinger(boolean on, int linger) {
		}

		@Override
		public void setTcpNoDelay(boolean on) {
		}

		@Override
		public void shutdownInput() {
		}

		@Override
		public void shutdownOutput() {
		}

		@Override
		public void close() {
			this.closed = true;
		}

		@Override
		public boolean isClosed() {
			return this.closed;
		}

	}

}
