package io.github.agentresilience.mcp.internal;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

import io.modelcontextprotocol.spec.McpSchema.ListToolsResult;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import org.jspecify.annotations.Nullable;

/**
 * The tools that a chain shows: those of its first server that has listed any, and
 * whatever has been shown before and some server of the chain still has, in the order in
 * which they were first shown. So the names are the same whichever server answers. Each
 * tool is described as the first server that is up describes it.
 */
public final class ChainTools {

	private final List<McpConnection> connections;

	private final ReentrantLock lock = new ReentrantLock();

	private final Set<String> shown = new LinkedHashSet<>();

	/**
	 * The list that every holder of a copy has, as far as is known; {@code null} before
	 * the first was given out.
	 */
	private @Nullable List<Tool> known;

	/** Whether another list than that was given out since. */
	private boolean shownOther;

	public ChainTools(List<McpConnection> connections) {
		this.connections = connections;
	}

	/** Whether no server has listed any tool yet. */
	public boolean isEmpty() {
		return first() == null;
	}

	/**
	 * The tools, for a caller that may keep the list; there are none while no server has
	 * listed any.
	 */
	public ListToolsResult show() {
		this.lock.lock();
		try {
			List<Tool> tools = all(this.shown);
			if (this.known == null) {
				this.known = tools;
			}
			this.shownOther |= !tools.equals(this.known);
			return ListToolsResult.builder(tools).build();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * A server came up, or has listed its tools anew.
	 * @return whether holders of a copy have to ask again
	 */
	public boolean changed() {
		this.lock.lock();
		try {
			List<Tool> tools = all(new LinkedHashSet<>(this.shown));
			if (this.known == null) {
				return !tools.isEmpty();
			}
			boolean changed = this.shownOther || !tools.equals(this.known);
			this.known = tools;
			this.shownOther = false;
			return changed;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Puts the tools together, and keeps the names in step. */
	private List<Tool> all(Set<String> names) {
		Map<String, Tool> first = first();
		if (first != null) {
			names.addAll(first.keySet());
		}
		List<Tool> all = new ArrayList<>(names.size());
		names.removeIf((name) -> {
			Tool tool = described(name);
			if (tool != null) {
				all.add(tool);
			}
			return tool == null;
		});
		return List.copyOf(all);
	}

	private @Nullable Map<String, Tool> first() {
		for (McpConnection connection : this.connections) {
			Map<String, Tool> tools = connection.tools();
			if (tools != null && !tools.isEmpty()) {
				return tools;
			}
		}
		return null;
	}

	private @Nullable Tool described(String name) {
		Tool ofServerThatIsDown = null;
		for (McpConnection connection : this.connections) {
			Map<String, Tool> tools = connection.tools();
			Tool tool = (tools != null) ? tools.get(name) : null;
			if (tool != null && connection.isInitialized()) {
				return tool;
			}
			ofServerThatIsDown = (ofServerThatIsDown != null) ? ofServerThatIsDown : tool;
		}
		return ofServerThatIsDown;
	}

}
