package io.github.agentresilience.chain.internal.budget;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

import io.github.agentresilience.chain.BudgetExhaustedException;
import io.github.agentresilience.chain.internal.time.Nanos;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * What holds for all calls of a whole turn of an agent, to models and to tools: when it
 * is to be over, and what it may spend. It belongs to the thread that the turn runs on,
 * or to the Reactor context of a streamed turn. A turn may be a part of another one; then
 * both hold.
 */
public final class Turn {

	/** The key in a Reactor context. */
	public static final Object KEY = Turn.class;

	/** Causes may go round in a circle. */
	private static final int DEEPEST_CAUSE = 32;

	private static final ThreadLocal<@Nullable Turn> CURRENT = new ThreadLocal<>();

	private final @Nullable Turn outer;

	private final boolean ends;

	private final long endNanos;

	private final @Nullable TurnAccount account;

	/** Whether the tool call that it stands for is still to be made, where it is one. */
	private final @Nullable AtomicBoolean toolCall;

	private final boolean inModel;

	private Turn(@Nullable Turn outer, boolean ends, long endNanos, @Nullable TurnAccount account,
			@Nullable AtomicBoolean toolCall, boolean inModel) {
		this.outer = outer;
		this.ends = ends;
		this.endNanos = endNanos;
		this.account = account;
		this.toolCall = toolCall;
		this.inModel = inModel;
	}

	/**
	 * A turn from now on.
	 * @param outer the turn that it is a part of, {@code null} for none
	 * @param most how long it may take, {@code null} for as long as the outer one
	 * @param nowNanos the chains' clock
	 * @param account what it spends from, {@code null} for that of the outer one
	 */
	public static Turn within(@Nullable Turn outer, @Nullable Duration most, long nowNanos,
			@Nullable TurnAccount account) {
		boolean ends = most != null;
		long end = (most != null) ? nowNanos + Nanos.of(most) : 0;
		if (outer != null && outer.ends && (!ends || outer.endNanos - end < 0)) {
			ends = true;
			end = outer.endNanos;
		}
		return (account == null && outer != null) ? new Turn(outer, ends, end, outer.account, null, outer.inModel)
				: new Turn(outer, ends, end, account, null, false);
	}

	/**
	 * One tool call of this turn, which is paid for: an attempt at an MCP server that it
	 * makes is that call, and others beside it are more.
	 */
	public Turn toolCall() {
		return new Turn(this, this.ends, this.endNanos, this.account, new AtomicBoolean(true), false);
	}

	/**
	 * This turn as a model sees it that is being asked: what it costs is known from its
	 * answer, also where it asks other models through a chain.
	 */
	public Turn inModel() {
		return new Turn(this, this.ends, this.endNanos, this.account, null, true);
	}

	/** Runs a task within this turn, on the calling thread. */
	public <T> T during(Supplier<T> task) {
		Turn before = CURRENT.get();
		CURRENT.set(this);
		try {
			return task.get();
		}
		finally {
			restore(before);
		}
	}

	/** The turn of the calling thread. */
	public static @Nullable Turn current() {
		return CURRENT.get();
	}

	/**
	 * Makes a turn that of the calling thread, for those who carry thread context;
	 * {@code null} takes it away.
	 */
	public static void restore(@Nullable Turn turn) {
		if (turn == null) {
			CURRENT.remove();
		}
		else {
			CURRENT.set(turn);
		}
	}

	/** The turn that a Reactor context holds. */
	public static @Nullable Turn in(@Nullable ContextView context) {
		return (context != null) ? context.getOrDefault(KEY, null) : null;
	}

	/**
	 * Of the turn of a stream and that of the thread which subscribes to it, the one that
	 * is a part of the other; the stream's where they have nothing to do with each other.
	 */
	public static @Nullable Turn inner(@Nullable Turn ofStream, @Nullable Turn ofThread) {
		if (ofStream == null || ofThread == null) {
			return (ofStream != null) ? ofStream : ofThread;
		}
		for (Turn at = ofThread; at != null; at = at.outer) {
			if (at == ofStream) {
				return ofThread;
			}
		}
		return ofStream;
	}

	/**
	 * When a call is to be over.
	 * @param ownNanos when that were without the turn
	 */
	public long endNanos(long ownNanos) {
		return (this.ends && this.endNanos - ownNanos < 0) ? this.endNanos : ownNanos;
	}

	/**
	 * What a turn within this one spends from too, {@code null} where that is nothing.
	 */
	public @Nullable TurnAccount accountOfCalls() {
		return this.inModel ? null : this.account;
	}

	/** Whether it is a model that is being asked which makes a call. */
	public boolean isInModel() {
		return this.inModel;
	}

	/** What it spends from, {@code null} where that has no limit. */
	public @Nullable TurnAccount account() {
		return this.account;
	}

	/** Whether it matters how many tokens something may take, before they are known. */
	public boolean countsTokens() {
		return this.account != null && this.account.countsTokens();
	}

	/**
	 * Whether something can be paid for, as far as can be seen while others spend too.
	 */
	public boolean affords(Need need) {
		return this.account == null || (need.toolCalls() > 0 && this.toolCall != null && this.toolCall.get())
				|| this.account.affords(need);
	}

	/**
	 * Puts aside what something may take. The first attempt of a tool call at an MCP
	 * server is paid for already.
	 * @return {@code null} where that is not left
	 */
	public @Nullable Expense reserve(Need need) {
		if (this.account == null) {
			return Expense.NONE;
		}
		boolean paid = need.toolCalls() > 0 && this.toolCall != null && this.toolCall.compareAndSet(true, false);
		return paid ? new Expense(this.account, need.paid(), this) : this.account.reserve(need);
	}

	/** The attempt was not made after all. */
	void giveToolCallBack() {
		if (this.toolCall != null) {
			this.toolCall.set(true);
		}
	}

	/**
	 * What a caller gets where something cannot be paid for.
	 * @param cause why the last attempt before that failed, {@code null} where none did
	 */
	public BudgetExhaustedException exhausted(Need need, @Nullable Throwable cause) {
		return Objects.requireNonNull(this.account).exhausted(need, cause);
	}

	/**
	 * What ends this turn among what a tool of it has thrown, {@code null} where nothing
	 * does: what a turn within this one has exhausted is its own budget.
	 */
	public @Nullable BudgetExhaustedException endedBy(Throwable ofTool) {
		int depth = 0;
		for (Throwable at = ofTool; at != null && depth < DEEPEST_CAUSE; at = at.getCause()) {
			if (at instanceof BudgetExhaustedException exhausted && this.account != null
					&& this.account.isEndedBy(exhausted)) {
				return exhausted;
			}
			depth++;
		}
		return null;
	}

}
