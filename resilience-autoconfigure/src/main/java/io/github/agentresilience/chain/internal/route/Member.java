package io.github.agentresilience.chain.internal.route;

import java.util.List;
import java.util.stream.IntStream;

import io.github.agentresilience.chain.internal.guard.GuardedTarget;

/**
 * A target in its place in a chain.
 *
 * @param target the target
 * @param position where it stands in the targets of its chain, from 0
 */
public record Member<Q, A>(GuardedTarget<Q, A> target, int position) {

	public static <Q, A> List<Member<Q, A>> listOf(List<GuardedTarget<Q, A>> targets) {
		return IntStream.range(0, targets.size()).mapToObj((i) -> new Member<>(targets.get(i), i)).toList();
	}

}
