package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * Does what a {@link ChainRun} says, as a stream. Another target may take over until the first chunk that shows
 * something has gone to the subscriber.
 */
final class StreamExecution<Q, A> {

	private final TargetChain<Q, A> chain;

	StreamExecution(TargetChain<Q, A> chain) {
		this.chain = chain;
	}

	Flux<A> stream(Q request, CallSpec spec) {
		return Flux.deferContextual((subscriber) -> {
			ChainRun<Q, A> run = new ChainRun<>(this.chain, spec, subscriber);
			ContextCarrier.Carried context = this.chain.runtime().contextCarrier().capture();
			return follow(run, run.start(), request, context);
		});
	}

	@SuppressWarnings("unchecked")
	private Flux<A> follow(ChainRun<Q, A> run, Step step, Q request, ContextCarrier.Carried context) {
		if (step instanceof Attempt attempt) {
			return new StreamedAttempt(run, attempt, request, context).flux();
		}
		if (step instanceof Step.GiveUp giveUp) {
			return Flux.error(giveUp.failure());
		}
		return Flux.just((A) ((Step.Answer) step).value());
	}

	/** One attempt, and what of its answer is still held back. */
	private final class StreamedAttempt {

		private final ChainRun<Q, A> run;

		private final Attempt attempt;

		private final Q request;

		private final ContextCarrier.Carried context;

		private final boolean holdAll;

		private final StringBuilder text = new StringBuilder();

		private @Nullable List<A> held = new ArrayList<>();

		private boolean begun;

		StreamedAttempt(ChainRun<Q, A> run, Attempt attempt, Q request, ContextCarrier.Carried context) {
			this.run = run;
			this.attempt = attempt;
			this.request = request;
			this.context = context;
			this.holdAll = StreamExecution.this.chain.holdsStreams();
		}

		Flux<A> flux() {
			Duration idle = this.attempt.guard().timeouts().idle();
			Flux<A> chunks = Flux.defer(this::ask)
				.doOnCancel(() -> this.attempt.cancel(Attempt.Stop.ABANDONED))
				.timeout(Mono.delay(Duration.ofNanos(this.attempt.timeoutNanos())), (chunk) -> Mono.delay(idle))
				.takeUntilOther(deadline())
				// A slow subscriber is no slow target: the timeouts above must see every chunk as it comes
				.onBackpressureBuffer()
				.concatMapIterable(this::release)
				.concatWith(Flux.defer(this::complete))
				.onErrorResume(this::failed);
			Flux<A> delayed = (this.attempt.delayNanos() > 0)
					? Mono.delay(Duration.ofNanos(this.attempt.delayNanos())).thenMany(chunks) : chunks;
			return delayed.doOnCancel(this::cancelled);
		}

		private void cancelled() {
			if (this.begun) {
				this.run.cancelled(this.attempt);
			}
			else {
				this.run.cancelledBeforeStart(this.attempt, new CallCancelledException(null));
			}
		}

		private Flux<A> ask() {
			this.run.begin(this.attempt);
			this.begun = true;
			@SuppressWarnings("unchecked")
			Target<Q, A> target = (Target<Q, A>) this.attempt.guard().target();
			Publisher<A> underContext = (subscriber) -> {
				try {
					this.context.call(() -> {
						target.stream(this.request, this.attempt).subscribe(subscriber);
						return null;
					});
				}
				catch (Exception ex) {
					Flux.<A>error(ex).subscribe(subscriber);
				}
			};
			return Flux.from(underContext)
				.contextWrite((Context old) -> this.run.observer().contextFor(this.attempt, old));
		}

		private Mono<Object> deadline() {
			return Mono.delay(Duration.ofNanos(Math.max(0, this.run.remainingNanos())))
				.then(Mono.error(() -> new TimeoutException("deadline")));
		}

		/** What may go to the subscriber now that this chunk has come. */
		private List<A> release(A chunk) {
			this.attempt.firstChunk(StreamExecution.this.chain.runtime().nanoTime());
			AnswerInspector<A> inspector = StreamExecution.this.chain.inspector();
			List<A> waiting = this.held;
			if (waiting == null) {
				this.text.append(inspector.textOf(chunk));
				return List.of(chunk);
			}
			waiting.add(chunk);
			if (this.holdAll || !inspector.isOutput(chunk)) {
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
			this.run.succeeded(this.attempt);
			return (waiting != null) ? Flux.fromIterable(waiting) : Flux.empty();
		}

		private Flux<A> failed(Throwable thrown) {
			this.attempt.cancel(Attempt.Stop.ABANDONED);
			Failure failure = (thrown instanceof TimeoutException) ? SyncExecution.timedOut(this.attempt)
					: StreamExecution.this.chain.classifier().classify(thrown);
			if (this.held == null) {
				return Flux.error(this.run.failedAfterCommit(this.attempt, failure, this.text.toString()));
			}
			return follow(this.run, this.run.failed(this.attempt, failure), this.request, this.context);
		}

	}

}
