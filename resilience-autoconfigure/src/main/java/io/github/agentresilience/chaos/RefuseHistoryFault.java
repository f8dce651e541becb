package io.github.agentresilience.chaos;

import java.util.EnumSet;
import java.util.Set;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * Conversations that another target began are refused with 400, in words about the
 * history, unless they have been made fit for this one. Other prompts pass.
 *
 * @param count how many attempts, {@code null} for all
 */
public record RefuseHistoryFault(@Nullable Integer count) implements Fault {

	public RefuseHistoryFault {
		Fault.requirePositive("count", count);
	}

	@Override
	public String kind() {
		return "refuse-history";
	}

	@Override
	public Set<Layer> layers() {
		return EnumSet.of(Layer.LLM);
	}

}
