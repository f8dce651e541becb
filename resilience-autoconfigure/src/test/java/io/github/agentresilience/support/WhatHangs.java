package io.github.agentresilience.support;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * What all threads are doing when something is not over soon, for the output and the
 * message of the test that fails of it.
 */
public final class WhatHangs implements AutoCloseable {

	private final CompletableFuture<String> dump = new CompletableFuture<>();

	/**
	 * Starts to watch.
	 * @param after how long it takes until it is too long
	 */
	public WhatHangs(Duration after) {
		CompletableFuture.delayedExecutor(after.toMillis(), TimeUnit.MILLISECONDS).execute(() -> {
			if (!this.dump.isDone()) {
				String threads = threads();
				this.dump.complete(threads);
				// A test that hangs until its time is over fails without a message
				System.out.println(threads);
			}
		});
	}

	private static String threads() {
		return Arrays.stream(ManagementFactory.getThreadMXBean().dumpAllThreads(true, true))
			.map(WhatHangs::thread)
			.collect(Collectors.joining("\n"));
	}

	/** {@link ThreadInfo#toString()} has eight frames only. */
	private static String thread(ThreadInfo thread) {
		return thread.getThreadName() + " " + thread.getThreadState() + " " + thread.getLockInfo() + " of "
				+ thread.getLockOwnerName()
				+ Arrays.stream(thread.getStackTrace()).map((frame) -> "\n\tat " + frame).collect(Collectors.joining());
	}

	/** It is over. */
	@Override
	public void close() {
		this.dump.complete("Nothing hung");
	}

	@Override
	public String toString() {
		return this.dump.getNow("");
	}

}
