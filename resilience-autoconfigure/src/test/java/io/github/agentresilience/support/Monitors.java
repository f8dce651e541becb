package io.github.agentresilience.support;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.Arrays;
import java.util.List;

/**
 * The monitors that the calling thread has entered in code of the library. A virtual
 * thread that blocks while it holds one keeps its carrier, on JDK 21 to 23.
 */
public final class Monitors {

	private Monitors() {
	}

	/** Where they were entered; empty is what code that is not ours should find. */
	public static List<String> ofLibrary() {
		ThreadInfo[] self = ManagementFactory.getThreadMXBean()
			.getThreadInfo(new long[] { Thread.currentThread().getId() }, true, false);
		return Arrays.stream(self[0].getLockedMonitors())
			.map((monitor) -> monitor.getLockedStackFrame().toString())
			.filter((frame) -> frame.contains("io.github.agentresilience.") && !frame.contains("Tests")
					&& !frame.contains("Fixture") && !frame.contains(".support."))
			.toList();
	}

}
