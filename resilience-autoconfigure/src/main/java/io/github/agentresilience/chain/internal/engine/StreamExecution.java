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
import io.github.agentresilience.chain.internal.limit.Waiting;
import io.github.agentresilience.chain.internal.time.Cancellation;
import io.github.agentresilience.chain.internal.time.Nanos;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.SignalType;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;

/**
 * Does what a {@link ChainRun} says, as a stream. Another target may take over until the
 * first chunk that shows something has gone to the subscriber, and after that where the
 * subscriber is told so.
 */
final class StreamExecution<Q, A> {

	private final TargetChain<Q, A> chain;

	private final LastResortExecution<Q, A> lastResort;

	StreamExecution(TargetChain<Q, A> chain) {
		this.chain = chain;
		this.lastResort = new LastResortExecution<>(chain);
	}

	Flux<A> stream(Q request, CallSpec spec) {
		return run(request, spec, true);
	}

	/** An answer in one piece, without a thread that waits for it. */
	Flux<A> ask(Q request, CallSpec spec) {
		return run(request, spec, false);
	}

	private Flux<A> run(Q request, CallSpec spec, boolean streaming) {
		return Flux.deferContextual((subscriber) -> {
			AnswerJudge<Q, A> judge = this.chain.judge();
			boolean whole = !streaming || (judge != null && judge.needsWholeStream(request));
			ChainRun<Q, A> run = this.chain.newRun(spec, subscriber, streaming, whole);
			ContextCarrier.Carried context = this.chain.runtime().contextCarrier().capture();
			return follow(run, run.start(), request, context).doFinally((signal) -> {
				if (signal == SignalType.CANCEL) {
					run.subscriberGone();
				}
				run.closed();
			});
		}).contextWrite(LateErrors::ignored);
	}

	private Flux<A> follow(ChainRun<Q, A> run, Decision<Q, A> step, Q request, ContextCarrier.Carried context) {
		if (step instanceof ActiveAttempt<Q, A> attempt) {
			return new StreamedAttempt(run, attempt, request, context).flux();
		}
		if (step instanceof Decision.AskLastResort<Q, A> exhausted) {
			return askLastResort(run, exhausted, request, context);
		}
		if (step instanceof Decision.AwaitLimits<Q, A> limits) {
			return await(run, limits.waiting(), request, context);
		}
		if (step instanceof Decision.GiveUp<Q, A> giveUp) {
			return Flux.error(giveUp.failure());
		}
		if (step instanceof Decision.Answer<Q, A> answer) {
			return Flux.fromIterable(shown(run, List.of(answer.value())));
		}
		if (step instanceof Decision.Chunks<Q, A> chunks) {
			return Flux.fromIterable(shown(run, chunks.values()));
		}
		// Another attempt of the call is in flight, and its own stream goes on with the
		// call
		return Flux.empty();
	}

	/** Chunks on their way to the subscriber, who may have a part of another version. */
	private List<A> shown(ChainRun<Q, A> run, List<A> chunks) {
		if (chunks.isEmpty() || !run.takeRestart()) {
			return chunks;
		}
		List<A> version = new ArrayList<>(chunks);
		version.set(0, this.chain.inspector().restarting(chunks.get(0)));
		return version;
	}

	private Flux<A> askLastResort(ChainRun<Q, A> run, Decision.AskLastResort<Q, A> exhausted, Q request,
			ContextCarrier.Carried context) {
		AtomicBoolean taken = new AtomicBoolean();
		return Mono
			.<Decision<Q, A>>fromCallable(() -> taken.getAndSet(true) ? new Decision.Nothing<>()
					: context.call(() -> this.lastResort.ask(run, request, exhausted.failure())))
			.subscribeOn(this.chain.runtime().scheduler())
			.doOnCancel(() -> {
				if (!taken.getAndSet(true)) {
					run.abandoned(exhausted, new CallCancelledException(null));
				}
			})
			.flatMapMany((last) -> follow(run, last, request, context));
	}

	private Flux<A> await(ChainRun<Q, A> run, Waiting waiting, Q request, ContextCarrier.Carried context) {
		AtomicBoolean taken = new AtomicBoolean();
		return Flux.defer(() -> {
			if (taken.get()) {
				return Flux.empty();
			}
			if (!waiting.begin()) {
				return taken.getAndSet(true) ? Flux.empty() : follow(run, run.cannotWait(), request, context);
			}
			Mono<Object> given = Mono.fromFuture(waiting.over(), true)
				.publishOn(this.chain.runtime().scheduler())
				.cast(Object.class);
			return Mono.firstWithSignal(given, after(waiting.remainingNanos()))
				.flatMapMany((over) -> follow(run,
						taken.getAndSet(true) ? new Decision.Nothing<>() : run.waited(waiting), request, context));
		}).doOnCancel(() -> {
			if (!taken.getAndSet(true)) {
				run.cancelledWaiting(waiting, null);
			}
		});
	}

	/**
	 * The attempt, and beside it another one from the moment on at which it is too slow.
	 */
	private Flux<A> hedged(StreamedAttempt first, Mono<?> tooSlow) {
		Flux<A> hedge = tooSlow.takeUntilOther(first.decided.asMono()).flatMapMany((late) -> {
			ActiveAttempt<Q, A> attempt = first.run.startHedge(first.attempt, new CompletableFuture<>());
			return follow(first.run, (attempt != null) ? attempt : new Decision.Nothing<>(), first.request,
					first.context);
		});
		return Flux.merge(first.made(), hedge);
	}

	/** Fires when so much of the chain's time has gone by. */
	private Mono<Long> after(long nanos) {
		return Mono.delay(Duration.ofNanos(nanos), this.chain.runtime().scheduler());
	}

	/** One attempt, and what of its answer is still held back. */
	private final class StreamedAttempt {

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
		 * Fires when the attempt has ended, or has begun to answer a call that hedges: it
		 * is too late to hedge it.
		 */
		private final Sinks.Empty<A> decided = Sinks.empty();

		/** Fires when another attempt of the call has won. */
		private final Sinks.Empty<A> superseded = Sinks.empty();

		private @Nullable List<A> held = new ArrayList<>();

		/** Whether the attempt has begun, or was cancelled before it did. */
		private final AtomicBoolean taken = new AtomicBoolean();

		/**
		 * Whether its retry may come to run beside it, which what is held back of its
		 * answer does not rule out.
		 */
		private boolean mayBeBackedUp;

		/** Whether its answer has come and been judged. */
		private boolean ended;

		/**
		 * Whether part of the answer has gone to the subscriber, so that no other target
		 * can take over unseen.
		 */
		private volatile boolean committed;

		/** Whether whoever drives the attempt is done with it. */
		private volatile boolean over;

		StreamedAttempt(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt, Q request, ContextCarrier.Carried context) {
			this.run = run;
			this.attempt = attempt;
			this.request = request;
			this.context = context;
			this.holdAll = attempt.guard().streamCommit() == StreamCommit.COMPLETE || run.needsWholeStream();
			this.restarts = attempt.guard().streamCommit() == StreamCommit.RESTART;
		}

		Flux<A> flux() {
			Flux<A> due = Flux.defer(this::begin);
			Flux<A> delayed = (this.attempt.delayNanos() > 0) ? after(this.attempt.delayNanos()).thenMany(due) : due;
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
				return follow(this.run, begun, this.request, this.context);
			}
			long hedgeAfter = HedgeRules.hedgeAfterNanos(this.run, this.attempt);
			if (hedgeAfter != HedgeRules.NO_HEDGE) {
				return hedged(this, after(hedgeAfter));
			}
			if (!HedgeRules.mayComeToBackup(this.run, this.attempt)) {
				return made();
			}
			this.mayBeBackedUp = true;
			Sinks.One<Boolean> overdue = Sinks.one();
			this.run.onBackup((ofCall, slow, asked, under) -> overdue.tryEmitValue(true), this.request, this.context);
			return hedged(this, overdue.asMono());
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
		 * Over when nothing has come for as long as may be, or when the call's deadline
		 * is. What the target's client holds back has come too, of which only the
		 * attempt's progress tells.
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
			return (untilDeadline <= nanos) ? after(untilDeadline).then(Mono.error(DeadlineException::new))
					: after(nanos).flatMap((over) -> silent(over, idleNanos));
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
						StreamExecution.this.chain.runtime().elsewhere());
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
			return (this.attempt.guard().isCancellable() ? asked
					: asked.subscribeOn(StreamExecution.this.chain.runtime().scheduler()))
				.contextWrite((Context old) -> this.run.observer().contextFor(this.attempt, old));
		}

		/** What may go to the subscriber now that this chunk has come. */
		private List<A> release(A chunk) {
			long now = this.run.now();
			this.attempt.record().firstChunk(now - this.attempt.cancellation().sinceFirstProgressNanos(now));
			if (!this.mayBeBackedUp) {
				this.decided.tryEmitEmpty();
			}
			AnswerInspector<A> inspector = StreamExecution.this.chain.inspector();
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
			return shown(this.run, waiting);
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
			return follow(this.run, step, this.request, this.context);
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
					: StreamExecution.this.chain.classifier().classify(thrown);
			if (this.committed && this.restarts && !this.attempt.isSettled()) {
				Decision<Q, A> step = this.run.brokeInShownVersion(this.attempt, failure, this.text.toString());
				return follow(this.run, step, this.request, this.context);
			}
			if (this.committed || this.held == null) {
				return Flux.error(this.run.failedAfterCommit(this.attempt, failure, this.text.toString()));
			}
			return follow(this.run, this.run.failed(this.attempt, failure), this.request, this.context);
		}

		private Failure silent(Throwable thrown) {
			if (thrown instanceof DeadlineException) {
				// That the caller has no more time is not the target's fault
				long after = this.run.now() - this.attempt.startNanos();
				Failure cut = Timeouts
					.of(AttemptTimeoutException.deadline(this.attempt.target(), Duration.ofNanos(after)));
				return this.attempt.cancellation().isOverdue() ? cut : cut.withoutBreaker();
			}
			if (!this.attempt.record().hasFirstChunk()) {
				return Timeouts.of(this.attempt);
			}
			return Timeouts
				.of(AttemptTimeoutException.idle(this.attempt.target(), this.attempt.guard().timeouts().idle()));
		}

	}

	/** The time for the whole call is over. */
	private static final class DeadlineException extends TimeoutException {

	}

}
