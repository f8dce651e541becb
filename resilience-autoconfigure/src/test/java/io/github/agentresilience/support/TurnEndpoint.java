package io.github.agentresilience.support;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A provider that takes no conversation but one in the form that the real one demands,
 * and that puts into its own answers what the real one does. It plays one turn: two tools
 * at once, then a third, then the answer.
 */
public abstract class TurnEndpoint implements AutoCloseable {

	/** The final answer of a turn. */
	public static final String ANSWER = "Paris 20, Rome 30, together 50";

	static final JsonMapper JSON = JsonMapper.builder().build();

	private final ScriptedProvider server = new ScriptedProvider();

	private final Queue<String> refusals = new ConcurrentLinkedQueue<>();

	private int number;

	private volatile int up = Integer.MAX_VALUE;

	private volatile boolean comesBack;

	/** What it is called in the matrix. */
	public abstract String title();

	public String baseUrl() {
		this.server.answering(this::answer);
		return this.server.baseUrl();
	}

	/** Without the version. */
	public String root() {
		return baseUrl().replace("/v1", "");
	}

	/** The bodies of all requests. */
	public List<String> requests() {
		return this.server.requests().stream().map(ScriptedProvider.Request::body).toList();
	}

	/**
	 * A turn begins: so many requests are answered, then one fails, or all that follow.
	 */
	public void begin(int answered, boolean thenComesBack) {
		this.up = answered;
		this.comesBack = thenComesBack;
		this.refusals.clear();
	}

	/** What was refused since. */
	public List<String> refusals() {
		return List.copyOf(this.refusals);
	}

	@Override
	public void close() {
		this.server.close();
	}

	private synchronized Reply answer(ScriptedProvider.Request request) {
		if (this.up-- == 0) {
			this.up = this.comesBack ? Integer.MAX_VALUE : 0;
			return Reply.status(503);
		}
		JsonNode body = JSON.readTree(request.body());
		String refusal = refusal(body);
		if (refusal != null) {
			this.refusals.add(refusal);
			return refused(refusal);
		}
		boolean streaming = body.path("stream").asBoolean(false) || request.path().contains("stream");
		return switch (results(body)) {
			case 0 -> calls(body, streaming,
					List.of(new Call("weather", "{\"city\":\"Paris\"}"), new Call("weather", "{\"city\":\"Rome\"}")));
			case 2 -> calls(body, streaming, List.of(new Call("sum", "{\"a\":20,\"b\":30}")));
			default -> text(body, streaming);
		};
	}

	/** Numbers what must be told apart: ids, signatures. */
	int next() {
		return ++this.number;
	}

	/** Why the real one would refuse a request, or {@code null}. */
	abstract String refusal(JsonNode body);

	/** How many results of tools the turn has by now. */
	abstract int results(JsonNode body);

	abstract Reply calls(JsonNode request, boolean streaming, List<Call> calls);

	abstract Reply text(JsonNode request, boolean streaming);

	Reply refused(String why) {
		return Reply.error(400, "invalid_request_error", "invalid_request_error", why);
	}

	static String event(JsonNode data) {
		return "data: " + data + "\n\n";
	}

	static ObjectNode object() {
		return JSON.createObjectNode();
	}

	/** A tool that is to be run. */
	record Call(String tool, String arguments) {
	}

}
