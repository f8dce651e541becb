package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import org.jspecify.annotations.Nullable;

/**
 * One asking of one target, and the next step of a {@link ChainRun}: make it. Knows how long it may take, how it
 * ended, and how to stop it.
 */
public final class Attempt extends TimedEntry implements Step {

	private static final AtomicReferenceFieldUpdater<Attempt, Phase> PHASE = AtomicReferenceFieldUpdater
		.newUpdater(Attempt.class, Phase.class, "phase");

	private static final AtomicLong IDS = new AtomicLong();

	private static final long NO_PROGRESS = Long.MIN_VALUE;

	private final long id = IDS.incrementAndGet();

	private final Call call;

	private final Member<?, ?> member;

	private final int rank;

	private final int ordinal;

	private final int tryOnTarget;

	private final Role role;

	private final long delayNanos;

	private final long timeoutNanos;

	private final boolean cutByDeadline;

	private static final AtomicIntegerFieldUpdater<Attempt> SETTLED = AtomicIntegerFieldUpdater
		.newUpdater(Attempt.class, "settled");

	private volatile int settled;

	private volatile Phase phase = Phase.RUNNING;

	private volatile @Nullable Runnable hook;

	private volatile @Nullable Runnable wakeUp;

	private volatile @Nullable Stop stop;

	private volatile @Nullable Thread interruptible;

	private volatile boolean mayHaveActed = true;

	private volatile long progressNanos = NO_PROGRESS;

	private long progressUntilNanos;

	private long startNanos;

	private long endNanos;

	private long firstChunkNanos;

	private @Nullable Failure failure;

	private Outcome outcome = Outcome.PENDING;

	Attempt(Call call, Member<?, ?> member, int rank, int ordinal, int tryOnTarget, Role role, long delayNanos,
			long timeoutNanos, boolean cutByDeadline) {
		this.call = call;
		this.member = member;
		this.rank = rank;
		this.ordinal = ordinal;
		this.tryOnTarget = tryOnTarget;
		this.role = role;
		this.delayNanos = delayNanos;
		this.timeoutNanos = timeoutNanos;
		this.cutByDeadline = cutByDeadline;
	}

	/** A number that no other attempt of this process has. */
	public long id() {
		return this.id;
	}

	public Call call() {
		return this.call;
	}

	public String target() {
		return this.member.target().name();
	}

	GuardedTarget<?, ?> guard() {
		return this.member.target();
	}

	/** Where the target stands in {@link TargetChain#targets()}, from 0. */
	public int position() {
		return this.member.position();
	}

	/** Where the target stands in the order of this call, from 0; routing may order each call in its own way. */
	int rank() {
		return this.rank;
	}

	/** Counts the attempts of the call, from 1. */
	public int ordinal() {
		return this.ordinal;
	}

	/** Counts the attempts of the call on this target, from 1. */
	public int tryOnTarget() {
		return this.tryOnTarget;
	}

	/** Whether the target is another than the first in the order of this call. */
	public boolean isFallback() {
		return this.rank > 0;
	}

	/** Whether it is made although the target's breaker is open, because no other target is left. */
	public boolean isDespiteBreaker() {
		return this.role == Role.DESPITE_BREAKER;
	}

	/** Whether it belongs to no call, but finds out whether the target is back. */
	public boolean isProbe() {
		return this.role == Role.PROBE;
	}

	/** Whether it was made because another attempt of the same call, still in flight, is slow. */
	public boolean isHedge() {
		return this.role == Role.HEDGE;
	}

	/** What is waited before the target is asked: a backoff, or a Retry-After short enough to sit out. */
	public long delayNanos() {
		return this.delayNanos;
	}

	/**
	 * How long the attempt may take: the target's timeout, or what is left of the call's deadline.
	 * @return nanoseconds from its start
	 */
	public long timeoutNanos() {
		return this.timeoutNanos;
	}

	boolean isCutByDeadline() {
		return this.cutByDeadline;
	}

	/**
	 * Says how the exchange is stopped. The hook runs at most once, on another thread, and must not block; it runs
	 * at once when the attempt has been cancelled already.
	 */
	public void onCancel(Runnable stopExchange) {
		this.hook = stopExchange;
		if (this.phase == Phase.CANCELLING || this.phase == Phase.CANCELLED) {
			stopExchange.run();
		}
	}

	/**
	 * For a target that waits interruptibly on the calling thread: cancelling interrupts it.
	 * @param stopExchange what else stops the exchange
	 */
	public void interruptOnCancel(Runnable stopExchange) {
		Thread waitingThread = Thread.currentThread();
		this.interruptible = waitingThread;
		onCancel(() -> {
			stopExchange.run();
			waitingThread.interrupt();
		});
	}

	/**
	 * Waits on the calling thread, at most as long as the attempt may take.
	 * @param duration how long
	 * @throws InterruptedException when the attempt is cancelled or the thread interrupted
	 */
	public void pause(Duration duration) throws InterruptedException {
		interruptOnCancel(() -> {
		});
		Thread.sleep(duration.toMillis(), duration.toNanosPart() % 1_000_000);
		this.hook = null;
	}

	/** Says what else is to be done, after the hook, when another attempt of the same call has won. */
	void onOvertaken(Runnable wakeWaiting) {
		this.wakeUp = wakeWaiting;
		if (this.phase == Phase.CANCELLED && this.stop == Stop.OVERTAKEN) {
			wakeWaiting.run();
		}
	}

	boolean cancel(Stop why) {
		if (!PHASE.compareAndSet(this, Phase.RUNNING, Phase.CANCELLING)) {
			return false;
		}
		this.stop = why;
		try {
			Runnable stopExchange = this.hook;
			if (stopExchange != null) {
				stopExchange.run();
			}
		}
		finally {
			this.phase = Phase.CANCELLED;
		}
		Runnable wakeWaiting = this.wakeUp;
		if (why == Stop.OVERTAKEN && wakeWaiting != null) {
			wakeWaiting.run();
		}
		return true;
	}

	/**
	 * Ends the time in which the attempt can be cancelled.
	 * @return why it was cancelled, or {@code null} if it was not
	 */
	@Nullable Stop finish() {
		if (PHASE.compareAndSet(this, Phase.RUNNING, Phase.FINISHED)) {
			this.hook = null;
			return null;
		}
		while (this.phase == Phase.CANCELLING) {
			Thread.onSpinWait();
		}
		Stop why = this.stop;
		if ((why == Stop.TIMEOUT || why == Stop.OVERTAKEN) && this.interruptible == Thread.currentThread()) {
			this.interruptible = null;
			// The interrupt was the chain's own, meant for this attempt alone
			Thread.interrupted();
		}
		return why;
	}

	@Override
	void expired(AttemptTimer timer) {
		long left = remainingNanos(System.nanoTime());
		if (left > 0) {
			timer.arm(this, left, this.waiting);
		}
		else {
			cancel(Stop.TIMEOUT);
		}
	}

	/**
	 * What is left of the attempt's time once that is over: nothing, unless the target has shown progress since.
	 * @param nowNanos the system's clock, which is the timer's
	 */
	long remainingNanos(long nowNanos) {
		long since = this.progressNanos;
		if (since == NO_PROGRESS) {
			return 0;
		}
		return Math.min(since + this.timeoutNanos - nowNanos, this.progressUntilNanos - nowNanos);
	}

	/**
	 * The target has shown that it is at work, so its time begins anew; the call's deadline stays.
	 */
	public void progressed() {
		this.progressNanos = System.nanoTime();
	}

	/**
	 * Says whether the request may have had its effect at the target. True until the target says otherwise, so that
	 * one which cannot tell is on the safe side.
	 */
	public void mayHaveActed(boolean possible) {
		this.mayHaveActed = possible;
	}

	public boolean mayHaveActed() {
		return this.mayHaveActed;
	}

	@Override
	void waitingThreadInterrupted() {
		cancel(Stop.INTERRUPT);
	}

	/**
	 * Claims the right to say how the attempt ended, for which a stream's end and its cancellation may race.
	 * @return whether nobody was first
	 */
	boolean settle() {
		return SETTLED.compareAndSet(this, 0, 1);
	}

	boolean isSettled() {
		return this.settled != 0;
	}

	void started(long nowNanos, long leftOfCallNanos) {
		this.progressUntilNanos = System.nanoTime() + leftOfCallNanos;
		this.startNanos = nowNanos;
	}

	void firstChunk(long nowNanos) {
		if (this.firstChunkNanos == 0) {
			this.firstChunkNanos = nowNanos;
		}
	}

	void ended(Outcome how, @Nullable Failure why, long nowNanos) {
		this.outcome = how;
		this.failure = why;
		this.endNanos = nowNanos;
	}

	void judged(Outcome how) {
		this.outcome = how;
	}

	public long startNanos() {
		return this.startNanos;
	}

	public long endNanos() {
		return this.endNanos;
	}

	public long durationNanos() {
		return this.endNanos - this.startNanos;
	}

	/** What slowness is judged by: the time to the first chunk of a stream, else the whole duration. */
	public long responseNanos() {
		return (this.firstChunkNanos != 0 ? this.firstChunkNanos : this.endNanos) - this.startNanos;
	}

	public Outcome outcome() {
		return this.outcome;
	}

	/** How the attempt failed; also set for an answer in doubt. */
	public @Nullable Failure failure() {
		return this.failure;
	}

	/** How an attempt ended. */
	public enum Outcome {

		PENDING, SUCCESS, FAILURE,

		/** The target answered that its tool failed; another target's answer will tell what that meant. */
		IN_DOUBT,

		/** Another attempt of the same call answered first, so this one was stopped; that is no failure. */
		OVERTAKEN,

		/** The caller stopped it; it counts for nobody. */
		CANCELLED

	}

	/** Why the attempt is made. */
	enum Role {

		REGULAR, DESPITE_BREAKER, HEDGE, PROBE

	}

	enum Stop {

		TIMEOUT, INTERRUPT, ABANDONED, OVERTAKEN

	}

	private enum Phase {

		RUNNING, CANCELLING, CANCELLED, FINISHED

	}

}
