package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * Does what a {@link ChainRun} says, as a stream. Another target may take over until the first chunk that shows
 * something has gone to the subscriber.
 */
final class StreamExecution<Q, A> {

	private final TargetChain<Q, A> chain;

	private final LastResortExecution<Q, A> lastResort;

	StreamExecution(TargetChain<Q, A> chain) {
		this.chain = chain;
		this.lastResort = new LastResortExecution<>(chain);
	}

	Flux<A> stream(Q request, CallSpec spec) {
		return Flux.deferContextual((subscriber) -> {
			ChainRun<Q, A> run = this.chain.newRun(spec, subscriber);
			ContextCarrier.Carried context = this.chain.runtime().contextCarrier().capture();
			return follow(run, run.start(), request, context);
		});
	}

	@SuppressWarnings("unchecked")
	private Flux<A> follow(ChainRun<Q, A> run, Step step, Q request, ContextCarrier.Carried context) {
		if (step instanceof Attempt attempt) {
			return new StreamedAttempt(run, attempt, request, context).flux();
		}
		if (step instanceof Step.AskLastResort exhausted) {
			return askLastResort(run, exhausted, request, context);
		}
		if (step instanceof Step.GiveUp giveUp) {
			return Flux.error(giveUp.failure());
		}
		if (step instanceof Step.Answer answer) {
			return Flux.just((A) answer.value());
		}
		// Another attempt of the call is in flight, and its own stream goes on with the call
		return Flux.empty();
	}

	private Flux<A> askLastResort(ChainRun<Q, A> run, Step.AskLastResort exhausted, Q request,
			ContextCarrier.Carried context) {
		AtomicBoolean taken = new AtomicBoolean();
		return Mono.<Step>fromCallable(() -> taken.getAndSet(true) ? Step.Nothing.INSTANCE
				: context.call(() -> this.lastResort.ask(run, request, exhausted.failure())))
			.subscribeOn(Schedulers.boundedElastic())
			.doOnCancel(() -> {
				if (!taken.getAndSet(true)) {
					run.abandoned(exhausted, new CallCancelledException(null));
				}
			})
			.flatMapMany((last) -> follow(run, last, request, context));
	}

	private Flux<A> hedged(StreamedAttempt first, long after) {
		Flux<A> hedge = Mono.delay(Duration.ofNanos(after))
			.takeUntilOther(first.decided.asMono())
			.flatMapMany((late) -> {
				Attempt attempt = first.run.startHedge(first.attempt, new CompletableFuture<>());
				return follow(first.run, (attempt != null) ? attempt : Step.Nothing.INSTANCE, first.request,
						first.context);
			});
		return Flux.merge(first.made(), hedge);
	}

	/** One attempt, and what of its answer is still held back. */
	private final class StreamedAttempt {

		private final ChainRun<Q, A> run;

		private final Attempt attempt;

		private final Q request;

		private final ContextCarrier.Carried context;

		private final boolean holdAll;

		private final StringBuilder text = new StringBuilder();

		/** Fires when the attempt has begun to answer, or ended: it is too late to hedge it. */
		private final Sinks.Empty<A> decided = Sinks.empty();

		/** Fires when another attempt of the call has won. */
		private final Sinks.Empty<A> overtaken = Sinks.empty();

		private @Nullable List<A> held = new ArrayList<>();

		private volatile boolean begun;

		StreamedAttempt(ChainRun<Q, A> run, Attempt attempt, Q request, ContextCarrier.Carried context) {
			this.run = run;
			this.attempt = attempt;
			this.request = request;
			this.context = context;
			this.holdAll = attempt.guard().streamCommit() == TargetPolicy.StreamCommit.COMPLETE;
		}

		Flux<A> flux() {
			Flux<A> due = Flux.defer(this::begin);
			Flux<A> delayed = (this.attempt.delayNanos() > 0)
					? Mono.delay(Duration.ofNanos(this.attempt.delayNanos())).thenMany(due) : due;
			return delayed.doOnCancel(() -> {
				if (!this.begun) {
					this.run.cancelledBeforeStart(this.attempt, new CallCancelledException(null));
				}
			});
		}

		private Flux<A> begin() {
			if (this.attempt.isSettled()) {
				return Flux.empty();
			}
			// From here on a cancellation reaches whatever is subscribed to next
			this.begun = true;
			Step begun = this.run.begin(this.attempt);
			if (begun != this.attempt) {
				return follow(this.run, begun, this.request, this.context);
			}
			long hedgeAfter = this.run.hedgeAfterNanos(this.attempt);
			return (hedgeAfter == ChainRun.NO_HEDGE) ? made() : hedged(this, hedgeAfter);
		}

		private Flux<A> made() {
			long idle = this.attempt.guard().timeouts().idle().toNanos();
			Flux<A> chunks = Flux.defer(this::ask)
				.doOnCancel(() -> this.attempt.cancel(Attempt.Stop.ABANDONED))
				.timeout(silence(this.attempt.timeoutNanos(), idle), (chunk) -> silence(idle, idle))
				.takeUntilOther(deadline())
				.concatMapIterable(this::release)
				.concatWith(Flux.defer(this::complete))
				.onErrorResume(this::failed)
				// A slow subscriber is no slow target: its timeouts see every chunk as it comes, and it has done with its end
				.onBackpressureBuffer();
			this.attempt.onOvertaken(this.overtaken::tryEmitEmpty);
			return chunks.doFinally((signal) -> this.decided.tryEmitEmpty())
				.takeUntilOther(this.overtaken.asMono())
				.doOnCancel(() -> this.run.cancelled(this.attempt));
		}

		/**
		 * Over when nothing has come for as long as may be. What the target's client holds back has come too, of which
		 * only the attempt's progress tells.
		 * @param nanos how long until the first sign of progress
		 * @param idleNanos how long between two of them
		 */
		private Mono<Long> silence(long nanos, long idleNanos) {
			return Mono.delay(Duration.ofNanos(nanos)).flatMap((over) -> {
				long left = this.attempt.remainingNanos(System.nanoTime(), idleNanos);
				return (left > 0) ? silence(left, idleNanos) : Mono.just(over);
			});
		}

		private Flux<A> ask() {
			@SuppressWarnings("unchecked")
			Target<Q, A> target = (Target<Q, A>) this.attempt.guard().target();
			Publisher<A> underContext = (subscriber) -> {
				try {
					this.context.call(() -> {
						target.stream(this.request, this.attempt).subscribe(subscriber);
						return null;
					});
				}
				catch (Throwable ex) {
					Flux.<A>error(ex).subscribe(subscriber);
				}
			};
			Flux<A> asked = Flux.from(underContext);
			// One that cannot be cancelled may block for as long as it likes, so neither on this thread nor on a timer's
			return (target.cancellable() ? asked : asked.subscribeOn(StreamExecution.this.chain.runtime().scheduler()))
				.contextWrite((Context old) -> this.run.observer().contextFor(this.attempt, old));
		}

		private Mono<Object> deadline() {
			return Mono.delay(Duration.ofNanos(Math.max(0, this.run.remainingNanos())))
				.then(Mono.error(() -> new DeadlineException()));
		}

		/** What may go to the subscriber now that this chunk has come. */
		private List<A> release(A chunk) {
			this.attempt.firstChunk(StreamExecution.this.chain.runtime().nanoTime()
					- this.attempt.sinceFirstProgressNanos(System.nanoTime()));
			this.decided.tryEmitEmpty();
			AnswerInspector<A> inspector = StreamExecution.this.chain.inspector();
			List<A> waiting = this.held;
			if (waiting == null) {
				this.text.append(inspector.textOf(chunk));
				return List.of(chunk);
			}
			waiting.add(chunk);
			if (this.holdAll || !inspector.isOutput(chunk) || !this.run.leads(this.attempt)) {
				return List.of();
			}
			this.held = null;
			this.text.append(inspector.textOf(chunk));
			return waiting;
		}

		private Flux<A> complete() {
			List<A> waiting = this.held;
			this.held = null;
			this.attempt.finish();
			if (waiting != null && waiting.size() == 1) {
				// An answer in one piece may be a failure in disguise, as that of a call may
				Step step = this.run.answered(this.attempt, waiting.get(0));
				return follow(this.run, step, this.request, this.context);
			}
			if (!this.run.succeeded(this.attempt)) {
				return Flux.empty();
			}
			return (waiting != null) ? Flux.fromIterable(waiting) : Flux.empty();
		}

		private Flux<A> failed(Throwable thrown) {
			this.attempt.cancel(Attempt.Stop.ABANDONED);
			if (thrown instanceof Error) {
				this.run.cancelled(this.attempt);
				return Flux.error(thrown);
			}
			Failure failure = (thrown instanceof TimeoutException) ? silent(thrown)
					: StreamExecution.this.chain.classifier().classify(thrown);
			if (this.held == null) {
				return Flux.error(this.run.failedAfterCommit(this.attempt, failure, this.text.toString()));
			}
			return follow(this.run, this.run.failed(this.attempt, failure), this.request, this.context);
		}

		private Failure silent(Throwable thrown) {
			if (thrown instanceof DeadlineException) {
				// That the caller has no more time is not the target's fault
				long after = StreamExecution.this.chain.runtime().nanoTime() - this.attempt.startNanos();
				return silent(AttemptTimeoutException.deadline(this.attempt.target(), Duration.ofNanos(after)))
					.withoutBreaker();
			}
			if (!this.attempt.hasFirstChunk()) {
				return SyncExecution.timedOut(this.attempt);
			}
			return silent(AttemptTimeoutException.idle(this.attempt.target(), this.attempt.guard().timeouts().idle()));
		}

		private static Failure silent(AttemptTimeoutException cause) {
			return Failure.silent(cause.getMessage(), cause);
		}

	}

	/** The time for the whole call is over. */
	private static final class DeadlineException extends TimeoutException {

	}

}
