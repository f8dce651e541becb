package io.github.agentresilience.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A real Chromium without a window, led by its DevTools protocol.
 */
public final class Browser implements AutoCloseable {

	private static final JsonMapper JSON = JsonMapper.shared();

	private final HttpClient http = HttpClient.newHttpClient();

	private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();

	private final AtomicInteger ids = new AtomicInteger();

	private final List<String> complaints = new CopyOnWriteArrayList<>();

	private final List<String> requests = new CopyOnWriteArrayList<>();

	private final BrowserProcess.Window window;

	private final WebSocket socket;

	/** Opens a window that shares nothing with others. */
	public Browser() throws Exception {
		this.window = BrowserProcess.window();
		this.socket = this.http.newWebSocketBuilder()
			.buildAsync(this.window.page(), new Listener())
			.get(20, TimeUnit.SECONDS);
		send("Page.enable", Map.of());
		send("Runtime.enable", Map.of());
		send("Log.enable", Map.of());
		send("Network.enable", Map.of());
	}

	/** Where it is, {@code null} where there is none. */
	public static String executable() {
		return Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
			.filter((path) -> Files.isExecutable(Path.of(path)))
			.findFirst()
			.orElse(null);
	}

	private JsonNode send(String method, Map<String, Object> params) {
		int id = this.ids.incrementAndGet();
		CompletableFuture<JsonNode> answer = new CompletableFuture<>();
		this.waiting.put(id, answer);
		this.socket.sendText(JSON.writeValueAsString(Map.of("id", id, "method", method, "params", params)), true)
			.join();
		try {
			return answer.get(30, TimeUnit.SECONDS);
		}
		catch (Exception ex) {
			throw new IllegalStateException(method + " failed", ex);
		}
	}

	/** Goes to an address. */
	public void open(String url) {
		this.requests.clear();
		this.complaints.clear();
		send("Page.navigate", Map.of("url", url));
	}

	/**
	 * Makes the pages that are opened from now on wait for a fifth of what they would.
	 */
	public void hurry() {
		send("Page.addScriptToEvaluateOnNewDocument", Map.of("source",
				"window.setTimeout = ((set) => (what, delay, ...more) => set(what, delay / 5, ...more))(window.setTimeout)"));
	}

	/** Evaluates an expression on the page, and waits for what it promises. */
	public String evaluate(String expression) {
		JsonNode result = send("Runtime.evaluate",
				Map.of("expression", "Promise.resolve(" + expression + ").then(String)", "awaitPromise", true));
		return result.at("/result/result/value").asString();
	}

	/**
	 * Pretends to be another device or to have another taste.
	 * @param method of the Emulation domain
	 */
	public void emulate(String method, Map<String, Object> params) {
		send("Emulation." + method, params);
	}

	/** Presses the key Tab. */
	public void tab() {
		for (String type : List.of("keyDown", "keyUp")) {
			send("Input.dispatchKeyEvent",
					Map.of("type", type, "key", "Tab", "code", "Tab", "windowsVirtualKeyCode", 9));
		}
	}

	/** Errors in the console, and uncaught exceptions. */
	public List<String> complaints() {
		return this.complaints;
	}

	/** The addresses that the page has asked. */
	public List<String> requests() {
		return this.requests;
	}

	/** Keeps a picture of the page. */
	public void screenshot(Path file) {
		JsonNode picture = send("Page.captureScreenshot", Map.of("captureBeyondViewport", true));
		try {
			Files.write(file, Base64.getDecoder().decode(picture.at("/result/data").asString()));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public void close() {
		this.socket.abort();
		this.window.close();
	}

	private final class Listener implements WebSocket.Listener {

		private final StringBuilder text = new StringBuilder();

		@Override
		public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
			this.text.append(data);
			if (last) {
				handle(JSON.readTree(this.text.toString()));
				this.text.setLength(0);
			}
			webSocket.request(1);
			return null;
		}

		private void handle(JsonNode message) {
			if (message.has("id")) {
				CompletableFuture<JsonNode> answer = Browser.this.waiting.remove(message.get("id").asInt());
				if (answer != null) {
					answer.complete(message);
				}
				return;
			}
			switch (message.path("method").asString("")) {
				case "Network.requestWillBeSent" ->
					Browser.this.requests.add(message.at("/params/request/url").asString());
				case "Runtime.exceptionThrown" -> Browser.this.complaints.add(message.get("params").toString());
				case "Log.entryAdded" -> complain(message, "/params/entry/level");
				case "Runtime.consoleAPICalled" -> complain(message, "/params/type");
				default -> {
				}
			}
		}

		private void complain(JsonNode message, String level) {
			if (message.at(level).asString().equals("error")) {
				Browser.this.complaints.add(message.get("params").toString());
			}
		}

	}

}
