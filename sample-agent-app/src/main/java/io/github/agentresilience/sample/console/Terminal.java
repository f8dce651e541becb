package io.github.agentresilience.sample.console;

import java.io.Console;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Tells a terminal, where a line can be written over and somebody can press a key, from a
 * pipe, a file or a build.
 */
public final class Terminal {

	private Terminal() {
	}

	/** Whether both standard input and standard output are a terminal. */
	public static boolean isInteractive() {
		return isTerminal(Console.class, System.console());
	}

	/**
	 * Since JDK 22 there is a console even where there is no terminal, and it says itself
	 * which it is. Before, there is one on a terminal only.
	 */
	static <C> boolean isTerminal(Class<C> type, C console) {
		if (console == null) {
			return false;
		}
		MethodHandle isTerminal;
		try {
			isTerminal = MethodHandles.publicLookup()
				.findVirtual(type, "isTerminal", MethodType.methodType(boolean.class));
		}
		catch (ReflectiveOperationException ex) {
			return true;
		}
		try {
			return (boolean) isTerminal.invoke(console);
		}
		catch (Throwable ex) {
			throw new IllegalStateException("The console does not say what it is", ex);
		}
	}

}
