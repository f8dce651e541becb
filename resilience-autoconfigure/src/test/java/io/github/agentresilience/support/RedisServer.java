package io.github.agentresilience.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/**
 * A Redis server of one test, which keeps nothing.
 */
public final class RedisServer implements AutoCloseable {

	private final Path folder;

	private final String[] options;

	private final int port;

	private Process process;

	/**
	 * Starts one on a free port; skips the test where there is none on this machine.
	 * @param folder for its log
	 * @param options further ones for its command line
	 */
	public RedisServer(Path folder, String... options) {
		this(folder, freePort(), options);
		start();
	}

	/**
	 * Starts one that also speaks TLS, at a port of its own; skips the test where this
	 * machine's cannot.
	 */
	public static RedisServer withTls(Path folder, int tlsPort, Path certificate) {
		RedisServer server = new RedisServer(folder, freePort(), "--tls-port", String.valueOf(tlsPort),
				"--tls-cert-file", certificate.toString(), "--tls-key-file",
				certificate.resolveSibling("key.pem").toString(), "--tls-auth-clients", "no");
		server.start();
		return server;
	}

	/** A sentinel, which writes to its settings what it finds out. */
	public static RedisServer sentinel(Path settings) {
		RedisServer server = new RedisServer(settings.getParent(), freePort());
		server.run(List.of(executable(), settings.toString(), "--sentinel", "--port", String.valueOf(server.port)));
		return server;
	}

	/** One that is not started yet. */
	public RedisServer(Path folder, int port, String... options) {
		Assumptions.assumeTrue(executable() != null, "There is no redis-server to test with");
		this.folder = folder;
		this.options = options;
		this.port = port;
	}

	private static String executable() {
		return Stream.of("/usr/bin", "/usr/local/bin")
			.map((folder) -> Path.of(folder, "redis-server"))
			.filter(Files::isExecutable)
			.map(Path::toString)
			.findFirst()
			.orElse(null);
	}

	/** A port that nothing listens at. */
	public static int freePort() {
		try (ServerSocket free = new ServerSocket(0)) {
			return free.getLocalPort();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public void start() {
		List<String> command = new ArrayList<>(List.of(executable(), "--port", String.valueOf(this.port), "--bind",
				"127.0.0.1", "--save", "", "--appendonly", "no", "--dir", this.folder.toString()));
		command.addAll(List.of(this.options));
		run(command);
	}

	private void run(List<String> command) {
		try {
			this.process = new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(this.folder.resolve("redis.log").toFile())
				.start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		Awaitility.await()
			.atMost(30, TimeUnit.SECONDS)
			.pollInterval(5, TimeUnit.MILLISECONDS)
			.ignoreExceptions()
			.until(() -> {
				new Socket("127.0.0.1", this.port).close();
				return true;
			});
	}

	public void kill() {
		if (this.process == null) {
			return;
		}
		this.process.destroyForcibly();
		try {
			this.process.waitFor();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/** It takes what is sent and answers nothing. */
	public void pause() {
		signal("-STOP");
	}

	public void resume() {
		signal("-CONT");
	}

	private void signal(String signal) {
		try {
			new ProcessBuilder("kill", signal, String.valueOf(this.process.pid())).start().waitFor();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Sends a command, each part without spaces, and returns the first line of the
	 * answer.
	 */
	public String command(String... parts) {
		try (Socket socket = new Socket("127.0.0.1", this.port)) {
			StringBuilder sent = new StringBuilder("*" + parts.length + "\r\n");
			for (String part : parts) {
				sent.append('$')
					.append(part.getBytes(StandardCharsets.UTF_8).length)
					.append("\r\n")
					.append(part)
					.append("\r\n");
			}
			socket.getOutputStream().write(sent.toString().getBytes(StandardCharsets.UTF_8));
			StringBuilder line = new StringBuilder();
			for (int next = socket.getInputStream().read(); next != '\n'
					&& next >= 0; next = socket.getInputStream().read()) {
				line.append((char) next);
			}
			return line.toString().strip();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** What was given for an option of its command line. */
	public String option(String name) {
		return this.options[List.of(this.options).indexOf(name) + 1];
	}

	public int port() {
		return this.port;
	}

	@Override
	public void close() {
		kill();
	}

}
