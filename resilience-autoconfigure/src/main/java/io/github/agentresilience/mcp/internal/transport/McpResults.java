package io.github.agentresilience.mcp.internal.transport;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema.Content;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpSchema.Prompt;
import io.modelcontextprotocol.spec.McpSchema.Resource;
import io.modelcontextprotocol.spec.McpSchema.ResourceTemplate;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the results of one server readable for the SDK, which would throw a whole list
 * away for one bad entry, and for Spring AI, which shows the model nothing but a result's
 * content. A result is known by what it holds.
 */
public final class McpResults {

	private static final Logger logger = LoggerFactory.getLogger(McpResults.class);

	private static final int MOST_TOLD = 256;

	private static final String TOOLS = "tools";

	private static final Map<String, TypeRef<?>> LISTS = Map.of(TOOLS, new TypeRef<Tool>() {
	}, "prompts", new TypeRef<Prompt>() {
	}, "resources", new TypeRef<Resource>() {
	}, "resourceTemplates", new TypeRef<ResourceTemplate>() {
	});

	private static final TypeRef<Content> CONTENT_ITEM = new TypeRef<>() {
	};

	private static final String OUTPUT = "outputSchema";

	private static final String CONTENT = "content";

	private static final String STRUCTURED = "structuredContent";

	private final String connection;

	private final McpClientTransport transport;

	private final Set<String> told = ConcurrentHashMap.newKeySet();

	/**
	 * Results of one server.
	 * @param connection the connection's name
	 * @param transport what the SDK reads results with
	 */
	public McpResults(String connection, McpClientTransport transport) {
		this.connection = connection;
		this.transport = transport;
	}

	/** The same response, or one that says the same and can be read. */
	public JSONRPCResponse readable(JSONRPCResponse response) {
		if (!(response.result() instanceof Map<?, ?> result)) {
			return response;
		}
		Object better = result;
		for (Map.Entry<String, TypeRef<?>> list : LISTS.entrySet()) {
			if (result.get(list.getKey()) instanceof List<?> entries) {
				better = with(result, list.getKey(), good(list.getKey(), entries, list.getValue()));
			}
		}
		if (better == result && (result.containsKey(CONTENT) || result.containsKey(STRUCTURED))) {
			better = shown(result);
		}
		return (better == result) ? response : JSONRPCResponse.result(response.id(), better);
	}

	private static Object with(Map<?, ?> result, String field, List<?> value) {
		if (value.equals(result.get(field))) {
			return result;
		}
		Map<Object, Object> changed = new LinkedHashMap<>(result);
		changed.put(field, value);
		return changed;
	}

	private List<?> good(String list, List<?> entries, TypeRef<?> type) {
		List<Object> good = new ArrayList<>(entries.size());
		Set<Object> names = new HashSet<>();
		for (Object entry : entries) {
			Object read = (entry instanceof Map<?, ?> fields) ? withoutBadOutput(fields) : entry;
			String fault = (read instanceof Map<?, ?> fields) ? fault(list, fields, names, type) : "it is no object";
			if (fault == null) {
				good.add(read);
			}
			else {
				tell(list, (entry instanceof Map<?, ?> fields) ? fields.get("name") : null, fault);
			}
		}
		return good;
	}

	/** What a tool gives back is told for information only. */
	private static Map<?, ?> withoutBadOutput(Map<?, ?> entry) {
		if (entry.get(OUTPUT) == null || entry.get(OUTPUT) instanceof Map<?, ?>) {
			return entry;
		}
		Map<Object, Object> without = new LinkedHashMap<>(entry);
		without.remove(OUTPUT);
		return without;
	}

	/** What is wrong with an entry, {@code null} for nothing. */
	private @Nullable String fault(String list, Map<?, ?> entry, Set<Object> names, TypeRef<?> type) {
		if (list.equals(TOOLS)) {
			if (!(entry.get("name") instanceof String name) || name.isBlank()) {
				return "it has no name";
			}
			if (!isSchema(entry.get("inputSchema"))) {
				return "its input schema cannot be read";
			}
		}
		try {
			this.transport.unmarshalFrom(entry, type);
		}
		catch (RuntimeException unreadable) {
			return "it cannot be read";
		}
		return (list.equals(TOOLS) && !names.add(entry.get("name"))) ? "there is another of that name before it" : null;
	}

	/**
	 * Whether a schema says what it says in the right form; a tool without one takes no
	 * arguments.
	 */
	private static boolean isSchema(@Nullable Object given) {
		if (given == null) {
			return true;
		}
		if (!(given instanceof Map<?, ?> schema)) {
			return false;
		}
		Object type = schema.get("type");
		Object properties = schema.get("properties");
		Object required = schema.get("required");
		return (type == null || type instanceof String || type instanceof List<?>)
				&& (properties == null || (properties instanceof Map<?, ?> each && each.values()
					.stream()
					.allMatch((one) -> one instanceof Map<?, ?> || one instanceof Boolean)))
				&& (required == null || required instanceof List<?> || required instanceof Boolean);
	}

	private void tell(String list, @Nullable Object name, String fault) {
		if (this.told.size() < MOST_TOLD && this.told.add(list + name + fault)) {
			logger.warn("An entry{} of the {} of the MCP connection '{}' is left out, because {}",
					(name instanceof String text && !text.isBlank()) ? " '" + text + "'" : "", list, this.connection,
					fault);
		}
	}

	/** A result whose content says all there is to say, in items that can be read. */
	private Object shown(Map<?, ?> result) {
		Object content = result.get(CONTENT);
		List<?> items = (content == null) ? List.of() : (content instanceof List<?> list) ? list : List.of(content);
		Object structured = result.get(STRUCTURED);
		if (items.isEmpty() && structured != null) {
			return with(result, CONTENT, List.of(text(structured)));
		}
		List<Object> readable = new ArrayList<>(items.size());
		items.forEach((item) -> readable.add(isReadable(item) ? item : text(item)));
		return (content == null && items.isEmpty()) ? result : with(result, CONTENT, readable);
	}

	private boolean isReadable(@Nullable Object item) {
		if (!(item instanceof Map<?, ?> fields)) {
			return false;
		}
		if ("text".equals(fields.get("type")) && fields.get("text") instanceof String) {
			// By far the most; reading a long one twice would cost its length
			return fields.get("annotations") == null
					|| canBeRead(Map.of("type", "text", "text", "", "annotations", fields.get("annotations")));
		}
		return canBeRead(item);
	}

	private boolean canBeRead(Object item) {
		try {
			this.transport.unmarshalFrom(item, CONTENT_ITEM);
			return true;
		}
		catch (RuntimeException unreadable) {
			return false;
		}
	}

	private static Map<String, Object> text(@Nullable Object value) {
		try {
			return Map.of("type", "text", "text",
					(value instanceof String text) ? text : JsonRpc.json().writeValueAsString(value));
		}
		catch (IOException | RuntimeException unwritable) {
			return Map.of("type", "text", "text", String.valueOf(value));
		}
	}

}
