package io.github.agentresilience.sample.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

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
import tools.jackson.databind.json.JsonMapper;

import org.springframework.util.FileSystemUtils;

/**
 * An MCP server on loopback: the SDK's own server in a Tomcat, over streamable HTTP.
 */
public final class EmbeddedMcpServer implements AutoCloseable {

	private final CountDownLatch closed = new CountDownLatch(1);

	private final Latency latency;

	private final McpSyncServer server;

	private final Tomcat tomcat = new Tomcat();

	private final Path directory;

	/** Starts a server on a free port. */
	public EmbeddedMcpServer(String name, Latency latency) {
		this.latency = latency;
		HttpServletStreamableServerTransportProvider transport = HttpServletStreamableServerTransportProvider.builder()
			.jsonMapper(new JacksonMcpJsonMapper(JsonMapper.shared()))
			.mcpEndpoint("/mcp")
			.build();
		SyncSpecification<?> tools = McpServer.sync(transport)
			.serverInfo(name, "1.0")
			.capabilities(McpSchema.ServerCapabilities.builder().tools(true).build());
		add(tools, "search_docs", "Searches a small collection of sentences on resilience", "query", Docs::search);
		add(tools, "get_weather", "Tells the weather of a city (sample data)", "city", EmbeddedMcpServer::weather);
		this.server = tools.build();
		try {
			this.directory = Files.createTempDirectory("embedded-mcp");
			this.tomcat.setBaseDir(this.directory.toString());
			this.tomcat.setPort(0);
			this.tomcat.getConnector().setProperty("address", "127.0.0.1");
			Context context = this.tomcat.addContext("", null);
			Wrapper servlet = Tomcat.addServlet(context, "mcp", transport);
			servlet.setAsyncSupported(true);
			servlet.addMapping("/*");
			this.tomcat.start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (LifecycleException ex) {
			throw new IllegalStateException("The MCP server " + name + " does not start", ex);
		}
	}

	private void add(SyncSpecification<?> tools, String name, String description, String argument,
			Function<String, String> run) {
		McpSchema.Tool tool = McpSchema.Tool
			.builder(name,
					Map.of("type", "object", "properties", Map.of(argument, Map.of("type", "string")), "required",
							List.of(argument)))
			.description(description)
			.annotations(McpSchema.ToolAnnotations.builder().readOnlyHint(true).build())
			.build();
		tools.toolCall(tool, (exchange, request) -> {
			this.latency.await(this.closed);
			String answer = run.apply(String.valueOf(request.arguments().get(argument)));
			return McpSchema.CallToolResult.builder()
				.content(List.of(McpSchema.TextContent.builder(answer).build()))
				.isError(false)
				.build();
		});
	}

	private static String weather(String city) {
		int degrees = Math.floorMod(city.hashCode(), 30);
		return "Sample data: " + degrees + " degrees and a light wind in " + city + ".";
	}

	public String url() {
		return "http://127.0.0.1:" + this.tomcat.getConnector().getLocalPort();
	}

	@Override
	public void close() {
		this.closed.countDown();
		try {
			this.tomcat.stop();
			this.tomcat.destroy();
			this.server.close();
			FileSystemUtils.deleteRecursively(this.directory);
		}
		catch (LifecycleException | IOException ex) {
			throw new IllegalStateException("The MCP server does not stop", ex);
		}
	}

}
