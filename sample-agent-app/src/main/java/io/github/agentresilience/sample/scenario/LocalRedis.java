package io.github.agentresilience.sample.scenario;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A Redis server that keeps nothing, started from the executable on the path.
 */
final class LocalRedis implements AutoCloseable {

	private final Process process;

	private final int port;

	private LocalRedis(Process process, int port) {
		this.process = process;
		this.port = port;
	}

	/** The executable, {@code null} where there is none on the path. */
	static Path executable() {
		String path = System.getenv().getOrDefault("PATH", "");
		return Arrays.stream(path.split(File.pathSeparator))
			.flatMap((folder) -> List.of("redis-server", "valkey-server").stream().map((name) -> Path.of(folder, name)))
			.filter(Files::isExecutable)
			.findFirst()
			.orElse(null);
	}

	static LocalRedis start(Path executable) throws IOException, InterruptedException {
		int port;
		try (ServerSocket free = new ServerSocket(0)) {
			port = free.getLocalPort();
		}
		Process process = new ProcessBuilder(executable.toString(), "--port", String.valueOf(port), "--bind",
				"127.0.0.1", "--save", "", "--appendonly", "no")
			.redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD)
			.directory(Files.createTempDirectory("sample-fleet").toFile())
			.start();
		LocalRedis redis = new LocalRedis(process, port);
		Runtime.getRuntime().addShutdownHook(new Thread(redis::close, "redis-shutdown"));
		for (int tries = 0; tries < 200 && process.isAlive(); tries++) {
			try {
				new Socket("127.0.0.1", port).close();
				return redis;
			}
			catch (IOException notYet) {
				TimeUnit.MILLISECONDS.sleep(20);
			}
		}
		redis.close();
		throw new IOException(executable + " does not start");
	}

	int port() {
		return this.port;
	}

	@Override
	public void close() {
		this.process.destroy();
	}

}
