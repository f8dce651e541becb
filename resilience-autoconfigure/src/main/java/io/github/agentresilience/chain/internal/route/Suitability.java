package io.github.agentresilience.chain.internal.route;

import io.github.agentresilience.chain.SkippedTarget;
import org.jspecify.annotations.Nullable;

/**
 * Says which targets of a chain can serve the request of one call at all, however healthy
 * they are.
 */
@FunctionalInterface
public interface Suitability {

	/**
	 * Why a target cannot serve the request.
	 * @param position where it stands in the targets of its chain, from 0
	 * @return {@code null} where it can
	 */
	@Nullable SkippedTarget obstacle(int position);

}
