package io.github.agentresilience.support;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.modelcontextprotocol.json.jackson3.JacksonMcpJsonMapper;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.transport.StdioServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * An MCP server on standard input and output, for a process of its own. It begins with a
 * greeting. Its tool {@code pid} tells its process id, its tool {@code die} ends it
 * without an answer, its tool {@code babble} says what is no message before it answers,
 * its tool {@code mute} closes its output, and its tool {@code work} takes two seconds.
 */
public final class StdioTestServer {

	private StdioTestServer() {
	}

	/**
	 * Serves until its input ends.
	 * @param args a file in which each start is noted, and anything else for a server
	 * that does one thing after the other
	 */
	public static void main(String[] args) throws IOException {
		// Standard output belongs to the protocol
		((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.OFF);
		Files.writeString(Path.of(args[0]), ProcessHandle.current().pid() + "\n", StandardOpenOption.CREATE,
				StandardOpenOption.APPEND);
		say("Test server, listening on stdio\n");
		McpServer.sync(new StdioServerTransportProvider(new JacksonMcpJsonMapper(JsonMapper.shared())))
			.serverInfo("stdio", "1.0")
			// The SDK's server loses an answer that it is given while it sends another
			// one
			.immediateExecution(args.length > 1)
			.capabilities(McpSchema.ServerCapabilities.builder().tools(true).build())
			.toolCall(tool("pid"), (exchange, request) -> answer(String.valueOf(ProcessHandle.current().pid())))
			.toolCall(tool("die"), (exchange, request) -> {
				Runtime.getRuntime().halt(3);
				return answer("never");
			})
			.toolCall(tool("babble"), (exchange, request) -> babble())
			.toolCall(tool("mute"), (exchange, request) -> {
				say(null);
				return answer("never heard");
			})
			.toolCall(tool("work"), (exchange, request) -> {
				LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(2));
				return answer("done");
			})
			.build();
	}

	/**
	 * Writes what servers write that log to their standard output, and responses to
	 * requests that nobody has made.
	 */
	private static McpSchema.CallToolResult babble() {
		say("INFO: this is no message\n\n{\"level\":\"info\",\"msg\":\"nor is this\"}\n{\"half\": \n"
				+ "[{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"what?\"}}]\n"
				+ "{\"jsonrpc\":\"2.0\",\"id\":\"none\",\"result\":null}\n42\n");
		return answer("heard");
	}

	/** Writes a text, or closes the output where there is none. */
	private static void say(String text) {
		FileOutputStream out = new FileOutputStream(FileDescriptor.out);
		try {
			if (text == null) {
				out.close();
			}
			else {
				out.write(text.getBytes(StandardCharsets.UTF_8));
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static McpSchema.Tool tool(String name) {
		return McpSchema.Tool.builder(name, Map.of("type", "object")).description(name).build();
	}

	private static McpSchema.CallToolResult answer(String text) {
		return McpSchema.CallToolResult.builder().content(List.of(McpSchema.TextContent.builder(text).build())).build();
	}

}
