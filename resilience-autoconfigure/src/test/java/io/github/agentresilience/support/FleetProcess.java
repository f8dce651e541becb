package io.github.agentresilience.support;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;

/**
 * A process with a {@link FleetApplication}.
 */
public final class FleetProcess implements AutoCloseable {

	private final Process process;

	private final Queue<String> said = new ConcurrentLinkedQueue<>();

	public FleetProcess(List<String> properties) {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
						"-XX:+UseSerialGC", "-Xshare:auto", "-cp", System.getProperty("java.class.path"),
						FleetApplication.class.getName()));
		command.addAll(properties);
		try {
			this.process = new ProcessBuilder(command).redirectErrorStream(true).start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		Thread reader = new Thread(this::read, "fleet-process");
		reader.setDaemon(true);
		reader.start();
	}

	private void read() {
		try (BufferedReader output = this.process.inputReader(StandardCharsets.UTF_8)) {
			output.lines().forEach(this.said::add);
		}
		catch (IOException | UncheckedIOException killed) {
			// It ends
		}
	}

	/** Waits until it can be called. */
	public FleetProcess awaitReady() {
		Awaitility.await()
			.atMost(60, TimeUnit.SECONDS)
			.until(() -> this.said.stream().anyMatch((line) -> line.startsWith("FLEET READY")));
		return this;
	}

	public void tell(String line) {
		try {
			this.process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
			this.process.getOutputStream().flush();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** What it has said that begins so, without that. */
	public List<String> said(String beginning) {
		String whole = "FLEET " + beginning + " ";
		return this.said.stream()
			.filter((line) -> line.startsWith(whole))
			.map((line) -> line.substring(whole.length()))
			.toList();
	}

	/** Everything, for a message. */
	public List<String> said() {
		return List.copyOf(this.said);
	}

	/** When its breaker first moved to a state after a time, {@code null} before that. */
	public Long movedTo(String state, long afterMillis) {
		return said("MOVED").stream()
			.filter((line) -> line.endsWith(" " + state))
			.map((line) -> Long.valueOf(line.split(" ")[0]))
			.filter((at) -> at >= afterMillis)
			.findFirst()
			.orElse(null);
	}

	/** Kills it, and waits for its end. */
	@Override
	public void close() {
		this.process.destroyForcibly();
		try {
			this.process.waitFor();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
