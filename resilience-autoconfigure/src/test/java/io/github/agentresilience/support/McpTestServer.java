package io.github.agentresilience.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.modelcontextprotocol.json.jackson3.JacksonMcpJsonMapper;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpServer.SyncSpecification;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Wrapper;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import tools.jackson.databind.json.JsonMapper;

/**
 * A real MCP server, the SDK's own, in a Tomcat on loopback, with {@link McpFaults} in front of it.
 */
public final class McpTestServer implements AutoCloseable {

	private final String name;

	private final McpFaults faults = new McpFaults();

	private final Map<String, AtomicInteger> executions = new ConcurrentHashMap<>();

	private final int port;

	private Tomcat tomcat;

	private McpSyncServer server;

	private CountDownLatch stopped;

	public McpTestServer(String name) {
		this.name = name;
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

	/** Starts again after {@link #down()}, as a new server that knows no session. */
	public void up() {
		up(this.port);
	}

	private void up(int onPort) {
		HttpServletStreamableServerTransportProvider transport = HttpServletStreamableServerTransportProvider.builder()
			.jsonMapper(new JacksonMcpJsonMapper(JsonMapper.shared()))
			.mcpEndpoint("/mcp")
			.build();
		this.stopped = new CountDownLatch(1);
		SyncSpecification<?> spec = McpServer.sync(transport)
			.serverInfo(this.name, "1.0")
			.capabilities(McpSchema.ServerCapabilities.builder().tools(true).build());
		for (String tool : List.of("search", "echo")) {
			spec.toolCall(tool(tool), (exchange, request) -> run(tool, this.faults.toolsFail(),
					this.name + ": " + tool + " of " + request.arguments().get("text")));
		}
		this.server = spec.build();
		try {
			this.tomcat = new Tomcat();
			this.tomcat.setBaseDir(Files.createTempDirectory("mcp-test").toString());
			this.tomcat.setPort(onPort);
			this.tomcat.getConnector().setProperty("address", "127.0.0.1");
			Context context = this.tomcat.addContext("", null);
			Wrapper servlet = Tomcat.addServlet(context, "mcp", transport);
			servlet.setAsyncSupported(true);
			context.addServletMappingDecoded("/*", "mcp");
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

	private static McpSchema.Tool tool(String name) {
		return McpSchema.Tool
			.builder(name,
					Map.of("type", "object", "properties", Map.of("text", Map.of("type", "string")), "required",
							List.of("text")))
			.description("Tool " + name)
			.build();
	}

	private McpSchema.CallToolResult run(String tool, boolean fails, String answer) {
		this.executions.computeIfAbsent(tool, (key) -> new AtomicInteger()).incrementAndGet();
		Duration delay = this.faults.toolDelay();
		if (!delay.isZero()) {
			try {
				this.stopped.await(delay.toMillis(), TimeUnit.MILLISECONDS);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}
		return McpSchema.CallToolResult.builder()
			.content(List.of(McpSchema.TextContent.builder(fails ? this.name + ": failed" : answer).build()))
			.isError(fails)
			.build();
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
