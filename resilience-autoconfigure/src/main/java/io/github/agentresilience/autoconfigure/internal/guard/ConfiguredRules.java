package io.github.agentresilience.autoconfigure.internal.guard;

import java.util.Map;

import io.github.agentresilience.autoconfigure.ResilienceProperties.Breaker;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Connection;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Llm;
import io.github.agentresilience.autoconfigure.ResilienceProperties.LlmTarget;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Mcp;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Options;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Retry;
import io.github.agentresilience.autoconfigure.ResilienceProperties.TargetHedge;
import io.github.agentresilience.chain.Routing;
import io.github.agentresilience.chain.StreamCommit;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.policy.Defaults;
import io.github.agentresilience.chain.internal.policy.TargetPolicy;
import io.github.agentresilience.chain.internal.policy.TargetRules;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;

/**
 * The rules of chains and targets that properties come to.
 */
public final class ConfiguredRules {

	/** What holds for a target of which nothing is said. */
	public static final LlmTarget PLAIN_TARGET = new LlmTarget(null, null, null, Map.of(), null, Defaults.WEIGHT, null,
			null, null, null, new Options(null, null, null, null, null, null, null, Map.of()), null, null, null, null,
			new TargetHedge(null, null), new Retry(null, null, null, null, null, null),
			new Breaker(null, null, null, null, null, null, null), null);

	private static final Connection PLAIN_CONNECTION = new Connection(null, new TargetHedge(null, null),
			new Retry(null, null, null, null, null, null), new Breaker(null, null, null, null, null, null, null), null);

	private ConfiguredRules() {
	}

	/** The rules of a chain of models. */
	public static ChainPolicy chain(Llm llm, String name) {
		return new ChainPolicy(llm.deadline(), llm.whenAllOpen(), llm.routing(), llm.hedge().budget(),
				llm.latencyThreshold(), Policies.turnBudget(llm.turnBudget(), name));
	}

	/** The rules of each chain of servers. */
	public static ChainPolicy chain(Mcp mcp) {
		return new ChainPolicy(mcp.deadline(), mcp.whenAllOpen(), Routing.PRIORITY, mcp.hedge().budget());
	}

	/** The rules of a model. */
	public static TargetRules target(Llm llm, String name) {
		LlmTarget own = llm.targets().getOrDefault(name, PLAIN_TARGET);
		TimeoutPolicy timeouts = new TimeoutPolicy(Policies.first(own.timeout(), llm.timeout()),
				Policies.firstToken(own.timeout(), own.firstTokenTimeout(), llm),
				Policies.first(own.streamIdleTimeout(), llm.streamIdleTimeout()));
		return new TargetRules(Policies.breaker(own.breaker(), llm.breaker(), Defaults.LLM_SLOW_CALL, llm.deadline()),
				new TargetPolicy(Policies.retry(own.retry(), llm.retry().shared()), timeouts,
						Policies.hedge(own.hedge(), llm.hedge()),
						Policies.first(own.streamCommit(), llm.streamCommit()), own.weight(),
						Policies.price(own.price())),
				Policies.limits(own.limits()));
	}

	/** The rules of a server. */
	public static TargetRules target(Mcp mcp, String name) {
		Connection own = mcp.connections().getOrDefault(name, PLAIN_CONNECTION);
		return new TargetRules(Policies.breaker(own.breaker(), mcp.breaker(), Defaults.MCP_SLOW_CALL, mcp.deadline()),
				new TargetPolicy(Policies.retry(own.retry(), mcp.retry().shared()),
						TimeoutPolicy.of(Policies.first(own.timeout(), mcp.timeout())),
						Policies.hedge(own.hedge(), mcp.hedge()), StreamCommit.FIRST_CHUNK, Defaults.WEIGHT),
				Policies.limits(own.limits()));
	}

}
