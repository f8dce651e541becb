package io.github.agentresilience.chain;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What a chain answers when none of its targets did.
 *
 * @param <Q> the request
 * @param <A> the answer
 */
@FunctionalInterface
public interface LastResort<Q, A> {

	/**
	 * Answers in the place of the chain. It has what is left of the call's deadline, and
	 * a little time even where nothing is; when it throws or takes longer, the caller
	 * gets the chain's own exception.
	 * @param request what was asked
	 * @param why what became of the attempts
	 * @return the answer, or {@code null} to let the exception through
	 */
	@Nullable A answer(Q request, ChainExhaustedException why);

	/**
	 * Whether it answers for a chain; it does for every chain, unless {@link #only} says
	 * otherwise.
	 */
	default boolean answersFor(String chain) {
		return true;
	}

	/** The same last resort, for these chains alone. */
	default LastResort<Q, A> only(String... chains) {
		LastResort<Q, A> answering = this;
		List<String> its = List.of(chains);
		return new LastResort<>() {

			@Override
			public @Nullable A answer(Q request, ChainExhaustedException why) {
				return answering.answer(request, why);
			}

			@Override
			public boolean answersFor(String chain) {
				return its.contains(chain);
			}

		};
	}

}
