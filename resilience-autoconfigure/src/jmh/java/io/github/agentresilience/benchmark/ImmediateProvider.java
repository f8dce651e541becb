package io.github.agentresilience.benchmark;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A provider in a process of its own that answers every request at once with the same completion, and keeps its
 * connections. Prints its port, and ends with its standard input.
 */
final class ImmediateProvider {

	private static final String COMPLETION = """
			{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"m","choices":[{"index":0,\
			"message":{"role":"assistant","content":"I am well, thank you. And how are you?","refusal":null,\
			"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":11,\
			"completion_tokens":12,"total_tokens":23,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},\
			"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,\
			"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":"fp_1"}""";

	private static final byte[] ANSWER = ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
			+ COMPLETION.length() + "\r\n\r\n" + COMPLETION)
		.getBytes(StandardCharsets.US_ASCII);

	private ImmediateProvider() {
	}

	public static void main(String[] args) throws IOException {
		ServerSocket server = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
		Thread acceptor = new Thread(() -> {
			while (true) {
				try {
					Socket socket = server.accept();
					socket.setTcpNoDelay(true);
					Thread connection = new Thread(() -> serve(socket));
					connection.setDaemon(true);
					connection.start();
				}
				catch (IOException ex) {
					return;
				}
			}
		});
		acceptor.setDaemon(true);
		acceptor.start();
		System.out.println(WholeCallBenchmark.ANSWER + server.getLocalPort());
		while (System.in.read() >= 0) {
			continue;
		}
		System.exit(0);
	}

	private static void serve(Socket socket) {
		try (socket) {
			InputStream in = new BufferedInputStream(socket.getInputStream());
			OutputStream out = socket.getOutputStream();
			StringBuilder line = new StringBuilder();
			long body = 0;
			while (true) {
				int next = in.read();
				if (next < 0) {
					return;
				}
				if (next != '\n') {
					line.append((char) next);
					continue;
				}
				String header = line.toString().trim().toLowerCase(Locale.ROOT);
				line.setLength(0);
				if (header.startsWith("content-length:")) {
					body = Long.parseLong(header.substring(header.indexOf(':') + 1).trim());
				}
				if (header.isEmpty()) {
					in.skipNBytes(body);
					body = 0;
					out.write(ANSWER);
				}
			}
		}
		catch (IOException ex) {
			// The application has gone
		}
	}

}
