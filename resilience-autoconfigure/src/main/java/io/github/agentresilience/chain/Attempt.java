package io.github.agentresilience.chain;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.jspecify.annotations.Nullable;

/**
 * One asking of one target, and the next step of a {@link ChainRun}: make it. Knows how long it may take, how it
 * ended, and how to stop it.
 */
public final class Attempt extends Stoppable implements Step {

	private static final AtomicLong IDS = new AtomicLong();

	private final long id = IDS.incrementAndGet();

	private final Call call;

	private final Member<?, ?> member;

	private final int rank;

	private final int ordinal;

	private final int tryOnTarget;

	private final Role role;

	private final long delayNanos;

	private final long timeoutNanos;

	private final boolean cutShort;

	private static final AtomicIntegerFieldUpdater<Attempt> SETTLED = AtomicIntegerFieldUpdater
		.newUpdater(Attempt.class, "settled");

	private static final AtomicReferenceFieldUpdater<Attempt, Object> PERMIT = AtomicReferenceFieldUpdater
		.newUpdater(Attempt.class, Object.class, "permit");

	private volatile int settled;

	private volatile @Nullable Object permit;

	private long dueNanos;

	private volatile boolean mayHaveActed = true;

	private long startNanos;

	private long endNanos;

	private long firstChunkNanos;

	private @Nullable Failure failure;

	private Outcome outcome = Outcome.PENDING;

	private CircuitBreaker.@Nullable State movedBreakerTo;

	private volatile Map<String, String> details = Map.of();

	Attempt(Call call, Member<?, ?> member, int rank, int ordinal, int tryOnTarget, Role role, long delayNanos,
			long timeoutNanos, boolean cutShort) {
		this.call = call;
		this.member = member;
		this.rank = rank;
		this.ordinal = ordinal;
		this.tryOnTarget = tryOnTarget;
		this.role = role;
		this.delayNanos = delayNanos;
		this.timeoutNanos = timeoutNanos;
		this.cutShort = cutShort;
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
	@Override
	public long timeoutNanos() {
		return this.timeoutNanos;
	}

	/** The moment at which its wait is over, by the chain's clock. */
	long dueNanos() {
		return this.dueNanos;
	}

	void dueAt(long nanos) {
		this.dueNanos = nanos;
	}

	/** Whether it took a retry from the budget. */
	boolean isRetry() {
		return this.role == Role.RETRY;
	}

	/** Whether it still needs its permission: an attempt that waits first asks its target's breaker when it is due. */
	boolean needsPermit() {
		return this.permit == null && this.role != Role.DESPITE_BREAKER;
	}

	/** The target's guard lets it through. */
	void admitted(@Nullable Object permitOfGuard) {
		this.permit = permitOfGuard;
	}

	/** Gives the guard's permission up, which whoever says how the attempt ended does once. */
	@Nullable Object takePermit() {
		return PERMIT.getAndSet(this, null);
	}

	boolean isCutShort() {
		return this.cutShort;
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
		goesOnUntil(System.nanoTime() + leftOfCallNanos);
		this.startNanos = nowNanos;
	}

	void firstChunk(long nowNanos) {
		if (this.firstChunkNanos == 0) {
			this.firstChunkNanos = nowNanos;
		}
	}

	/** Whether a stream has begun to come. */
	boolean hasFirstChunk() {
		return this.firstChunkNanos != 0;
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

	/**
	 * Tells observers what only the target knows of the exchange, such as the model that answered. Called by the target
	 * alone, while it is being asked.
	 * @param name a name that OpenTelemetry's semantic conventions give it, where they do
	 * @param value neither prompt nor answer nor key; {@code null} where it is not known
	 */
	public void detail(String name, @Nullable String value) {
		Map<String, String> known = this.details;
		if (value == null || value.equals(known.get(name))) {
			return;
		}
		Map<String, String> more = new LinkedHashMap<>(known);
		more.put(name, value);
		this.details = more;
	}

	/** What the target has told of the exchange so far. */
	public Map<String, String> details() {
		return this.details;
	}

	/** Whether a breaker that is half open lets it through to find out whether the target is back. */
	public boolean isTrial() {
		return guard().breaker().getState() == CircuitBreaker.State.HALF_OPEN;
	}

	void movedBreakerTo(CircuitBreaker.State state) {
		this.movedBreakerTo = state;
	}

	/** The state that its outcome put the target's breaker into, {@code null} where it changed nothing. */
	public CircuitBreaker.@Nullable State movedBreakerTo() {
		return this.movedBreakerTo;
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

		REGULAR, RETRY, DESPITE_BREAKER, HEDGE, PROBE

	}

}
