package io.github.agentresilience.mcp.internal.client;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

import io.github.agentresilience.mcp.internal.McpConnection;
import io.github.agentresilience.mcp.internal.McpList;
import org.jspecify.annotations.Nullable;

/**
 * Which connection gave which cursor: another server can do nothing with it. Where two
 * servers give the same, it belongs to the one that gave it last.
 */
final class McpCursors {

	/**
	 * No application pages through that many lists at once; an older cursor goes to any
	 * server.
	 */
	private static final int MOST = 256;

	private final Map<Cursor, McpConnection> givers = Collections.synchronizedMap(new LinkedHashMap<>() {

		@Override
		protected boolean removeEldestEntry(Map.Entry<Cursor, McpConnection> eldest) {
			return size() > MOST;
		}

	});

	void gave(McpConnection giver, McpList list, Object page) {
		String next = list.cursorAfter(page);
		if (next != null) {
			this.givers.put(new Cursor(list, next), giver);
		}
	}

	/**
	 * The connection that gave a cursor, {@code null} where any may be asked for the
	 * page.
	 */
	@Nullable McpConnection giver(McpList list, @Nullable Object cursor) {
		return (cursor instanceof String text) ? this.givers.get(new Cursor(list, text)) : null;
	}

	private record Cursor(McpList list, String text) {
	}

}
