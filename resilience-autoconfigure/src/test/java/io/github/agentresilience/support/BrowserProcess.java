package io.github.agentresilience.support;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The one Chromium of this JVM, which is started when a test first needs it: to start one
 * costs more than a test does with it.
 */
final class BrowserProcess {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static BrowserProcess started;

	private final URI devTools;

	private final BlockingQueue<JsonNode> answers = new ArrayBlockingQueue<>(100);

	private final WebSocket socket;

	private int id;

	private BrowserProcess(URI devTools) throws Exception {
		this.devTools = devTools;
		this.socket = HttpClient.newHttpClient()
			.newWebSocketBuilder()
			.buildAsync(devTools, new Listener())
			.get(20, TimeUnit.SECONDS);
	}

	/** A window with cookies and storage of its own. */
	static synchronized Window window() throws Exception {
		if (started == null) {
			started = start();
		}
		return started.open();
	}

	private static BrowserProcess start() throws Exception {
		Path profile = Files.createTempDirectory("browser");
		Process process = new ProcessBuilder(Browser.executable(), "--headless=new", "--no-sandbox", "--disable-gpu",
				"--disable-dev-shm-usage", "--remote-debugging-port=0", "--user-data-dir=" + profile, "about:blank")
			.redirectErrorStream(true)
			.start();
		Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
		BufferedReader out = new BufferedReader(
				new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
		for (String line = out.readLine(); line != null; line = out.readLine()) {
			int at = line.indexOf("ws://");
			if (line.startsWith("DevTools listening") && at > 0) {
				Thread drain = new Thread(() -> out.lines().forEach((rest) -> {
				}));
				drain.setDaemon(true);
				drain.start();
				return new BrowserProcess(URI.create(line.substring(at)));
			}
		}
		throw new IllegalStateException("The browser did not start");
	}

	private Window open() throws Exception {
		String context = send("Target.createBrowserContext", Map.of()).at("/result/browserContextId").asString();
		String target = send("Target.createTarget",
				Map.of("url", "about:blank", "browserContextId", context, "newWindow", true))
			.at("/result/targetId")
			.asString();
		return new Window(this, context,
				URI.create("ws://127.0.0.1:" + this.devTools.getPort() + "/devtools/page/" + target));
	}

	private synchronized JsonNode send(String method, Map<String, Object> params) throws Exception {
		int id = ++this.id;
		this.socket.sendText(JSON.writeValueAsString(Map.of("id", id, "method", method, "params", params)), true)
			.join();
		for (JsonNode answer = next(method); true; answer = next(method)) {
			if (answer.path("id").asInt(0) == id) {
				return answer;
			}
		}
	}

	private JsonNode next(String method) throws InterruptedException {
		JsonNode answer = this.answers.poll(30, TimeUnit.SECONDS);
		if (answer == null) {
			throw new IllegalStateException("The browser does not answer " + method);
		}
		return answer;
	}

	/**
	 * A window.
	 *
	 * @param page where its page is led
	 */
	record Window(BrowserProcess process, String context, URI page) implements AutoCloseable {

		@Override
		public void close() {
			try {
				this.process.send("Target.disposeBrowserContext", Map.of("browserContextId", this.context));
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

	private final class Listener implements WebSocket.Listener {

		private final StringBuilder text = new StringBuilder();

		@Override
		public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
			this.text.append(data);
			if (last) {
				BrowserProcess.this.answers.add(JSON.readTree(this.text.toString()));
				this.text.setLength(0);
			}
			webSocket.request(1);
			return null;
		}

	}

}
