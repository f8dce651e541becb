package io.github.agentresilience.mcp.internal.transport;

import java.io.IOException;
import java.lang.reflect.Field;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import io.github.agentresilience.mcp.internal.transport.JsonRpc.Response;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The SDK's stdio transport, which goes on reading behind a line that is no message.
 * Servers write their log, a greeting or an empty line to their standard output, and the
 * SDK's own transport hears nothing of such a server any longer.
 */
public final class StdioTransport extends StdioClientTransport {

	private static final Logger logger = LoggerFactory.getLogger(StdioTransport.class);

	private static final String ERROR_HANDLER = "stdErrorHandler";

	private final Lines lines;

	private StdioTransport(ServerParameters command, Lines lines) {
		super(command, lines);
		this.lines = lines;
	}

	/**
	 * Makes transports, one for each process of a server, with what the application has
	 * set on the one that they take the place of.
	 * @param connection the connection's name
	 * @param own the connection's own transport, which is not opened
	 * @param command starts the server, where the own transport does not tell its command
	 */
	public static Supplier<McpClientTransport> of(String connection, StdioClientTransport own,
			ServerParameters command) {
		AtomicBoolean told = new AtomicBoolean();
		return () -> {
			ServerParameters started = valueOf("params", own) instanceof ServerParameters its ? its : command;
			McpJsonMapper json = valueOf("jsonMapper", own) instanceof McpJsonMapper its ? its : JsonRpc.json();
			StdioTransport transport = new StdioTransport(started, new Lines(connection, json, told));
			transport.readLinesAsLongAs(own);
			if (valueOf(ERROR_HANDLER, own) != null) {
				transport.setStdErrorHandler((line) -> passOn(line, own));
			}
			return transport;
		};
	}

	/** To the handler of now: it may be set at any time. */
	@SuppressWarnings("unchecked")
	private static void passOn(String errorLine, StdioClientTransport own) {
		if (valueOf(ERROR_HANDLER, own) instanceof Consumer<?> handler) {
			((Consumer<String>) handler).accept(errorLine);
		}
	}

	/** The SDK has a limit since 2.1. */
	private void readLinesAsLongAs(StdioClientTransport own) {
		Object limit = valueOf("inputMaxSize", own);
		if (limit != null) {
			try {
				field("inputMaxSize").set(this, limit);
			}
			catch (ReflectiveOperationException | RuntimeException notThisSdk) {
				// The SDK's default
			}
		}
	}

	/** What the SDK keeps to itself, {@code null} where it cannot be read. */
	private static @Nullable Object valueOf(String field, StdioClientTransport transport) {
		try {
			return field(field).get(transport);
		}
		catch (ReflectiveOperationException | RuntimeException notThisSdk) {
			return null;
		}
	}

	private static Field field(String name) throws NoSuchFieldException {
		Field field = StdioClientTransport.class.getDeclaredField(name);
		field.setAccessible(true);
		return field;
	}

	@Override
	public Mono<Void> connect(Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> handler) {
		this.lines.receiver = (message) -> handler.apply(Mono.just(message)).onErrorComplete().subscribe();
		return super.connect((messages) -> messages.filter((message) -> !Lines.isRead(message))
			.flatMap((message) -> handler.apply(Mono.just(message))));
	}

	/**
	 * Ends the process, if it has not ended by then. The SDK asks it to end and waits
	 * without end for one that does not.
	 */
	void kill() {
		// Where it cannot be reached, it is left to itself, as the SDK does
		if (valueOf("process", this) instanceof Process started) {
			started.destroyForcibly();
		}
	}

	/**
	 * Reads the lines of a server in the SDK's place, which is given a message that says
	 * no more than that a line has been read.
	 */
	private static final class Lines implements McpJsonMapper, JsonRpc.Receiver {

		private static final String READ = "notifications/resilience/read";

		private final String connection;

		private final McpJsonMapper delegate;

		private final AtomicBoolean told;

		private volatile Consumer<JSONRPCMessage> receiver = (message) -> {
		};

		Lines(String connection, McpJsonMapper delegate, AtomicBoolean told) {
			this.connection = connection;
			this.delegate = delegate;
			this.told = told;
		}

		static boolean isRead(JSONRPCMessage message) {
			return message instanceof JSONRPCNotification notification && notification.method().equals(READ);
		}

		/** The SDK's transport reads lines with this method, and nothing else. */
		@Override
		public <T> T readValue(String line, TypeRef<T> type) {
			if (!JsonRpc.read(line, this) && !line.isBlank() && !this.told.getAndSet(true)) {
				logger.warn(
						"The MCP server of the connection '{}' writes lines to its standard output that are no "
								+ "messages, which are skipped; its standard error is the place for them",
						this.connection);
			}
			return this.delegate.convertValue(new JSONRPCNotification(READ, null), type);
		}

		@Override
		public void response(Response response) {
			JSONRPCResponse known = response.forSdk();
			if (known != null) {
				this.receiver.accept(known);
			}
		}

		@Override
		public void message(JSONRPCMessage message) {
			this.receiver.accept(message);
		}

		@Override
		public <T> T readValue(String content, Class<T> type) throws IOException {
			return this.delegate.readValue(content, type);
		}

		@Override
		public <T> T readValue(byte[] content, Class<T> type) throws IOException {
			return this.delegate.readValue(content, type);
		}

		@Override
		public <T> T readValue(byte[] content, TypeRef<T> type) throws IOException {
			return this.delegate.readValue(content, type);
		}

		@Override
		public <T> T convertValue(Object fromValue, Class<T> type) {
			return this.delegate.convertValue(fromValue, type);
		}

		@Override
		public <T> T convertValue(Object fromValue, TypeRef<T> type) {
			return this.delegate.convertValue(fromValue, type);
		}

		@Override
		public String writeValueAsString(Object value) throws IOException {
			return this.delegate.writeValueAsString(value);
		}

		@Override
		public byte[] writeValueAsBytes(Object value) throws IOException {
			return this.delegate.writeValueAsBytes(value);
		}

	}

}
