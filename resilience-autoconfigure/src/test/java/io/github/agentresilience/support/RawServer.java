package io.github.agentresilience.support;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;

import org.awaitility.Awaitility;

/**
 * An OpenAI-compatible server on loopback that does with each connection, rather than
 * with each request, what it is told: what happens between two requests is its subject.
 */
public final class RawServer implements AutoCloseable {

	private final ExecutorService threads = Executors.newCachedThreadPool((task) -> {
		Thread thread = new Thread(task, "raw-server");
		thread.setDaemon(true);
		return thread;
	});

	private final ServerSocket server;

	private final String scheme;

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private final List<ScriptedProvider.Request> requests = new CopyOnWriteArrayList<>();

	private final AtomicInteger answered = new AtomicInteger();

	private final AtomicInteger connections = new AtomicInteger();

	private volatile Behaviour behaviour = Connection::serve;

	/** A server without encryption. */
	public RawServer() {
		this("http", listen(null));
	}

	/**
	 * A server with TLS.
	 * @param protocols what it offers to speak, {@code h2} or {@code http/1.1}
	 */
	public RawServer(SSLContext tls, String... protocols) {
		this("https", listen(tls, protocols));
	}

	private RawServer(String scheme, ServerSocket server) {
		this.scheme = scheme;
		this.server = server;
		this.threads.execute(this::accept);
	}

	private static ServerSocket listen(SSLContext tls, String... protocols) {
		try {
			InetAddress loopback = InetAddress.getLoopbackAddress();
			if (tls == null) {
				return new ServerSocket(0, 50, loopback);
			}
			SSLServerSocket secure = (SSLServerSocket) tls.getServerSocketFactory().createServerSocket(0, 50, loopback);
			// Before the first accept, which takes them for its connection when it begins
			// to
			// wait
			SSLParameters parameters = secure.getSSLParameters();
			parameters.setApplicationProtocols(protocols);
			secure.setSSLParameters(parameters);
			return secure;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public String baseUrl() {
		return this.scheme + "://127.0.0.1:" + this.server.getLocalPort() + "/v1";
	}

	/**
	 * Begins anew: drops the connections that stand, forgets what it has counted, and
	 * does this with each new one.
	 */
	public void does(Behaviour what) {
		this.behaviour = what;
		this.sockets.forEach(RawServer::quietly);
		// A thread that is reading holds its connection open until it has noticed
		Awaitility.await().pollInterval(Duration.ofMillis(1)).until(this.sockets::isEmpty);
		this.requests.clear();
		this.answered.set(0);
		this.connections.set(0);
	}

	/** What has been read whole, whether it was answered or not. */
	public List<ScriptedProvider.Request> requests() {
		return this.requests;
	}

	/** How many requests were answered whole. */
	public int answered() {
		return this.answered.get();
	}

	public int connections() {
		return this.connections.get();
	}

	private void accept() {
		while (!this.server.isClosed()) {
			try {
				Socket socket = this.server.accept();
				socket.setTcpNoDelay(true);
				this.sockets.add(socket);
				this.threads.execute(() -> serve(socket));
			}
			catch (IOException | RuntimeException ex) {
				// Closed, or one connection's own fault, which is not that of the next
			}
		}
	}

	private void serve(Socket socket) {
		try (socket) {
			this.behaviour.serve(new Connection(socket, this.connections.incrementAndGet()));
		}
		catch (IOException ex) {
			// The client's business
		}
		finally {
			this.sockets.remove(socket);
		}
	}

	@Override
	public void close() {
		try {
			this.server.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.sockets.forEach(RawServer::quietly);
		this.threads.shutdownNow();
	}

	private static void quietly(Socket socket) {
		try {
			socket.close();
		}
		catch (IOException ex) {
			// Closed already
		}
	}

	/** What is done with one connection, which is closed when that returns. */
	@FunctionalInterface
	public interface Behaviour {

		void serve(Connection connection) throws IOException;

	}

	/** One connection. */
	public final class Connection {

		private final Socket socket;

		private final InputStream in;

		private final OutputStream out;

		private final int number;

		Connection(Socket socket, int number) throws IOException {
			this.socket = socket;
			this.number = number;
			this.in = new BufferedInputStream(socket.getInputStream());
			this.out = socket.getOutputStream();
		}

		/** Counts the connections, from 1. */
		public int number() {
			return this.number;
		}

		public Socket socket() {
			return this.socket;
		}

		public InputStream in() {
			return this.in;
		}

		/** Reads a request, {@code null} when the client has closed. */
		public ScriptedProvider.Request request() throws IOException {
			ScriptedProvider.Request request = ScriptedProvider.read(this.in);
			if (request != null) {
				RawServer.this.requests.add(request);
			}
			return request;
		}

		/** Answers a request well, and promises to keep the connection. */
		public boolean answer(ScriptedProvider.Request request) throws IOException {
			return answer(request, Duration.ZERO);
		}

		/**
		 * The same.
		 * @param silence before the first token of a stream, after its headers
		 */
		public boolean answer(ScriptedProvider.Request request, Duration silence) throws IOException {
			if (request == null) {
				return false;
			}
			Reply reply = silence.isZero() ? Reply.text("Here I am")
					: Reply.text("Here I am").withoutRole().chunkDelay(silence);
			// Counted first, since the client may look as soon as it has read the last
			// byte
			RawServer.this.answered.incrementAndGet();
			if (request.body().contains("\"stream\":true")) {
				AtomicBoolean paused = new AtomicBoolean();
				return new ScriptedStream(this.out, reply, request.model())
					.write((millis) -> paused.compareAndSet(false, true) && idle(millis));
			}
			byte[] body = ScriptedStream.completion(reply, request.model());
			send("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=600\r\nContent-Type: application/json\r\n"
					+ "Content-Length: " + body.length + "\r\n\r\n" + new String(body, StandardCharsets.UTF_8));
			return true;
		}

		/** Answers whatever comes. */
		public void serve() throws IOException {
			while (answer(request())) {
				// The next one
			}
		}

		public void send(String text) throws IOException {
			send(text.getBytes(StandardCharsets.ISO_8859_1));
		}

		public void send(byte[] bytes) throws IOException {
			this.out.write(bytes);
			this.out.flush();
		}

		/** Counts an answer that was sent by hand. */
		public void counts() {
			RawServer.this.answered.incrementAndGet();
		}

		/** Counts a request that was read by hand. */
		public void counts(ScriptedProvider.Request request) {
			RawServer.this.requests.add(request);
		}

		/**
		 * Waits for some time.
		 * @return whether the client said or closed something before it was over
		 */
		public boolean idle(long millis) {
			try {
				this.socket.setSoTimeout((int) millis);
				this.in.read();
				return true;
			}
			catch (SocketTimeoutException ex) {
				return false;
			}
			catch (IOException ex) {
				return true;
			}
			finally {
				try {
					this.socket.setSoTimeout(0);
				}
				catch (IOException ex) {
					// Closed
				}
			}
		}

		/** Closes with a reset. */
		public void reset() throws IOException {
			this.socket.setSoLinger(true, 0);
			this.socket.close();
		}

	}

}
