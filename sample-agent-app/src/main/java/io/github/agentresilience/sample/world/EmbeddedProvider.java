package io.github.agentresilience.sample.world;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An OpenAI-compatible provider on loopback, as a call and as an event stream.
 */
public final class EmbeddedProvider implements AutoCloseable {

	static {
		// Without it the server holds the end of an answer back until the client acknowledges its beginning
		System.setProperty("sun.net.httpserver.nodelay", "true");
	}

	private final JsonMapper json = JsonMapper.shared();

	private final CountDownLatch closed = new CountDownLatch(1);

	private final ExecutorService threads = Executors.newCachedThreadPool((task) -> {
		Thread thread = new Thread(task, "embedded-provider");
		thread.setDaemon(true);
		return thread;
	});

	private final HttpServer server;

	private final String key;

	private final Latency latency;

	private final Set<String> models;

	/**
	 * Starts a provider on a free port.
	 * @param key the bearer token that it wants to see
	 * @param models the names that it knows
	 */
	public EmbeddedProvider(String key, Latency latency, Set<String> models) {
		this.key = key;
		this.latency = latency;
		this.models = models;
		try {
			this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1000);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.server.setExecutor(this.threads);
		this.server.createContext("/v1/chat/completions", this::complete);
		this.server.start();
	}

	/** Where it is, up to and including the version. */
	public String baseUrl() {
		return "http://127.0.0.1:" + this.server.getAddress().getPort() + "/v1";
	}

	private void complete(HttpExchange exchange) throws IOException {
		try (exchange) {
			byte[] body = exchange.getRequestBody().readAllBytes();
			if (!("Bearer " + this.key).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
				error(exchange, 401, "invalid_api_key", "The key is not the right one");
				return;
			}
			JsonNode request = this.json.readTree(body);
			String model = request.path("model").asString("");
			if (!this.models.contains(model)) {
				error(exchange, 404, "model_not_found", "There is no model " + model);
			}
			else {
				this.latency.await(this.closed);
				ScriptedAnswer answer = ScriptedAnswer.to(request);
				if (request.path("stream").asBoolean(false)) {
					stream(exchange, answer);
				}
				else {
					send(exchange, 200, answer.completion());
				}
			}
		}
	}

	private void error(HttpExchange exchange, int status, String code, String message) throws IOException {
		send(exchange, status,
				Map.of("error", Map.of("message", message, "type", "invalid_request_error", "code", code)));
	}

	private void send(HttpExchange exchange, int status, Object body) throws IOException {
		byte[] bytes = this.json.writeValueAsBytes(body);
		exchange.getResponseHeaders().set("Content-Type", "application/json");
		exchange.sendResponseHeaders(status, bytes.length);
		exchange.getResponseBody().write(bytes);
	}

	private void stream(HttpExchange exchange, ScriptedAnswer answer) throws IOException {
		exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
		exchange.sendResponseHeaders(200, 0);
		OutputStream out = exchange.getResponseBody();
		List<Object> chunks = answer.chunks();
		for (Object chunk : chunks) {
			event(out, this.json.writeValueAsString(chunk));
		}
		event(out, "[DONE]");
	}

	private static void event(OutputStream out, String data) throws IOException {
		out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
		out.flush();
	}

	@Override
	public void close() {
		this.closed.countDown();
		this.server.stop(0);
		this.threads.shutdownNow();
	}

}
