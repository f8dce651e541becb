package io.github.agentresilience.chain;

/**
 * The layer of the agent that a chain belongs to. Its {@link #id()} is the value of the
 * {@code layer} tag and the prefix of breaker ids.
 */
public enum Layer {

	/** Chat completions. */
	LLM("llm"),

	/** Calls to MCP servers. */
	MCP("mcp");

	private final String id;

	Layer(String id) {
		this.id = id;
	}

	public String id() {
		return this.id;
	}

	/**
	 * The breaker that guards a target of this layer.
	 * @param target the target's name
	 * @return the id under which the breaker stands in the registry, such as
	 * {@code llm-gateway}
	 */
	public String breakerId(String target) {
		return this.id + "-" + target;
	}

}
