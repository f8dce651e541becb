package io.github.agentresilience.chaos.internal;

import java.util.function.Supplier;

import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.Target;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * What a fault does to one attempt.
 */
interface Behaviour {

	/** Whether it hits this attempt; decides chances, changes nothing. */
	default boolean strikes() {
		return true;
	}

	/** Whether it can hit a call, rather than a stream only. */
	default boolean hitsCalls() {
		return true;
	}

	/**
	 * What the target is asked in the place of a request.
	 * @return {@code null} where the fault does not show in such a request, and so does
	 * not hit it
	 */
	default <Q> @Nullable Q asked(Q request, Target<Q, ?> target) {
		return request;
	}

	/**
	 * Takes the place of, or comes before, a call.
	 * @return the answer in the target's place, or {@code null} to let the target answer
	 * @throws Exception the injected failure
	 */
	<A> @Nullable A beforeCall(Target<?, A> target, Exchange attempt) throws Exception;

	/**
	 * Bends a stream. Unless told otherwise, what comes before a call comes before a
	 * stream.
	 * @param asked asks the target for its stream; never called where the fault takes the
	 * stream's place
	 * @param scheduler has the time that a delay goes by
	 */
	default <A> Flux<A> bend(Supplier<Flux<A>> asked, Target<?, A> target, Exchange attempt, Scheduler scheduler) {
		return Mono.fromCallable(() -> beforeCall(target, attempt)).flux().switchIfEmpty(Flux.defer(asked));
	}

}
