package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.Target;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Does one thing after the other, and the last one for ever. */
final class ScriptedTarget implements Target<String, String> {

	private final AtomicInteger asked = new AtomicInteger();

	private final String name;

	private final boolean cancellable;

	private final List<Behaviour> behaviours;

	ScriptedTarget(String name, boolean cancellable, List<Behaviour> behaviours) {
		this.name = name;
		this.cancellable = cancellable;
		this.behaviours = behaviours;
	}

	private Behaviour next() {
		return this.behaviours.get(Math.min(this.asked.getAndIncrement(), this.behaviours.size() - 1));
	}

	@Override
	public String name() {
		return this.name;
	}

	@Override
	public boolean cancellable() {
		return this.cancellable;
	}

	@Override
	public String call(String request, Exchange attempt) throws Exception {
		Behaviour behaviour = next();
		switch (behaviour) {
			case SILENT, STALLS -> waits(attempt, Duration.ofSeconds(40));
			case ANSWERS_LATE, FAILS_LATE -> waits(attempt, Duration.ofMillis(10));
			case ANSWERS_TOO_LATE -> waits(attempt, Duration.ofMillis(50));
			default -> LockSupport.parkNanos(1_000);
		}
		return switch (behaviour) {
			case FAILS, FAILS_LATE, CUT -> throw new IllegalStateException("down");
			case REFUSES_UNCLEARLY -> throw new IllegalStateException("unclear");
			case REFUSES -> throw new IllegalStateException("refused");
			case TOOL_ERROR -> "tool error";
			case EMPTY -> "";
			case UNACCEPTABLE -> "unacceptable";
			default -> "fine";
		};
	}

	private void waits(Exchange attempt, Duration duration) throws InterruptedException {
		attempt.pause(duration);
	}

	@Override
	public Flux<String> stream(String request, Exchange attempt) {
		return switch (next()) {
			case ANSWERS -> Flux.just("", "all", " well");
			case ANSWERS_LATE -> late(10, Flux.just("late"));
			case ANSWERS_TOO_LATE -> late(50, Flux.just("too", " late"));
			case FAILS -> Flux.error(new IllegalStateException("down"));
			case FAILS_LATE -> late(10, Flux.error(new IllegalStateException("down")));
			case REFUSES_UNCLEARLY -> Flux.error(new IllegalStateException("unclear"));
			case REFUSES -> Flux.error(new IllegalStateException("refused"));
			case TOOL_ERROR -> Flux.just("tool error");
			case EMPTY -> Flux.just("", "");
			case UNACCEPTABLE -> Flux.just("", "unacceptable");
			case SILENT -> Flux.never();
			case STALLS -> Flux.just("", "begun").concatWith(Flux.never());
			case CUT -> Flux.just("", "begun").concatWith(Flux.error(new IllegalStateException("cut")));
		};
	}

	private static Flux<String> late(int millis, Flux<String> then) {
		return Mono.delay(Duration.ofMillis(millis)).thenMany(then);
	}

	enum Behaviour {

		ANSWERS, ANSWERS_LATE, ANSWERS_TOO_LATE, FAILS, FAILS_LATE, REFUSES_UNCLEARLY, REFUSES, TOOL_ERROR, SILENT,
		STALLS, CUT, EMPTY, UNACCEPTABLE

	}

}
