package io.github.agentresilience.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An MCP server on loopback whose answers are bytes. It answers well what it has not been
 * told to answer otherwise.
 */
public final class RawMcpServer implements AutoCloseable {

	private static final String TOOLS = "[{\"name\":\"plain\",\"inputSchema\":{\"type\":\"object\"}},"
			+ "{\"name\":\"read\",\"inputSchema\":{\"type\":\"object\"},\"annotations\":{\"readOnlyHint\":true}},"
			+ "{\"name\":\"safe\",\"inputSchema\":{\"type\":\"object\"},\"annotations\":{\"idempotentHint\":true}},"
			+ "{\"name\":\"charge\",\"inputSchema\":{\"type\":\"object\"},\"annotations\":{\"destructiveHint\":true}}]";

	private final String name;

	private final RawServer server = new RawServer();

	private final List<Asked> asked = new CopyOnWriteArrayList<>();

	private final Map<String, Answer> next = new ConcurrentHashMap<>();

	private final Map<String, Answer> always = new ConcurrentHashMap<>();

	private final AtomicInteger sessions = new AtomicInteger();

	private final AtomicInteger open = new AtomicInteger();

	private final AtomicInteger opened = new AtomicInteger();

	/** A server that says its name. */
	public RawMcpServer(String name) {
		this.name = name;
		this.server.does(this::serve);
	}

	public String url() {
		return this.server.baseUrl().replace("/v1", "");
	}

	/** What the next request of a method is answered with, or the next {@code GET}. */
	public void next(String method, Answer answer) {
		this.next.put(method, answer);
	}

	/** What every request of a method is answered with. */
	public void always(String method, Answer answer) {
		this.always.put(method, answer);
	}

	/** Answers well from now on, and forgets what it was asked. */
	public void heal() {
		this.next.clear();
		this.always.clear();
		this.asked.clear();
	}

	/** How many messages of a method, or requests with a method of HTTP, it has read. */
	public int asked(String method) {
		return (int) this.asked.stream().filter((each) -> each.method.equals(method)).count();
	}

	/** What it was asked, in order. */
	public List<Asked> asked() {
		return this.asked;
	}

	/** How many connections stand. */
	public int connections() {
		return this.open.get();
	}

	/** How many connections there have been. */
	public int opened() {
		return this.opened.get();
	}

	private void serve(RawServer.Connection connection) throws IOException {
		this.open.incrementAndGet();
		this.opened.incrementAndGet();
		try {
			ScriptedProvider.Request request = connection.request();
			while (request != null && answer(request, connection)) {
				request = connection.request();
			}
		}
		catch (UncheckedIOException gone) {
			throw gone.getCause();
		}
		finally {
			this.open.decrementAndGet();
		}
	}

	private boolean answer(ScriptedProvider.Request request, RawServer.Connection connection) throws IOException {
		Asked message = new Asked(request.method().equals("POST") ? text(request.body(), "method") : request.method(),
				text(request.body(), "id"), request.headers().get("mcp-session-id"), request);
		this.asked.add(message);
		Answer scripted = this.next.remove(message.method);
		scripted = (scripted != null) ? scripted : this.always.get(message.method);
		return (scripted != null) ? scripted.send(message, connection) : well(message, connection);
	}

	/** Answers as servers do. */
	public boolean well(Asked message, RawServer.Connection connection) throws IOException {
		String response = response(message);
		if (response == null) {
			connection.send("HTTP/1.1 " + (message.method.equals("GET") ? "405 Method Not Allowed" : "202 Accepted")
					+ "\r\nContent-Length: 0\r\n\r\n");
			return true;
		}
		byte[] body = response.getBytes(StandardCharsets.UTF_8);
		connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
				+ body.length + "\r\n" + (message.method.equals("initialize")
						? "Mcp-Session-Id: s" + this.sessions.incrementAndGet() + "\r\n" : "")
				+ "\r\n" + new String(body, StandardCharsets.ISO_8859_1));
		return true;
	}

	/** The response to a message, {@code null} where none is due. */
	public String response(Asked message) {
		String result = switch (message.method) {
			case "initialize" ->
				"{\"protocolVersion\":\"" + (message.request.path().equals("/mcp") ? "2025-06-18" : "2024-11-05")
						+ "\",\"capabilities\":{\"tools\":{\"listChanged\":true}},\"serverInfo\":{\"name\":\""
						+ this.name + "\",\"version\":\"1\"}}";
			case "tools/list" -> "{\"tools\":" + TOOLS + "}";
			case "tools/call" -> "{\"content\":[{\"type\":\"text\",\"text\":\"" + this.name + "\"}]}";
			case "ping" -> "{}";
			default -> null;
		};
		return (result != null) ? "{\"jsonrpc\":\"2.0\",\"id\":\"" + message.id + "\",\"result\":" + result + "}"
				: null;
	}

	private static String text(String json, String field) {
		int from = json.indexOf("\"" + field + "\":\"") + field.length() + 4;
		return (from < field.length() + 4) ? "" : json.substring(from, json.indexOf('"', from));
	}

	@Override
	public void close() {
		this.server.close();
	}

	/**
	 * What the server was asked.
	 *
	 * @param method the message's, or that of HTTP where there is no message
	 * @param id the message's, empty where it has none
	 * @param session the session's, {@code null} where none was named
	 */
	public record Asked(String method, String id, String session, ScriptedProvider.Request request) {
	}

	/** Answers one request. */
	@FunctionalInterface
	public interface Answer {

		/**
		 * Answers.
		 * @return whether the connection may be used again
		 */
		boolean send(Asked message, RawServer.Connection connection) throws IOException;

		/**
		 * An answer of a status, with a body of JSON in which {@code $id} stands for the
		 * request's id.
		 */
		static Answer of(int status, String json) {
			return (message, connection) -> {
				String body = json.replace("$id", "\"" + message.id() + "\"");
				connection.send("HTTP/1.1 " + status + " Said\r\nContent-Type: application/json\r\nContent-Length: "
						+ body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n");
				connection.send(body.getBytes(StandardCharsets.UTF_8));
				return true;
			};
		}

	}

}
