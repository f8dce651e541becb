package io.github.agentresilience.chain.internal.time;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import org.jspecify.annotations.Nullable;

/**
 * What makes an attempt stop: its time, an interrupt, its subscriber, or another attempt
 * that was quicker. Whoever is first decides, and a cancellation that comes after the end
 * changes nothing. It stands in the timer itself, so that arming a timeout allocates
 * nothing.
 */
public class Cancellation extends TimedEntry {

	private static final AtomicIntegerFieldUpdater<Cancellation> PHASE = AtomicIntegerFieldUpdater
		.newUpdater(Cancellation.class, "phase");

	private static final AtomicReferenceFieldUpdater<Cancellation, Runnable> HOOK = AtomicReferenceFieldUpdater
		.newUpdater(Cancellation.class, Runnable.class, "hook");

	private static final AtomicReferenceFieldUpdater<Cancellation, Extension> EXTENSION = AtomicReferenceFieldUpdater
		.newUpdater(Cancellation.class, Extension.class, "extension");

	// Numbers and no enum, because a volatile field that is written in a constructor
	// costs every call a memory barrier

	private static final int RUNNING = 0;

	/** Its time is over, and what becomes of it is being decided. */
	private static final int DECIDING = 1;

	private static final int CANCELLING = 2;

	private static final int CANCELLED = 3;

	private static final int FINISHED = 4;

	private final OvertimeRule rule;

	private volatile int phase;

	private volatile @Nullable Runnable hook;

	private volatile @Nullable Reason reason;

	/** Most attempts need no more than their own time. */
	private volatile @Nullable Extension extension;

	/**
	 * The cancellation of one attempt.
	 * @param rule how much time the attempt has
	 */
	public Cancellation(OvertimeRule rule) {
		this.rule = rule;
	}

	/**
	 * Whether the attempt has had its time and goes on because it is the last that can be
	 * made.
	 */
	public boolean isOverdue() {
		Extension more = this.extension;
		return more != null && more.overdue;
	}

	private Extension extension() {
		Extension more = this.extension;
		if (more != null) {
			return more;
		}
		EXTENSION.compareAndSet(this, null, new Extension());
		return Objects.requireNonNull(this.extension);
	}

	/**
	 * Says how the exchange is cancelled. The hook runs at most once, on another thread,
	 * and must not block; it runs at once when the attempt has been cancelled already.
	 */
	public void onCancel(Runnable cancelExchange) {
		this.hook = cancelExchange;
		if (this.phase == CANCELLING || this.phase == CANCELLED) {
			runHook();
		}
	}

	/**
	 * Runs the hook once, for which the one that cancels and the one that says what it is
	 * may race. A hook that throws may not have cancelled its exchange, so that what is
	 * left is to interrupt whoever waits for it.
	 */
	private void runHook() {
		if (runSafely(HOOK.getAndSet(this, null))) {
			return;
		}
		this.rule.hookFailed();
		Thread waitingThread = this.waiting;
		// One that has been cancelled may have left already, but not while it is being
		// cancelled
		if (waitingThread != null && (this.phase == CANCELLING || waitingThread == Thread.currentThread())) {
			extension().interruptible = waitingThread;
			waitingThread.interrupt();
		}
	}

	private void runWakeUp() {
		Extension more = this.extension;
		if (more != null) {
			runSafely(more.takeWakeUp());
		}
	}

	/** Says whether the task did not throw. */
	private static boolean runSafely(@Nullable Runnable task) {
		if (task != null) {
			try {
				task.run();
			}
			catch (Throwable ex) {
				// It runs on the timer's thread, or on that of the attempt which has won
				ForeignCode.failed(task, ex);
				return false;
			}
		}
		return true;
	}

	/**
	 * Says what else is cancelled with the attempt, each time: operators on the way to a
	 * stream, cancelled while they are being subscribed to, may forget to pass that on.
	 */
	public void cancelToo(Runnable stream) {
		extension().cancelledToo = stream;
		if (isCancelled()) {
			runSafely(stream);
		}
	}

	/**
	 * For a target that waits interruptibly on the calling thread: cancelling interrupts
	 * it.
	 * @param cancelExchange what else cancels the exchange
	 */
	public void interruptOnCancel(Runnable cancelExchange) {
		Thread waitingThread = Thread.currentThread();
		extension().interruptible = waitingThread;
		onCancel(() -> {
			cancelExchange.run();
			waitingThread.interrupt();
		});
	}

	/**
	 * Waits on the calling thread, at most as long as the attempt may take.
	 * @param duration how long
	 * @throws InterruptedException when the attempt is cancelled or the thread
	 * interrupted
	 */
	public void pause(Duration duration) throws InterruptedException {
		interruptOnCancel(() -> {
		});
		this.rule.time().sleep(Nanos.of(duration));
		this.hook = null;
	}

	/**
	 * Says what else is to be done, after the hook, when another attempt of the same call
	 * has won.
	 */
	public void onSuperseded(Runnable wakeWaiting) {
		extension().wakeUp(wakeWaiting);
		if (this.phase == CANCELLED && this.reason == Reason.SUPERSEDED) {
			runWakeUp();
		}
	}

	/**
	 * Whether it has been cancelled: what its exchange throws then is the cancellation's
	 * doing.
	 */
	public boolean isCancelled() {
		return this.phase == CANCELLING || this.phase == CANCELLED;
	}

	public boolean cancel(Reason why) {
		boolean first = cancelFirst(why);
		Extension more = this.extension;
		if (more != null) {
			runSafely(more.cancelledToo);
		}
		return first;
	}

	private boolean cancelFirst(Reason why) {
		while (!PHASE.compareAndSet(this, RUNNING, CANCELLING)) {
			if (this.phase != DECIDING && this.phase != RUNNING) {
				return false;
			}
			Thread.onSpinWait();
		}
		cancelling(why);
		return true;
	}

	private void cancelling(Reason why) {
		this.reason = why;
		try {
			runHook();
		}
		finally {
			// Whoever finishes it waits for that
			this.phase = CANCELLED;
		}
		if (why == Reason.SUPERSEDED) {
			runWakeUp();
		}
	}

	/**
	 * Ends the time in which the attempt can be cancelled.
	 * @return why it was cancelled, or {@code null} if it was not
	 */
	public @Nullable Reason finish() {
		do {
			if (PHASE.compareAndSet(this, RUNNING, FINISHED)) {
				forgetHook();
				return null;
			}
			// For a hook under way, which may take its time on a thread that needs ours
			Thread.yield();
		}
		while (this.phase != CANCELLED && this.phase != FINISHED);
		Reason why = this.reason;
		Extension more = this.extension;
		if ((why == Reason.TIMEOUT || why == Reason.SUPERSEDED) && more != null
				&& more.interruptible == Thread.currentThread()) {
			more.interruptible = null;
			// The interrupt was the chain's own, meant for this attempt alone
			Thread.interrupted();
		}
		return why;
	}

	/**
	 * The same where it does not matter why it was cancelled. It does not wait for a hook
	 * under way: a stream may end within the hook that stops it, on the thread that would
	 * have to wait for itself.
	 */
	public void finishWithoutWaiting() {
		while (!PHASE.compareAndSet(this, RUNNING, FINISHED)) {
			if (this.phase != DECIDING && this.phase != RUNNING) {
				return;
			}
			Thread.onSpinWait();
		}
		forgetHook();
	}

	private void forgetHook() {
		if (this.hook != null) {
			this.hook = null;
		}
	}

	@Override
	public void expired(AttemptTimer timer) {
		long left = remainingNanos(this.rule.time().nanos());
		if (left > 0) {
			timer.arm(this, left, this.waiting);
		}
		else if (isOverdue()) {
			onTimerOrElsewhere(timer, () -> cancel(Reason.TIMEOUT));
		}
		else if (PHASE.compareAndSet(this, RUNNING, DECIDING)) {
			onTimerOrElsewhere(timer, () -> decide(timer));
		}
	}

	private void onTimerOrElsewhere(AttemptTimer timer, Runnable task) {
		Runnable cancelExchange = this.hook;
		if (cancelExchange == null || cancelExchange instanceof QuickHook) {
			task.run();
		}
		else {
			timer.handOver(task);
		}
	}

	private void decide(AttemptTimer timer) {
		Overtime what = Overtime.TIME_OUT;
		boolean goesOn = false;
		try {
			what = this.rule.overtime();
			long more = moreNanos(what);
			if (more > 0) {
				timer.arm(this, more, this.waiting);
				goesOn = true;
			}
		}
		finally {
			// Nothing that is thrown leaves it undecided: whoever finishes it waits
			this.phase = goesOn ? RUNNING : CANCELLING;
			if (!goesOn) {
				cancelling(Reason.TIMEOUT);
			}
		}
		if (!goesOn) {
			return;
		}
		if (what == Overtime.GO_ON_WITH_BACKUP) {
			this.rule.startBackup();
		}
	}

	/**
	 * For those who keep the attempt's time without the timer: how much longer it has,
	 * now that its time is over.
	 * @return nanoseconds, 0 where it is to be given up
	 */
	public long overtimeNanos() {
		if (isOverdue()) {
			return 0;
		}
		Overtime what = this.rule.overtime();
		long more = moreNanos(what);
		if (more > 0 && what == Overtime.GO_ON_WITH_BACKUP) {
			this.rule.startBackup();
		}
		return more;
	}

	private long moreNanos(Overtime what) {
		if (what == Overtime.TIME_OUT) {
			return 0;
		}
		if (what == Overtime.ASK_AGAIN) {
			// Whatever the other attempt is held up by, this one ends with the call
			return Math.min(AttemptTimer.TICK_NANOS, this.rule.remainingNanos());
		}
		extension().overdue = true;
		return Math.max(0, this.rule.remainingNanos());
	}

	/**
	 * What is left of the attempt's time once that is over: nothing, unless the target
	 * has shown progress since.
	 * @param nowNanos the chain's clock
	 */
	public long remainingNanos(long nowNanos) {
		return remainingNanos(nowNanos, this.rule.timeoutNanos());
	}

	/**
	 * The same where another time than the attempt's own begins with each sign of
	 * progress.
	 * @param silenceNanos how long the target may show no progress
	 */
	public long remainingNanos(long nowNanos, long silenceNanos) {
		Extension more = this.extension;
		long left = (more != null) ? more.remainingNanos(nowNanos, silenceNanos) : 0;
		return (left > 0) ? Math.min(left, this.rule.remainingNanos()) : left;
	}

	/**
	 * How long ago the target first showed progress.
	 * @param nowNanos the chain's clock
	 * @return 0 where it has shown none
	 */
	public long sinceFirstProgressNanos(long nowNanos) {
		Extension more = this.extension;
		return (more != null) ? more.sinceFirstProgressNanos(nowNanos) : 0;
	}

	/**
	 * The target has shown that it is at work, so its time begins anew; the call's
	 * deadline stays.
	 */
	public void progressed() {
		extension().progressed(this.rule.time().nanos());
	}

	@Override
	public void waitingThreadInterrupted() {
		cancel(Reason.INTERRUPT);
	}

	/** Why it was cancelled. */
	public enum Reason {

		TIMEOUT, INTERRUPT, ABANDONED, SUPERSEDED

	}

}
