package io.github.agentresilience.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.modelcontextprotocol.json.jackson3.JacksonMcpJsonMapper;
import io.modelcontextprotocol.json.schema.JsonSchemaValidator;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpServer.SyncSpecification;
import io.modelcontextprotocol.server.McpServerFeatures;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.server.transport.HttpServletSseServerTransportProvider;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema;
import jakarta.servlet.http.HttpServlet;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Wrapper;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import tools.jackson.databind.json.JsonMapper;

/**
 * A real MCP server, the SDK's own, in a Tomcat on loopback, with {@link McpFaults} in
 * front of it.
 */
public final class McpTestServer implements AutoCloseable {

	/** What {@link #offeringAll()} offers to read. */
	public static final String RESOURCE = "memo://notes";

	private final String name;

	private final McpFaults faults = new McpFaults();

	private final Map<String, AtomicInteger> executions = new ConcurrentHashMap<>();

	private final Map<String, McpSchema.ToolAnnotations> tools = new LinkedHashMap<>();

	private volatile String required = "text";

	private volatile String version = "1.0";

	private volatile String words = "Tool ";

	private volatile int progressSteps;

	private volatile boolean logs;

	private volatile boolean offersAll;

	private volatile List<String> roots = List.of();

	private final int port;

	private Tomcat tomcat;

	private McpSyncServer server;

	private HttpServlet transport;

	private CountDownLatch stopped;

	private final boolean legacySse;

	private Map<String, Object> outputSchema;

	private Object output;

	public McpTestServer(String name) {
		this(name, false);
	}

	/**
	 * A server.
	 * @param legacySse whether it speaks the HTTP transport of the 2024-11-05 protocol
	 */
	public McpTestServer(String name, boolean legacySse) {
		this.name = name;
		this.legacySse = legacySse;
		this.tools.put("search", null);
		this.tools.put("echo", null);
		up(0);
		this.port = this.tomcat.getConnector().getLocalPort();
	}

	public String url() {
		return "http://127.0.0.1:" + this.port;
	}

	/** What happens to requests before the server sees them. */
	public McpFaults faults() {
		return this.faults;
	}

	/** How often a tool has run. */
	public int executions(String tool) {
		return this.executions.getOrDefault(tool, new AtomicInteger()).get();
	}

	/** How often a tool has run with this text as its argument. */
	public int executions(String tool, String text) {
		return this.executions.getOrDefault(tool + " " + text, new AtomicInteger()).get();
	}

	/** How many sessions the server knows. */
	public int sessions() {
		try {
			Field sessions = this.transport.getClass().getDeclaredField("sessions");
			sessions.setAccessible(true);
			return ((Map<?, ?>) sessions.get(this.transport)).size();
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** Adds a tool, which the server tells its clients. */
	public void addTool(String tool) {
		this.server.addTool(new McpServerFeatures.SyncToolSpecification(tool(tool, null),
				(exchange, request) -> run(tool, request, exchange)));
	}

	/** Starts again after {@link #down()}, as a new server that knows no session. */
	public void up() {
		up(this.port);
	}

	@SuppressWarnings("deprecation") // Servers of the older protocol are still there
	private void up(int onPort) {
		JacksonMcpJsonMapper json = new JacksonMcpJsonMapper(JsonMapper.shared());
		SyncSpecification<?> spec;
		if (this.legacySse) {
			HttpServletSseServerTransportProvider sse = HttpServletSseServerTransportProvider.builder()
				.jsonMapper(json)
				.messageEndpoint("/message")
				.build();
			this.transport = sse;
			spec = McpServer.sync(sse);
		}
		else {
			HttpServletStreamableServerTransportProvider streamable = HttpServletStreamableServerTransportProvider
				.builder()
				.jsonMapper(json)
				.mcpEndpoint("/mcp")
				.build();
			this.transport = streamable;
			spec = McpServer.sync(streamable);
		}
		this.stopped = new CountDownLatch(1);
		spec.serverInfo(this.name, this.version)
			.capabilities(McpSchema.ServerCapabilities.builder().tools(true).build());
		if (this.offersAll) {
			offerAll(spec);
		}
		if (this.output != null) {
			// The SDK's own servers look at what their tools give back
			spec.jsonSchemaValidator(
					(schema, content) -> JsonSchemaValidator.ValidationResponse.asValid(String.valueOf(content)));
		}
		this.tools.forEach(
				(tool, hints) -> spec.toolCall(tool(tool, hints), (exchange, request) -> run(tool, request, exchange)));
		this.server = spec.build();
		try {
			this.tomcat = new Tomcat();
			this.tomcat.setBaseDir(Files.createTempDirectory("mcp-test").toString());
			this.tomcat.setPort(onPort);
			this.tomcat.getConnector().setProperty("address", "127.0.0.1");
			Context context = this.tomcat.addContext("", null);
			Wrapper servlet = Tomcat.addServlet(context, "mcp", this.transport);
			servlet.setAsyncSupported(true);
			// The stream for notifications is always open, and would be waited for
			((StandardContext) context).setUnloadDelay(20);
			context.addServletMappingDecoded("/*", "mcp", false);
			FilterDef filter = new FilterDef();
			filter.setFilterName("faults");
			filter.setFilter(this.faults);
			filter.setAsyncSupported("true");
			context.addFilterDef(filter);
			FilterMap mapping = new FilterMap();
			mapping.setFilterName("faults");
			mapping.addURLPattern("/*");
			context.addFilterMap(mapping);
			this.tomcat.start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (LifecycleException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * A server with a prompt, a resource, a resource template and completions, that can
	 * be subscribed to and told what to log; used from the next start on.
	 */
	public McpTestServer offeringAll() {
		this.offersAll = true;
		down();
		up();
		return this;
	}

	private void offerAll(SyncSpecification<?> spec) {
		spec.capabilities(McpSchema.ServerCapabilities.builder()
			.tools(true)
			.prompts(true)
			.resources(true, true)
			.completions()
			.logging()
			.build());
		spec.prompts(
				new McpServerFeatures.SyncPromptSpecification(
						McpSchema.Prompt.builder(
								"greet")
							.arguments(List.of(McpSchema.PromptArgument.builder("name").build()))
							.build(),
						(exchange,
								request) -> McpSchema.GetPromptResult
									.builder(
											List.of(McpSchema.PromptMessage
												.builder(McpSchema.Role.USER,
														McpSchema.TextContent.builder(this.name + ": greet").build())
												.build()))
									.build()));
		spec.resources(new McpServerFeatures.SyncResourceSpecification(
				McpSchema.Resource.builder(RESOURCE, "notes").build(), (exchange, request) -> read(request.uri())));
		spec.resourceTemplates(new McpServerFeatures.SyncResourceTemplateSpecification(
				McpSchema.ResourceTemplate.builder("memo://{name}", "any").build(),
				(exchange, request) -> read(request.uri())));
		spec.completions(new McpServerFeatures.SyncCompletionSpecification(
				McpSchema.PromptReference.builder("greet").build(), (exchange, request) -> new McpSchema.CompleteResult(
						new McpSchema.CompleteResult.CompleteCompletion(List.of(this.name), 1, false))));
		spec.rootsChangeHandler((exchange, roots) -> this.roots = roots.stream().map(McpSchema.Root::uri).toList());
	}

	private McpSchema.ReadResourceResult read(String uri) {
		return McpSchema.ReadResourceResult
			.builder(List.of(McpSchema.TextResourceContents.builder(uri, this.name + ": " + uri).build()))
			.build();
	}

	/** The roots that the client told of last. */
	public List<String> roots() {
		return this.roots;
	}

	/** Tells those who subscribed to the resource that it is another now. */
	public void updateResource() {
		this.server.notifyResourcesUpdated(new McpSchema.ResourcesUpdatedNotification(RESOURCE));
	}

	/**
	 * A server with this tool besides its own, which tells what calling it twice would
	 * do; used from the next start on.
	 */
	public McpTestServer with(String tool, McpSchema.ToolAnnotations hints) {
		this.tools.put(tool, hints);
		down();
		up();
		return this;
	}

	/** A server without these tools; used from the next start on. */
	public McpTestServer without(String... none) {
		this.tools.keySet().removeAll(List.of(none));
		down();
		up();
		return this;
	}

	/**
	 * Another version of the server, which describes its tools in other words; from the
	 * next start on.
	 */
	public McpTestServer becoming(String version, String words) {
		this.version = version;
		this.words = words;
		return this;
	}

	/** A server whose tool wants another argument; used from the next start on. */
	public McpTestServer requiring(String argument) {
		this.required = argument;
		down();
		up();
		return this;
	}

	/**
	 * A server whose tools give this back besides their text, whether or not it is what
	 * they declare; used from the next start on.
	 */
	public McpTestServer returning(Map<String, Object> declared, Object structured) {
		this.outputSchema = declared;
		this.output = structured;
		down();
		up();
		return this;
	}

	private McpSchema.Tool tool(String name, McpSchema.ToolAnnotations hints) {
		McpSchema.Tool.Builder tool = McpSchema.Tool
			.builder(name, Map.of("type", "object", "properties", Map.of(this.required, Map.of("type", "string")),
					"required", List.of(this.required)))
			.description(this.words + name)
			.annotations(hints);
		return ((this.outputSchema != null) ? tool.outputSchema(this.outputSchema) : tool).build();
	}

	private McpSchema.CallToolResult run(String tool, McpSchema.CallToolRequest request,
			McpSyncServerExchange exchange) {
		String text = String.valueOf(request.arguments().get("text"));
		boolean fails = this.faults.toolsFail();
		String answer = this.name + ": " + tool + " of " + text;
		this.executions.computeIfAbsent(tool, (key) -> new AtomicInteger()).incrementAndGet();
		this.executions.computeIfAbsent(tool + " " + text, (key) -> new AtomicInteger()).incrementAndGet();
		Duration delay = this.faults.toolDelay();
		if (this.logs) {
			exchange.loggingNotification(
					McpSchema.LoggingMessageNotification.builder(McpSchema.LoggingLevel.ERROR, "runs").build());
		}
		Object token = request.progressToken();
		for (int i = 0; token != null && i < this.progressSteps; i++) {
			await(delay.dividedBy(this.progressSteps));
			exchange.progressNotification(McpSchema.ProgressNotification.builder(token, i + 1.0).build());
		}
		if (token != null && this.progressSteps > 0) {
			delay = Duration.ZERO;
		}
		await(delay);
		McpSchema.CallToolResult.Builder result = McpSchema.CallToolResult.builder()
			.content(List.of(McpSchema.TextContent.builder(fails ? this.name + ": failed" : answer).build()))
			.isError(fails);
		return ((this.output != null) ? result.structuredContent(this.output) : result).build();
	}

	private void await(Duration delay) {
		if (!delay.isZero()) {
			try {
				this.stopped.await(delay.toMillis(), TimeUnit.MILLISECONDS);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}
	}

	/**
	 * Makes tools report progress in so many steps, each after its share of their delay.
	 */
	public void progressIn(int steps) {
		this.progressSteps = steps;
	}

	/** Makes tools write to the client's log. */
	public void logging() {
		this.logs = true;
	}

	/** Refuses connections until {@link #up()}. */
	public void down() {
		this.stopped.countDown();
		this.faults.heal();
		try {
			this.tomcat.stop();
			this.tomcat.destroy();
		}
		catch (LifecycleException ex) {
			throw new IllegalStateException(ex);
		}
		this.server.close();
	}

	@Override
	public void close() {
		if (this.stopped.getCount() > 0) {
			down();
		}
	}

}
