package io.github.agentresilience.mcp.internal;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

import io.modelcontextprotocol.spec.McpSchema.ListPromptsResult;
import io.modelcontextprotocol.spec.McpSchema.ListResourceTemplatesResult;
import io.modelcontextprotocol.spec.McpSchema.ListResourcesResult;
import io.modelcontextprotocol.spec.McpSchema.ListToolsResult;
import io.modelcontextprotocol.spec.McpSchema.Prompt;
import io.modelcontextprotocol.spec.McpSchema.Resource;
import io.modelcontextprotocol.spec.McpSchema.ResourceTemplate;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The lists that a server gives out page by page. Put together here and not by the SDK,
 * which never stops asking where the last page has an empty cursor, or one that was given
 * before.
 */
public enum McpList {

	TOOLS("listTools",
			new Pages<ListToolsResult, Tool>(ListToolsResult::tools, ListToolsResult::nextCursor,
					(all) -> ListToolsResult.builder(all).build(), Tool::name)),

	RESOURCES("listResources",
			new Pages<ListResourcesResult, Resource>(ListResourcesResult::resources, ListResourcesResult::nextCursor,
					(all) -> ListResourcesResult.builder(all).build())),

	RESOURCE_TEMPLATES("listResourceTemplates",
			new Pages<ListResourceTemplatesResult, ResourceTemplate>(ListResourceTemplatesResult::resourceTemplates,
					ListResourceTemplatesResult::nextCursor,
					(all) -> ListResourceTemplatesResult.builder(all).build())),

	PROMPTS("listPrompts", new Pages<ListPromptsResult, Prompt>(ListPromptsResult::prompts,
			ListPromptsResult::nextCursor, (all) -> ListPromptsResult.builder(all).build()));

	/**
	 * No real list is that long; a server that always has a further page is not asked for
	 * more.
	 */
	static final int MOST_PAGES = 1_000;

	private static final Logger logger = LoggerFactory.getLogger(McpList.class);

	private final String method;

	private final Pages<Object, Object> pages;

	@SuppressWarnings("unchecked")
	McpList(String method, Pages<?, ?> pages) {
		this.method = method;
		this.pages = (Pages<Object, Object>) pages;
	}

	/** The list that a method of the client asks for, or {@code null}. */
	public static @Nullable McpList of(String method) {
		for (McpList list : values()) {
			if (list.method.equals(method)) {
				return list;
			}
		}
		return null;
	}

	/** Where the list goes on after a page, {@code null} where that was the last. */
	public @Nullable String cursorAfter(Object page) {
		String next = this.pages.next().apply(page);
		return (next != null && !next.isEmpty()) ? next : null;
	}

	/**
	 * The whole list.
	 * @param ask gets a page, from its cursor
	 */
	public Object whole(Function<@Nullable String, Object> ask) {
		Gathered gathered = new Gathered();
		String cursor = null;
		do {
			cursor = gathered.add(ask.apply(cursor));
		}
		while (cursor != null);
		return gathered.whole();
	}

	/** The whole list, later; nothing happens before it is subscribed to. */
	public Mono<Object> wholeLater(Function<@Nullable String, Mono<Object>> ask) {
		return Mono.defer(() -> {
			Gathered gathered = new Gathered();
			return Mono.defer(() -> ask.apply(null)).expand((page) -> {
				String cursor = gathered.add(page);
				return (cursor != null) ? ask.apply(cursor) : Mono.empty();
			}).then(Mono.fromSupplier(gathered::whole));
		});
	}

	/**
	 * The pages that have come; a server that ignores cursors repeats the same entries.
	 */
	private final class Gathered {

		private final Map<Object, Object> items = new LinkedHashMap<>();

		private final Set<String> cursors = new HashSet<>();

		/** Takes a page, and says which comes next. */
		@Nullable String add(Object page) {
			List<Object> some = McpList.this.pages.items().apply(page);
			if (some != null) {
				some.forEach(this::take);
			}
			String next = cursorAfter(page);
			if (next == null) {
				return null;
			}
			if (!this.cursors.add(next)) {
				return null;
			}
			if (this.cursors.size() >= MOST_PAGES) {
				logger.warn(
						"An MCP server does not end its answer to {}; the {} entries of its first {} pages are used",
						McpList.this.method, this.items.size(), MOST_PAGES);
				return null;
			}
			return next;
		}

		private void take(Object item) {
			Object key = McpList.this.pages.key().apply(item);
			Object first = this.items.putIfAbsent(key, item);
			if (first != null && !first.equals(item)) {
				logger.warn("An MCP server lists '{}' twice; the first one is used", key);
			}
		}

		Object whole() {
			return McpList.this.pages.whole().apply(new ArrayList<>(this.items.values()));
		}

	}

	/** What the pages of a list consist of. */
	private record Pages<R, I>(Function<R, @Nullable List<I>> items, Function<R, @Nullable String> next,
			Function<List<I>, R> whole, Function<I, Object> key) {

		/** Of a list whose entries are told apart by all they say. */
		Pages(Function<R, @Nullable List<I>> items, Function<R, @Nullable String> next, Function<List<I>, R> whole) {
			this(items, next, whole, (item) -> item);
		}

	}

}
