package io.github.agentresilience.whatif.internal;

import java.time.Duration;
import java.util.Objects;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chain.TokenUsage;
import io.github.agentresilience.whatif.internal.RecordedAttempt.RecordedUsage;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Answers as the target of that name did, in the time of the replay.
 */
final class SimulatedTarget implements Target<RecordedCall, Simulated> {

	/**
	 * What is known of a stream are its first and its last chunk; in between it is taken
	 * to be steady.
	 */
	private static final Duration CHUNK_EVERY = Duration.ofSeconds(1);

	private final Layer layer;

	private final String name;

	private final Pasts pasts;

	private final Scheduler scheduler;

	SimulatedTarget(Layer layer, String name, Pasts pasts, Scheduler scheduler) {
		this.layer = layer;
		this.name = name;
		this.pasts = pasts;
		this.scheduler = scheduler;
	}

	@Override
	public String name() {
		return this.name;
	}

	/** Nothing waits by the time of a replay, so nothing calls. */
	@Override
	public Simulated call(RecordedCall request, Exchange attempt) {
		throw new IllegalStateException("A replay has no threads that wait");
	}

	@Override
	public Flux<Simulated> stream(RecordedCall request, Exchange exchange) {
		Attempt attempt = exchange.attempt();
		RecordedAttempt like = this.pasts.outcome(this.layer, this.name, request, attempt.tryOnTarget(),
				attempt.startNanos());
		Flux<Simulated> end = Flux.defer(() -> end(request, exchange, like));
		if (!request.streaming() || like.responseMicros() >= like.durationMicros()) {
			return like.failedAs(FailureKind.SILENT) ? Flux.never()
					: after(micros(like.durationMicros())).thenMany(end);
		}
		Duration rest = micros(like.durationMicros() - like.responseMicros());
		Flux<Simulated> chunks = Flux.concat(after(micros(like.responseMicros())).thenReturn(Simulated.GOOD),
				Flux.interval(CHUNK_EVERY, this.scheduler)
					.take(rest.toSeconds())
					.onBackpressureBuffer()
					.map((each) -> Simulated.GOOD));
		return Flux.concat(chunks, like.failedAs(FailureKind.SILENT) ? Flux.never()
				: after(rest.minusSeconds(rest.toSeconds())).thenMany(end));
	}

	private Flux<Simulated> end(RecordedCall request, Exchange exchange, RecordedAttempt like) {
		RecordedUsage usage = Pasts.usage(request, like);
		if (usage != null) {
			exchange.used(new TokenUsage(usage.input(), usage.output()));
		}
		if (like.isGood() || like.failure() == null) {
			return Flux.just(Simulated.GOOD);
		}
		return switch (Objects.requireNonNull(like.failure()).kind()) {
			case TOOL -> Flux.just(Simulated.TOOL_ERROR);
			case UNACCEPTABLE -> Flux.just(Simulated.UNACCEPTABLE);
			default -> Flux.error(new Simulated.Failed(like.failure()));
		};
	}

	private Mono<Long> after(Duration time) {
		return Mono.delay(time, this.scheduler);
	}

	private static Duration micros(long micros) {
		return Duration.ofNanos(micros * 1000);
	}

	@Override
	public boolean cancellable() {
		return true;
	}

}
