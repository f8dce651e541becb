package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.agentresilience.chain.CallCancelledException;
import io.github.agentresilience.chain.internal.limit.Waiting;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;

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

	TargetChain<Q, A> chain() {
		return this.chain;
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

	/** What the subscriber gets of a decision and all that follows from it. */
	Flux<A> follow(ChainRun<Q, A> run, Decision<Q, A> step, Q request, ContextCarrier.Carried context) {
		if (step instanceof ActiveAttempt<Q, A> attempt) {
			return new StreamedAttempt<>(this, run, attempt, request, context).flux();
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
	List<A> shown(ChainRun<Q, A> run, List<A> chunks) {
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

	/** Fires when so much of the chain's time has gone by. */
	Mono<Long> after(long nanos) {
		return Mono.delay(Duration.ofNanos(nanos), this.chain.runtime().scheduler());
	}

}
