package io.github.agentresilience.sample.scenario;

import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Shows on one line how far a scenario is, for terminals.
 */
final class ProgressBar implements Progress {

	private static final int WIDTH = 30;

	private final PrintStream out;

	private final String title;

	private final int total;

	private final AtomicInteger done = new AtomicInteger();

	ProgressBar(PrintStream out, String title, int total) {
		this.out = out;
		this.title = title;
		this.total = total;
	}

	@Override
	public void step() {
		int now = this.done.incrementAndGet();
		int filled = now * WIDTH / this.total;
		if (filled != (now - 1) * WIDTH / this.total) {
			synchronized (this) {
				this.out.printf("\r%-29s [%s%s] %d/%d", this.title, "#".repeat(filled), ".".repeat(WIDTH - filled), now,
						this.total);
				this.out.flush();
			}
		}
	}

	@Override
	public void end() {
		this.out.printf("\r%-29s [%s] %d/%d%n", this.title, "#".repeat(WIDTH), this.done.get(), this.total);
	}

}
