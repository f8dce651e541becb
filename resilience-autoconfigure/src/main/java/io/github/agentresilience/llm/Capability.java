package io.github.agentresilience.llm;

/** What a prompt may need of a target. */
public enum Capability {

	/** Tools that the model may call, and a conversation in which tools were called. */
	TOOLS,

	/** Images and other media in messages. */
	VISION,

	/** An answer of a given form: a JSON object, or one of a given schema. */
	JSON

}
