package io.github.agentresilience.mcp.internal.transport;

import java.net.URI;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the redirects of one connection lead. Those that stay on the host are followed
 * with the same method and body, as an endpoint that has got a slash or moved into
 * another path means it. Keys go to no other host, so that such a redirect is told and
 * not followed.
 */
final class McpRedirects {

	/** As many as browsers follow. */
	static final int MOST = 20;

	private static final int MOST_TOLD = 64;

	private static final Logger logger = LoggerFactory.getLogger(McpRedirects.class);

	private final String connection;

	private final Set<String> told = Collections.newSetFromMap(Collections.synchronizedMap(new LinkedHashMap<>() {
		@Override
		protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
			return size() > MOST_TOLD;
		}
	}));

	McpRedirects(String connection) {
		this.connection = connection;
	}

	static boolean isRedirect(int status) {
		return status >= 300 && status < 400;
	}

	/**
	 * Where a request is to go instead.
	 * @return {@code null} where it is not to go anywhere
	 */
	@Nullable URI next(URI asked, int status, @Nullable String location) {
		URI to = (location != null) ? resolved(asked, location) : null;
		boolean keepsMethod = status == 301 || status == 302 || status == 307 || status == 308;
		if (to != null && keepsMethod && isSameHost(asked, to)) {
			return to;
		}
		tell(status, to);
		return null;
	}

	private static @Nullable URI resolved(URI asked, String location) {
		try {
			URI to = asked.resolve(location.strip());
			boolean http = "http".equalsIgnoreCase(to.getScheme()) || "https".equalsIgnoreCase(to.getScheme());
			return (http && to.getHost() != null) ? to : null;
		}
		catch (IllegalArgumentException noAddress) {
			return null;
		}
	}

	/**
	 * Encryption may be gained on the way and not lost; another port is another server.
	 */
	static boolean isSameHost(URI asked, URI to) {
		if (!asked.getHost().equalsIgnoreCase(to.getHost())) {
			return false;
		}
		if (asked.getScheme().equalsIgnoreCase(to.getScheme())) {
			return port(asked) == port(to);
		}
		return asked.getScheme().equalsIgnoreCase("http") && port(asked) == 80 && port(to) == 443;
	}

	private static int port(URI uri) {
		if (uri.getPort() >= 0) {
			return uri.getPort();
		}
		return uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
	}

	/** Nothing behind the path is told: it may hold a key. */
	private void tell(int status, @Nullable URI to) {
		String where = (to != null) ? to.getScheme().toLowerCase(Locale.ROOT) + "://" + to.getHost()
				+ (to.getPort() >= 0 ? ":" + to.getPort() : "") + to.getPath() : "nowhere";
		if (this.told.add(status + where)) {
			logger.warn("The MCP server of the connection '{}' redirects ({}) to {}, which is not followed; "
					+ "if that is its place now, change the connection's url", this.connection, status, where);
		}
	}

}
