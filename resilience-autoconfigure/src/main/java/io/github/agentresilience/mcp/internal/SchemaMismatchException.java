package io.github.agentresilience.mcp.internal;

/**
 * The arguments fit the schema that the model was shown, but not that of the server which
 * would serve.
 */
final class SchemaMismatchException extends RuntimeException {

	SchemaMismatchException(String tool, String connection) {
		super("The arguments do not fit the schema that the tool '" + tool + "' has on '" + connection + "'");
	}

}
