package io.github.agentresilience.mcp;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Which connection gave which cursor: another server can do nothing with it. Where two servers give the same, it is the
 * one's who gave it last.
 */
final class McpCursors {

	/** Nobody pages through that many lists at once; an older cursor goes to whoever is asked. */
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

	/** Who has to be asked for the page of this cursor, {@code null} where anybody may. */
	@Nullable McpConnection giver(McpList list, @Nullable Object cursor) {
		return (cursor instanceof String text) ? this.givers.get(new Cursor(list, text)) : null;
	}

	private record Cursor(McpList list, String text) {
	}

}
