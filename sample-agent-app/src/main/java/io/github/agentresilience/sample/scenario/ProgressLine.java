package io.github.agentresilience.sample.scenario;

import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Says on one line that a scenario is over, for files and pipes.
 */
final class ProgressLine implements Progress {

	private final PrintStream out;

	private final String title;

	private final int total;

	private final AtomicInteger done = new AtomicInteger();

	ProgressLine(PrintStream out, String title, int total) {
		this.out = out;
		this.title = title;
		this.total = total;
	}

	@Override
	public void step() {
		this.done.incrementAndGet();
	}

	@Override
	public void end() {
		this.out.printf("%-29s %d/%d%n", this.title, this.done.get(), this.total);
	}

}
