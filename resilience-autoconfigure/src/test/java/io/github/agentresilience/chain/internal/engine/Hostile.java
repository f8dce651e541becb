package io.github.agentresilience.chain.internal.engine;

import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Code that throws at one place: now a {@code RuntimeException}, now an {@code Error} of
 * either kind, now a stack that does overflow.
 */
public final class Hostile {

	private final String place;

	private final AtomicInteger thrown = new AtomicInteger();

	/** Throws at this place only. */
	public Hostile(String place) {
		this.place = place;
	}

	/** Most visits of the place throw; the others show what comes of a mixture. */
	public void at(String here) {
		if (here.equals(this.place) && ThreadLocalRandom.current().nextInt(4) > 0) {
			this.thrown.incrementAndGet();
			hurl(ThreadLocalRandom.current().nextInt(8));
		}
	}

	public boolean is(String here) {
		return this.place.equals(here);
	}

	/** How often it has thrown. */
	public int thrown() {
		return this.thrown.get();
	}

	private static void hurl(int kind) {
		switch (kind) {
			case 0 -> overflow();
			case 1, 2 -> throw new AssertionError("hostile");
			case 3, 4 -> throw new NoClassDefFoundError("hostile");
			default -> throw new HostileException();
		}
	}

	/**
	 * Overflows the stack. What is thrown shows only the top of it, since a log that
	 * shows all of it says nothing more in a thousand lines.
	 */
	public static void overflow() {
		try {
			overflow(0);
		}
		catch (StackOverflowError ex) {
			ex.setStackTrace(Arrays.copyOf(ex.getStackTrace(), 5));
			throw ex;
		}
	}

	private static int overflow(int depth) {
		return overflow(depth + 1) + 1;
	}

	/** A {@code RuntimeException} of an unknown type. */
	public static final class HostileException extends RuntimeException {

		HostileException() {
			super("hostile");
		}

	}

}
