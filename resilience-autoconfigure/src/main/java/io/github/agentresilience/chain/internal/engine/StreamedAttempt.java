package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.agentresilience.chain.AttemptTimeoutException;
import io.github.agentresilience.chain.CallCancelledException;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.StreamCommit;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chain.internal.time.Cancellation;
import io.github.agentresilience.chain.internal.time.Nanos;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;

/**
 * One attempt of a stream, and what of its answer is still held back from the subscriber.
 *
 * @param <Q> the request
 * @param <A> the answer
 */
final class StreamedAttempt<Q, A> {

	private final StreamExecution<Q, A> execution;

	private final TargetChain<Q, A> chain;

	private final ChainRun<Q, A> run;

	private final ActiveAttempt<Q, A> attempt;

	private final Q request;

	private final ContextCarrier.Carried context;

	/** Whether another version may take the place of what went to the subscriber. */
	private final boolean restarts;

	/** Whether what comes from here on is held until the answer is whole. */
	private boolean holdAll;

	private final StringBuilder text = new StringBuilder();

	/**
	 * Fires when the attempt has ended, or has begun to answer a call that hedges: it is
	 * too late to hedge it.
	 */
	private final Sinks.Empty<A> decided = Sinks.empty();

	/** Fires when another attempt of the call has won. */
	private final Sinks.Empty<A> superseded = Sinks.empty();

	private @Nullable List<A> held = new ArrayList<>();

	/** Whether the attempt has begun, or was cancelled before it did. */
	private final AtomicBoolean taken = new AtomicBoolean();

	/**
	 * Whether its retry may come to run beside it, which what is held back of its answer
	 * does not rule out.
	 */
	private boolean mayBeBackedUp;

	/** Whether its answer has come and been judged. */
	private boolean ended;

	/**
	 * Whether part of the answer has gone to the subscriber, so that no other target can
	 * take over unseen.
	 */
	private volatile boolean committed;

	/** Whether whoever drives the attempt is done with it. */
	private volatile boolean over;

	StreamedAttempt(StreamExecution<Q, A> execution, ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt, Q request,
			ContextCarrier.Carried context) {
		this.execution = execution;
		this.chain = execution.chain();
		this.run = run;
		this.attempt = attempt;
		this.request = request;
		this.context = context;
		this.holdAll = attempt.guard().streamCommit() == StreamCommit.COMPLETE || run.needsWholeStream();
		this.restarts = attempt.guard().streamCommit() == StreamCommit.RESTART;
	}

	Flux<A> flux() {
		Flux<A> due = Flux.defer(this::begin);
		Flux<A> delayed = (this.attempt.delayNanos() > 0)
				? this.execution.after(this.attempt.delayNanos()).thenMany(due) : due;
		return delayed.doOnCancel(() -> {
			if (!this.taken.getAndSet(true)) {
				this.run.cancelledBeforeStart(this.attempt, new CallCancelledException(null));
			}
		}).doFinally((signal) -> {
			this.over = true;
			this.run.driven(this.attempt);
		});
	}

	private Flux<A> begin() {
		// From here on a cancellation reaches whatever is subscribed to next
		if (this.taken.getAndSet(true)) {
			return Flux.empty();
		}
		Decision<Q, A> begun = this.run.begin(this.attempt);
		if (this.over) {
			// The subscriber went away before the attempt had what it holds now
			this.run.cancelled(this.attempt);
			this.run.driven(this.attempt);
		}
		if (begun != this.attempt) {
			return follow(begun);
		}
		long hedgeAfter = HedgeRules.hedgeAfterNanos(this.run, this.attempt);
		if (hedgeAfter != HedgeRules.NO_HEDGE) {
			return hedged(this.execution.after(hedgeAfter));
		}
		if (!HedgeRules.mayComeToBackup(this.run, this.attempt)) {
			return made();
		}
		this.mayBeBackedUp = true;
		Sinks.One<Boolean> overdue = Sinks.one();
		this.run.onBackup((ofCall, slow, asked, under) -> overdue.tryEmitValue(true), this.request, this.context);
		return hedged(overdue.asMono());
	}

	/**
	 * The attempt, and beside it another one from the moment on at which it is too slow.
	 */
	private Flux<A> hedged(Mono<?> tooSlow) {
		Flux<A> hedge = tooSlow.takeUntilOther(this.decided.asMono()).flatMapMany((late) -> {
			ActiveAttempt<Q, A> other = this.run.startHedge(this.attempt, new CompletableFuture<>());
			return follow((other != null) ? other : new Decision.Nothing<>());
		});
		return Flux.merge(made(), hedge);
	}

	private Flux<A> follow(Decision<Q, A> step) {
		return this.execution.follow(this.run, step, this.request, this.context);
	}

	private Flux<A> made() {
		long idle = Nanos.of(this.attempt.guard().timeouts().idle());
		Flux<A> chunks = Flux.defer(this::ask)
			.doOnCancel(() -> this.attempt.cancellation().cancel(Cancellation.Reason.ABANDONED))
			.timeout(silence(this.attempt.timeoutNanos(), idle), (chunk) -> silence(idle, idle))
			// Before what follows from that, which may be a wait for the same target
			.doOnTerminate(this.attempt::left)
			.doOnCancel(this.attempt::left)
			.concatMapIterable(this::release)
			.concatWith(Flux.defer(this::complete))
			.onErrorResume(this::failed)
			// A slow subscriber is no slow target: its timeouts see every chunk as it
			// comes, and it has done with its end
			.onBackpressureBuffer();
		this.attempt.cancellation().onSuperseded(this.superseded::tryEmitEmpty);
		return chunks.doFinally((signal) -> this.decided.tryEmitEmpty())
			.takeUntilOther(this.superseded.asMono())
			.doOnCancel(() -> this.run.cancelled(this.attempt));
	}

	/**
	 * Over when nothing has come for as long as may be, or when the call's deadline is.
	 * What the target's client holds back has come too, of which only the attempt's
	 * progress tells.
	 *
	 * <p>
	 * The deadline has no operator of its own: one that ends the stream from another
	 * thread may do so before the subscriber has its subscription, and then whatever
	 * comes instead is asked for by nobody.
	 * @param nanos how long until the first sign of progress
	 * @param idleNanos how long between two of them
	 */
	private Mono<Long> silence(long nanos, long idleNanos) {
		long untilDeadline = Math.max(0, this.run.remainingNanos());
		return (untilDeadline <= nanos) ? this.execution.after(untilDeadline).then(Mono.error(DeadlineException::new))
				: this.execution.after(nanos).flatMap((over) -> silent(over, idleNanos));
	}

	/** What is to be waited for yet after so much silence. */
	private Mono<Long> silent(Long over, long idleNanos) {
		long left = this.attempt.cancellation().remainingNanos(this.run.now(), idleNanos);
		if (left > 0) {
			return silence(left, idleNanos);
		}
		if (this.committed) {
			return Mono.just(over);
		}
		if (this.attempt.cancellation().isOverdue()) {
			return untilDeadline();
		}
		long more = this.attempt.cancellation().overtimeNanos();
		return (more > 0) ? silence(more, idleNanos) : Mono.just(over);
	}

	private Mono<Long> untilDeadline() {
		return silence(Long.MAX_VALUE, Long.MAX_VALUE);
	}

	private Flux<A> ask() {
		Target<Q, A> target = this.attempt.guard().target();
		Publisher<A> underContext = (subscriber) -> {
			SafeStream<A> chunks = new SafeStream<>(Operators.toCoreSubscriber(subscriber),
					this.chain.runtime().elsewhere());
			this.attempt.cancellation().cancelToo(chunks::cancel);
			try {
				this.context.call(() -> {
					chunks.subscribeTo(target.stream(this.request, this.attempt.exchange()));
					return null;
				});
			}
			catch (Throwable ex) {
				chunks.broken(ex);
			}
		};
		Flux<A> asked = Flux.from(underContext);
		// One that cannot be cancelled may block for as long as it likes, so neither
		// on this thread nor on a timer's
		return (this.attempt.guard().isCancellable() ? asked : asked.subscribeOn(this.chain.runtime().scheduler()))
			.contextWrite((Context old) -> this.run.observer().contextFor(this.attempt, old));
	}

	/** What may go to the subscriber now that this chunk has come. */
	private List<A> release(A chunk) {
		long now = this.run.now();
		this.attempt.record().firstChunk(now - this.attempt.cancellation().sinceFirstProgressNanos(now));
		if (!this.mayBeBackedUp) {
			this.decided.tryEmitEmpty();
		}
		AnswerInspector<A> inspector = this.chain.inspector();
		if (this.restarts && !inspector.isReplaceable(chunk)) {
			this.holdAll = true;
		}
		List<A> waiting = this.held;
		if (waiting == null && this.holdAll) {
			waiting = new ArrayList<>();
			this.held = waiting;
		}
		if (waiting == null) {
			this.text.append(inspector.textOf(chunk));
			return List.of(chunk);
		}
		waiting.add(chunk);
		if (this.holdAll || !inspector.isOutput(chunk) || !this.run.leads(this.attempt)) {
			return List.of();
		}
		this.held = null;
		this.committed = true;
		this.text.append(inspector.textOf(chunk));
		return this.execution.shown(this.run, waiting);
	}

	private Flux<A> complete() {
		List<A> waiting = this.held;
		this.held = null;
		this.attempt.cancellation().finishWithoutWaiting();
		if (waiting == null || this.committed) {
			boolean served = this.run.succeeded(this.attempt);
			return (served && waiting != null) ? Flux.fromIterable(waiting) : Flux.empty();
		}
		// An answer in one piece may be a failure in disguise, as that of a call may
		Decision<Q, A> step = (waiting.size() == 1) ? this.run.answered(this.attempt, this.request, waiting.get(0))
				: this.run.answeredWhole(this.attempt, this.request, waiting);
		this.ended = true;
		return follow(step);
	}

	private Flux<A> failed(Throwable thrown) {
		if (this.ended) {
			// What failed is what came after this attempt
			return Flux.error(thrown);
		}
		this.attempt.cancellation().cancel(Cancellation.Reason.ABANDONED);
		if (thrown instanceof Error) {
			this.run.cancelled(this.attempt);
			return Flux.error(thrown);
		}
		Failure failure = (thrown instanceof TimeoutException) ? silent(thrown)
				: this.chain.classifier().classify(thrown);
		if (this.committed && this.restarts && !this.attempt.isSettled()) {
			Decision<Q, A> step = this.run.brokeInShownVersion(this.attempt, failure, this.text.toString());
			return follow(step);
		}
		if (this.committed || this.held == null) {
			return Flux.error(this.run.failedAfterCommit(this.attempt, failure, this.text.toString()));
		}
		return follow(this.run.failed(this.attempt, failure));
	}

	private Failure silent(Throwable thrown) {
		if (thrown instanceof DeadlineException) {
			// That the caller has no more time is not the target's fault
			long after = this.run.now() - this.attempt.startNanos();
			Failure cut = Timeouts.of(AttemptTimeoutException.deadline(this.attempt.target(), Duration.ofNanos(after)));
			return this.attempt.cancellation().isOverdue() ? cut : cut.withoutBreaker();
		}
		if (!this.attempt.record().hasFirstChunk()) {
			return Timeouts.of(this.attempt);
		}
		return Timeouts.of(AttemptTimeoutException.idle(this.attempt.target(), this.attempt.guard().timeouts().idle()));
	}

	/** The time for the whole call is over. */
	private static final class DeadlineException extends TimeoutException {

	}

}
