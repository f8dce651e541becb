package io.github.agentresilience.mcp.internal;

import java.util.Map;

import io.modelcontextprotocol.spec.McpSchema.Tool;
import io.modelcontextprotocol.spec.McpSchema.ToolAnnotations;
import org.jspecify.annotations.Nullable;

/**
 * What a server's annotations of its tools say of calling one again.
 */
final class ToolHints {

	private ToolHints() {
	}

	/**
	 * Whether a server forbids to call a tool again.
	 * @param tools the server's tools, {@code null} while they have not been seen
	 */
	static boolean forbidReplay(@Nullable Map<String, Tool> tools, String name) {
		if (tools == null) {
			return false;
		}
		Tool tool = tools.get(name);
		ToolAnnotations hints = (tool != null) ? tool.annotations() : null;
		if (hints == null || Boolean.TRUE.equals(hints.readOnlyHint())) {
			return false;
		}
		if (Boolean.FALSE.equals(hints.idempotentHint())) {
			return true;
		}
		return Boolean.TRUE.equals(hints.destructiveHint()) && !Boolean.TRUE.equals(hints.idempotentHint());
	}

	/**
	 * Whether one server says that calling a tool twice does no more than calling it
	 * once.
	 */
	static boolean isHarmless(@Nullable Map<String, Tool> tools, String name) {
		Tool tool = (tools != null) ? tools.get(name) : null;
		ToolAnnotations hints = (tool != null) ? tool.annotations() : null;
		return hints != null
				&& (Boolean.TRUE.equals(hints.readOnlyHint()) || Boolean.TRUE.equals(hints.idempotentHint()));
	}

}
