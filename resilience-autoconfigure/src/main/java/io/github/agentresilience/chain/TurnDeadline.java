package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * A moment at which a whole turn of an agent is to be over: every call of a chain within the turn, to a model or to a
 * tool, ends by then. It belongs to the thread that the turn runs on, or to the Reactor context of a streamed turn.
 */
public final class TurnDeadline {

	/** The key in a Reactor context. */
	public static final Object KEY = TurnDeadline.class;

	private static final ThreadLocal<@Nullable TurnDeadline> CURRENT = new ThreadLocal<>();

	private final long atNanos;

	private TurnDeadline(long atNanos) {
		this.atNanos = atNanos;
	}

	/**
	 * A deadline from now on.
	 * @param turn how long the turn may take
	 * @param nowNanos the chains' clock
	 */
	public static TurnDeadline after(Duration turn, long nowNanos) {
		return new TurnDeadline(nowNanos + turn.toNanos());
	}

	/** Runs a task under this deadline, on the calling thread; the stricter of nested deadlines holds. */
	public <T> T during(Supplier<T> task) {
		TurnDeadline outer = CURRENT.get();
		CURRENT.set(stricter(outer));
		try {
			return task.get();
		}
		finally {
			restore(outer);
		}
	}

	/** This deadline or the other, whichever comes first. */
	public TurnDeadline stricter(@Nullable TurnDeadline other) {
		return (other != null && other.atNanos - this.atNanos < 0) ? other : this;
	}

	/** The deadline of the calling thread. */
	public static @Nullable TurnDeadline current() {
		return CURRENT.get();
	}

	/** Makes a deadline that of the calling thread, for those who carry thread context; {@code null} takes it away. */
	public static void restore(@Nullable TurnDeadline deadline) {
		if (deadline == null) {
			CURRENT.remove();
		}
		else {
			CURRENT.set(deadline);
		}
	}

	/** The deadline that a Reactor context holds. */
	public static @Nullable TurnDeadline in(@Nullable ContextView context) {
		return (context != null) ? context.getOrDefault(KEY, null) : null;
	}

	long atNanos() {
		return this.atNanos;
	}

}
