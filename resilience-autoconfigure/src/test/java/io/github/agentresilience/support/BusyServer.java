package io.github.agentresilience.support;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

/**
 * Serves completions, so many at once; further requests wait. It counts how many it is
 * asked for at once.
 */
public final class BusyServer implements AutoCloseable {

	private static final byte[] ANSWER = """
			{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop",
			"message":{"role":"assistant","content":"hello"}}],"usage":{"prompt_tokens":3,"completion_tokens":1,
			"total_tokens":4}}""".getBytes(StandardCharsets.UTF_8);

	private static final Pattern PROMPT = Pattern.compile("\"content\"\\s*:\\s*\"([^\"]*)\"");

	static {
		// Else an answer with a body may take 40 ms more
		System.setProperty("sun.net.httpserver.nodelay", "true");
	}

	private final AtomicInteger now = new AtomicInteger();

	private final AtomicInteger most = new AtomicInteger();

	private final AtomicInteger served = new AtomicInteger();

	private final List<String> prompts = new CopyOnWriteArrayList<>();

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final Duration service;

	private final HttpServer server;

	private final Semaphore places;

	private int capacity;

	/**
	 * A server.
	 * @param capacity how many requests it works at
	 * @param service for how long
	 */
	public BusyServer(int capacity, Duration service) {
		this.capacity = capacity;
		this.places = new Semaphore(capacity, true);
		this.service = service;
		try {
			this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4096);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
		this.server.setExecutor(this.threads);
		this.server.createContext("/", this::answer);
		this.server.start();
	}

	/** One that answers nothing before it is {@linkplain #release() told to}. */
	public static BusyServer holding() {
		return new BusyServer(0, Duration.ZERO);
	}

	private void answer(HttpExchange exchange) throws IOException {
		int atOnce = this.now.incrementAndGet();
		this.most.accumulateAndGet(atOnce, Math::max);
		String request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
		Matcher prompt = PROMPT.matcher(request);
		this.prompts.add(prompt.find() ? prompt.group(1) : request);
		this.places.acquireUninterruptibly();
		LockSupport.parkNanos(this.service.toNanos());
		if (!this.service.isZero()) {
			this.places.release();
		}
		this.served.incrementAndGet();
		exchange.getResponseHeaders().set("Content-Type", "application/json");
		this.now.decrementAndGet();
		exchange.sendResponseHeaders(200, ANSWER.length);
		exchange.getResponseBody().write(ANSWER);
		exchange.close();
	}

	/** One more request is answered by one that holds them. */
	public void release() {
		this.places.release();
	}

	/** From now on it works at so many at once, as soon as others are done. */
	public void capacity(int requests) {
		if (requests > this.capacity) {
			this.places.release(requests - this.capacity);
		}
		else {
			this.places.acquireUninterruptibly(this.capacity - requests);
		}
		this.capacity = requests;
	}

	/** The most requests at once. */
	public int most() {
		return this.most.get();
	}

	public int served() {
		return this.served.get();
	}

	/** In the order in which they came. */
	public List<String> prompts() {
		return this.prompts;
	}

	public String url() {
		return "http://127.0.0.1:" + this.server.getAddress().getPort() + "/v1";
	}

	@Override
	public void close() {
		this.server.stop(0);
		this.threads.shutdownNow();
	}

}
