package io.github.agentresilience.chain;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A target in its place in a chain.
 *
 * @param target the target
 * @param position where it stands in {@link TargetChain#targets()}, from 0
 */
record Member<Q, A>(GuardedTarget<Q, A> target, int position) {

	static <Q, A> List<Member<Q, A>> listOf(List<GuardedTarget<Q, A>> targets) {
		return IntStream.range(0, targets.size()).mapToObj((i) -> new Member<>(targets.get(i), i)).toList();
	}

}
