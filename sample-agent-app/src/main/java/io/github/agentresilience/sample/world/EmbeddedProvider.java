package io.github.agentresilience.sample.world;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.Collectors;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An OpenAI-compatible provider on loopback, as a call and as an event stream.
 */
public final class EmbeddedProvider implements AutoCloseable {

	static {
		// Without it the server holds the end of an answer back until the client
		// acknowledges its beginning
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

	private final Map<String, EmbeddedModel> models;

	/**
	 * Starts a provider on a free port.
	 * @param key the bearer token that it wants to see
	 * @param models what it offers
	 */
	public EmbeddedProvider(String key, Latency latency, EmbeddedModel... models) {
		this.key = key;
		this.latency = latency;
		this.models = Arrays.stream(models).collect(Collectors.toMap(EmbeddedModel::name, Function.identity()));
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
			String name = request.path("model").asString("");
			EmbeddedModel model = this.models.get(name);
			if (model == null) {
				error(exchange, 404, "model_not_found", "There is no model " + name);
				return;
			}
			String refusal = model.refusalOf(request.path("messages"));
			if (refusal != null) {
				error(exchange, 400, "invalid_request_error", refusal);
				return;
			}
			answer(exchange, request.path("stream").asBoolean(false), ScriptedAnswer.to(request, model));
		}
	}

	/** Where the model dies instead, the connection ends, at best in the middle. */
	private void answer(HttpExchange exchange, boolean stream, ScriptedAnswer answer) throws IOException {
		if (!answer.dies()) {
			this.latency.await(this.closed);
		}
		if (stream) {
			List<Object> chunks = answer.chunks();
			stream(exchange, answer.dies() ? chunks.subList(0, chunks.size() / 2) : chunks);
			if (!answer.dies()) {
				event(exchange.getResponseBody(), "[DONE]");
			}
		}
		else if (!answer.dies()) {
			send(exchange, 200, answer.completion());
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

	private void stream(HttpExchange exchange, List<Object> chunks) throws IOException {
		exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
		exchange.sendResponseHeaders(200, 0);
		OutputStream out = exchange.getResponseBody();
		for (Object chunk : chunks) {
			event(out, this.json.writeValueAsString(chunk));
			this.latency.awaitWord(this.closed);
		}
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
