package io.github.agentresilience.chaos;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Target;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What a fault does to one attempt.
 */
public interface Behaviour {

	/** Whether it hits this attempt; decides chances, changes nothing. */
	default boolean strikes() {
		return true;
	}

	/** Whether it can hit a call, rather than a stream only. */
	default boolean hitsCalls() {
		return true;
	}

	/**
	 * Takes the place of, or comes before, a call.
	 * @return the answer in the target's place, or {@code null} to let the target answer
	 * @throws Exception the injected failure
	 */
	<A> @Nullable A beforeCall(Target<?, A> target, Attempt attempt) throws Exception;

	/** Bends a stream. Unless told otherwise, what comes before a call comes before a stream. */
	default <A> Flux<A> bend(Flux<A> chunks, Target<?, A> target, Attempt attempt) {
		return Mono.fromCallable(() -> beforeCall(target, attempt)).flux().switchIfEmpty(chunks);
	}

}
