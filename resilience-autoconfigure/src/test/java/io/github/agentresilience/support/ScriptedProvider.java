package io.github.agentresilience.support;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * An OpenAI-compatible server on loopback that does what it is told, down to the
 * connection: it refuses, hangs, resets, cuts and stalls, and it notices when its client
 * goes away.
 */
public final class ScriptedProvider implements AutoCloseable {

	private final ExecutorService threads = Executors.newCachedThreadPool((task) -> {
		Thread thread = new Thread(task, "scripted-provider");
		thread.setDaemon(true);
		return thread;
	});

	private final Queue<Reply> script = new ConcurrentLinkedQueue<>();

	private final List<Request> requests = new CopyOnWriteArrayList<>();

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private final AtomicInteger abandoned = new AtomicInteger();

	private final CountDownLatch closed = new CountDownLatch(1);

	private final AtomicInteger served = new AtomicInteger();

	private volatile IntFunction<Reply> otherwise = (number) -> Reply.text("Hello from the provider");

	private volatile Function<Request, Reply> answering;

	private volatile ServerSocket server;

	private volatile Socket placeholder;

	private volatile Future<?> accepting;

	private final int port;

	public ScriptedProvider() {
		this.server = listen(0);
		this.port = this.server.getLocalPort();
		this.accepting = this.threads.submit(() -> accept(this.server));
	}

	private ServerSocket listen(int port) {
		try {
			ServerSocket socket = new ServerSocket();
			socket.setReuseAddress(true);
			socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 4096);
			return socket;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public String baseUrl() {
		return "http://127.0.0.1:" + this.port + "/v1";
	}

	/** Adds a reply for one request to come. */
	public ScriptedProvider then(Reply reply) {
		this.script.add(reply);
		return this;
	}

	/** Says what is done when the script is at its end. */
	public ScriptedProvider always(Reply reply) {
		return by((number) -> reply);
	}

	/** Chooses the reply by the number of the request, from 0. */
	public ScriptedProvider by(IntFunction<Reply> rule) {
		this.otherwise = rule;
		return this;
	}

	/** Chooses the reply by the request, when the script is at its end. */
	public ScriptedProvider answering(Function<Request, Reply> rule) {
		this.answering = rule;
		return this;
	}

	public List<Request> requests() {
		return this.requests;
	}

	public int requestCount() {
		return this.requests.size();
	}

	/** How many exchanges the client ended before they were over. */
	public int abandoned() {
		return this.abandoned.get();
	}

	/** Refuses connections until {@link #up()}, and drops those that stand. */
	public void down() {
		try {
			this.server.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		awaitEnd(this.accepting);
		this.sockets.forEach(ScriptedProvider::quietly);
		keepPort();
	}

	/**
	 * A socket that is closed goes on listening while a thread is within its accept, and
	 * hands one more connection to that.
	 */
	private static void awaitEnd(Future<?> accepting) {
		try {
			accepting.get(10, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (ExecutionException | TimeoutException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * A server of another test that runs beside this one would answer in its place. A
	 * socket that is bound and does not listen refuses connections as none does.
	 */
	private void keepPort() {
		leavePort();
		try {
			Socket placeholder = new Socket();
			placeholder.setReuseAddress(true);
			placeholder.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), this.port));
			this.placeholder = placeholder;
		}
		catch (IOException taken) {
			// By the test itself, to put something else there
		}
	}

	private void leavePort() {
		Socket kept = this.placeholder;
		if (kept != null) {
			quietly(kept);
		}
	}

	public void up() {
		leavePort();
		this.server = listen(this.port);
		this.accepting = this.threads.submit(() -> accept(this.server));
	}

	@Override
	public void close() {
		this.closed.countDown();
		down();
		leavePort();
		this.threads.shutdownNow();
	}

	private void accept(ServerSocket from) {
		while (!from.isClosed()) {
			try {
				Socket socket = from.accept();
				if (from.isClosed()) {
					socket.close();
					return;
				}
				socket.setTcpNoDelay(true);
				this.sockets.add(socket);
				this.threads.execute(() -> serve(socket));
			}
			catch (IOException | RuntimeException ex) {
				return;
			}
		}
	}

	private void serve(Socket socket) {
		try (socket) {
			InputStream in = new BufferedInputStream(socket.getInputStream());
			while (true) {
				Request request = read(in);
				if (request == null) {
					return;
				}
				this.requests.add(request);
				int number = this.served.getAndIncrement();
				Reply reply = this.script.poll();
				if (reply == null) {
					reply = (this.answering != null) ? this.answering.apply(request) : this.otherwise.apply(number);
				}
				if (!answer(socket, in, request, reply)) {
					return;
				}
			}
		}
		catch (IOException ex) {
			// The client's business
		}
		finally {
			this.sockets.remove(socket);
		}
	}

	private boolean answer(Socket socket, InputStream in, Request request, Reply reply) throws IOException {
		if (!reply.delay().isZero() && clientLeft(socket, in, reply.delay().toMillis())) {
			return false;
		}
		OutputStream out = socket.getOutputStream();
		switch (reply.kind()) {
			case HANG -> {
				clientLeft(socket, in, TimeUnit.MINUTES.toMillis(10));
				return false;
			}
			case RESET -> {
				socket.setSoLinger(true, 0);
				return false;
			}
			case CLOSE -> {
				return false;
			}
			case RAW -> {
				write(out, reply, reply.contentType(), reply.bytes());
				return true;
			}
			default -> {
				if (request.body().contains("\"stream\":true")) {
					return new ScriptedStream(out, reply, request.model())
						.write((millis) -> clientLeft(socket, in, millis));
				}
				write(out, reply, "application/json", ScriptedStream.completion(reply, request.model()));
				return true;
			}
		}
	}

	private static void write(OutputStream out, Reply reply, String contentType, byte[] body) throws IOException {
		StringBuilder head = new StringBuilder("HTTP/1.1 " + reply.status() + " Scripted\r\n");
		head.append("Content-Type: ").append(contentType).append("\r\n");
		head.append("Content-Length: ").append(body.length).append("\r\n");
		reply.headers().forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
		out.write(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
		out.write(body);
		out.flush();
	}

	/** Waits, and says whether the client went away in the meantime. */
	private boolean clientLeft(Socket socket, InputStream in, long millis) {
		try {
			socket.setSoTimeout((int) Math.max(1, millis));
			int next = in.read();
			if (next == -1) {
				this.abandoned.incrementAndGet();
				return true;
			}
			return false;
		}
		catch (java.net.SocketTimeoutException ex) {
			return false;
		}
		catch (IOException ex) {
			if (this.closed.getCount() > 0) {
				this.abandoned.incrementAndGet();
			}
			return true;
		}
		finally {
			try {
				socket.setSoTimeout(0);
			}
			catch (IOException ex) {
				// Closed in the meantime
			}
		}
	}

	static Request read(InputStream in) throws IOException {
		String first = line(in);
		if (first == null || first.isEmpty()) {
			return null;
		}
		Map<String, String> headers = new TreeMap<>();
		for (String line = line(in); line != null && !line.isEmpty(); line = line(in)) {
			int colon = line.indexOf(':');
			headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).trim());
		}
		String body;
		if ("chunked".equals(headers.get("transfer-encoding"))) {
			StringBuilder text = new StringBuilder();
			for (int size = Integer.parseInt(line(in), 16); size > 0; size = Integer.parseInt(line(in), 16)) {
				text.append(new String(in.readNBytes(size), StandardCharsets.UTF_8));
				line(in);
			}
			line(in);
			body = text.toString();
		}
		else {
			body = new String(in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0"))),
					StandardCharsets.UTF_8);
		}
		String[] what = first.split(" ");
		return new Request(what[0], what[1], headers, body, System.nanoTime());
	}

	private static String line(InputStream in) throws IOException {
		StringBuilder line = new StringBuilder();
		for (int next = in.read(); next != '\n'; next = in.read()) {
			if (next == -1) {
				return null;
			}
			if (next != '\r') {
				line.append((char) next);
			}
		}
		return line.toString();
	}

	private static void quietly(Socket socket) {
		try {
			socket.close();
		}
		catch (IOException ex) {
			// Closed already
		}
	}

	/** A request as it arrived; header names are in lower case. */
	public record Request(String method, String path, Map<String, String> headers, String body, long nanoTime) {

		public String model() {
			int from = this.body.indexOf("\"model\":\"") + 9;
			return (from < 9) ? "unknown" : this.body.substring(from, this.body.indexOf('"', from));
		}

	}

}
