package io.github.agentresilience.mcp.internal.transport;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;

import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Answers of servers, damaged at random: cut, repeated, mixed with comments, with NULs
 * and with bytes that are no UTF-8, in packets of every size. What comes out is the
 * response as it was sent, or a failure of a known type.
 * {@code -Dresilience.fuzz.rounds=50000} makes more rounds,
 * {@code -Dresilience.fuzz.seed} others.
 */
class McpFuzzTests {

	private static final int ROUNDS = Integer.getInteger("resilience.fuzz.rounds", 5_000);

	private static final long SEED = Long.getLong("resilience.fuzz.seed", 11);

	private static final String ID = "a1b2c3d4-7";

	private static final String[] TEXTS = { "", "one", "äöü 日本 \uD83D\uDE00", "line\nbreak\r\n", "data: x\n\n",
			"{\"id\":1}", "\\\"[]{}", "\uFFFD", "x".repeat(300) };

	private static final String[] NEWS = { "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":\"p-1\"}",
			"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\",\"data\":\"x\"}}",
			"{\"type\":\"heartbeat\"}", "", "[]", "not json",
			"{\"jsonrpc\":\"2.0\",\"id\":\"another\",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"wrong\"}]}}" };

	private final ChainRuntime runtime = ChainRuntime.create();

	private final Background background = Background.of(this.runtime);

	private int whole;

	@AfterEach
	void closeRuntime() {
		this.runtime.close();
	}

	@Test
	@Timeout(600)
	void whatComesOutIsWhatWasSentOrAKnownFailure() {
		int failed = 0;
		for (int round = 0; round < ROUNDS; round++) {
			Random random = new Random(SEED * 1_000_003 + round);
			try {
				failed += round(random) ? 0 : 1;
			}
			catch (Throwable ex) {
				throw new AssertionError("seed " + SEED + ", round " + round, ex);
			}
		}
		assertThat(failed).as("rounds in which nothing came out").isBetween(ROUNDS / 50, ROUNDS * 49 / 50);
		assertThat(this.whole).as("undamaged answers").isGreaterThan(ROUNDS / 50);
	}

	private boolean round(Random random) throws IOException {
		List<Object> sent = new ArrayList<>();
		boolean events = random.nextInt(4) > 0;
		byte[] body = (events ? stream(random, sent) : json(random, sent)).getBytes(StandardCharsets.UTF_8);
		boolean sound = random.nextInt(5) == 0;
		if (!sound) {
			body = damaged(body, random);
		}
		List<JSONRPCMessage> heard = new ArrayList<>();
		Throwable failure = read(body, events, random, heard);
		List<Object> results = new ArrayList<>();
		heard.forEach((message) -> {
			if (message instanceof JSONRPCResponse response && response.id().equals(ID)) {
				results.add((response.error() != null) ? response.error().message() : response.result());
			}
		});
		assertThat(sent).as("what was sent").containsAll(results);
		assertThat(results).hasSizeLessThanOrEqualTo(1);
		if (sound && !sent.isEmpty()) {
			this.whole++;
			assertThat(results).containsExactly(sent.get(0));
		}
		if (failure != null) {
			assertThat(results).isEmpty();
			assertThat(failure).isInstanceOfAny(UnreadableAnswerException.class, TargetFailureException.class,
					IOException.class);
		}
		return !results.isEmpty();
	}

	private static String json(Random random, List<Object> sent) {
		String response = response(random, sent);
		String around = switch (random.nextInt(4)) {
			case 0 -> "[" + NEWS[1] + "," + response + "]";
			case 1 -> NEWS[1] + "\n" + response + "\n";
			case 2 -> " \r\n" + response + "\n\n";
			default -> response;
		};
		return (random.nextInt(8) == 0) ? "\uFEFF" + around : around;
	}

	private static String stream(Random random, List<Object> sent) {
		String end = List.of("\n", "\r\n", "\r").get(random.nextInt(3));
		StringBuilder stream = new StringBuilder((random.nextInt(8) == 0) ? "\uFEFF" : "");
		int events = 1 + random.nextInt(4);
		int at = random.nextInt(events + 1);
		for (int i = 0; i < events; i++) {
			event((i == at) ? response(random, sent) : NEWS[random.nextInt(NEWS.length)], random, end, stream);
		}
		return stream.toString();
	}

	private static void event(String data, Random random, String end, StringBuilder stream) {
		if (random.nextInt(3) == 0) {
			stream.append(": comment").append(end);
		}
		if (random.nextBoolean()) {
			stream.append("event:").append(random.nextBoolean() ? " " : "").append("message").append(end);
		}
		if (random.nextInt(3) == 0) {
			stream.append("id: ").append(random.nextInt(100)).append(end).append("retry: 100").append(end);
		}
		// Between the tokens of JSON a line may end
		for (String line : (random.nextInt(3) == 0)
				? data.replace("},", "},\n").replace(",\"result", ",\n\"result").split("\n") : new String[] { data }) {
			stream.append("data:").append(random.nextBoolean() ? " " : "").append(line).append(end);
		}
		stream.append(end);
	}

	private static String response(Random random, List<Object> sent) {
		JsonMapper json = JsonMapper.shared();
		if (random.nextInt(6) == 0) {
			String words = TEXTS[random.nextInt(TEXTS.length)];
			sent.add(words);
			return json.writeValueAsString(
					Map.of("jsonrpc", "2.0", "id", ID, "error", Map.of("code", -32602, "message", words)));
		}
		Object result = Map.of("isError", random.nextBoolean(), "content",
				List.of(Map.of("type", "text", "text", TEXTS[random.nextInt(TEXTS.length)]),
						Map.of("type", "text", "text", TEXTS[random.nextInt(TEXTS.length)])));
		sent.add(result);
		return "{\"jsonrpc\":\"2.0\",\"id\":\"" + ID + "\",\"result\":" + json.writeValueAsString(result) + "}";
	}

	private static byte[] damaged(byte[] body, Random random) {
		byte[] damaged = body;
		for (int i = 0; i <= random.nextInt(3); i++) {
			int at = random.nextInt(damaged.length + 1);
			damaged = switch (random.nextInt(5)) {
				case 0 -> java.util.Arrays.copyOf(damaged, at);
				case 1 -> with(damaged, at, new byte[] { 0 });
				case 2 -> with(damaged, at, new byte[] { (byte) (0x80 + random.nextInt(0x80)) });
				case 3 -> with(damaged, lineStart(damaged, at), ": comment\n".getBytes(StandardCharsets.US_ASCII));
				default -> with(damaged, damaged.length, damaged);
			};
		}
		return damaged;
	}

	/** Where a comment does not divide the two characters of a line's end. */
	private static int lineStart(byte[] body, int from) {
		for (int at = from; at > 0; at--) {
			if (body[at - 1] == '\n' || (body[at - 1] == '\r' && (at == body.length || body[at] != '\n'))) {
				return at;
			}
		}
		return 0;
	}

	private static byte[] with(byte[] body, int at, byte[] more) {
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		out.write(body, 0, at);
		out.writeBytes(more);
		out.write(body, at, body.length - at);
		return out.toByteArray();
	}

	/** Reads an answer as the HTTP client would, and says how it failed. */
	private Throwable read(byte[] body, boolean events, Random random, List<JSONRPCMessage> heard) {
		AnswerBody<Void> answer = answer(events, heard);
		answer.onSubscribe(new Flow.Subscription() {

			@Override
			public void request(long n) {
				// All of it comes
			}

			@Override
			public void cancel() {
				// What comes after is not looked at
			}

		});
		int most = List.of(1, 7, 64, 1 << 14).get(random.nextInt(4));
		for (int from = 0; from < body.length;) {
			int size = Math.min(1 + random.nextInt(most), body.length - from);
			ByteBuffer packet = ByteBuffer.wrap(body, from, size);
			answer.onNext(List.of(random.nextBoolean() ? packet : direct(packet)));
			from += size;
		}
		if (random.nextInt(4) == 0) {
			answer.onError(new IOException("reset"));
		}
		else {
			answer.onComplete();
		}
		CompletableFuture<Void> end = answer.getBody().toCompletableFuture();
		assertThat(end).as("it has come to an end").isDone();
		try {
			end.join();
			return null;
		}
		catch (CompletionException ex) {
			return ex.getCause();
		}
	}

	private static ByteBuffer direct(ByteBuffer packet) {
		return ByteBuffer.allocateDirect(packet.remaining()).put(packet).flip();
	}

	private AnswerBody<Void> answer(boolean events, List<JSONRPCMessage> heard) {
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1/mcp")).build();
		HttpResponse.ResponseInfo head = new HttpResponse.ResponseInfo() {

			@Override
			public int statusCode() {
				return 200;
			}

			@Override
			public HttpHeaders headers() {
				return HttpHeaders.of(
						Map.of("content-type", List.of(events ? "text/event-stream" : "application/json")),
						(name, value) -> true);
			}

			@Override
			public HttpClient.Version version() {
				return HttpClient.Version.HTTP_1_1;
			}

		};
		return new AnswerBody<>(new McpAnswer<>((info) -> HttpResponse.BodySubscribers.discarding(),
				new PostedMessage(request,
						OutgoingMessage.of(new JSONRPCRequest("tools/call", ID, null), null, heard::add)),
				head, heard::add, () -> {
				}, () -> false, 0), this.background);
	}

	@Test
	@Timeout(60)
	void lineOfEightMegabytesIsReadAtOnceAndALongerOneThanMayBeIsNotKept() throws IOException {
		String text = "x".repeat(8 << 20);
		byte[] body = ("data: {\"jsonrpc\":\"2.0\",\"id\":\"" + ID + "\",\"result\":{\"text\":\"" + text + "\"}}\n\n")
			.getBytes(StandardCharsets.US_ASCII);
		List<JSONRPCMessage> heard = new ArrayList<>();
		assertThat(read(body, true, new Random(5), heard)).isNull();
		assertThat(((JSONRPCResponse) heard.get(0)).result()).isEqualTo(Map.of("text", text));
		for (String begin : List.of("data: ", "{\"a\":\"", ": ", "event: ", "unknown")) {
			MessageReader small = new MessageReader(1 << 20, new Deaf());
			small.read(ByteBuffer.wrap(begin.getBytes(StandardCharsets.US_ASCII)));
			assertThatThrownBy(() -> {
				for (int i = 0; i < 2_000; i++) {
					small.read(ByteBuffer.wrap("x".repeat(1 << 10).getBytes(StandardCharsets.US_ASCII)));
				}
			}).as(begin).isInstanceOf(IOException.class);
		}
	}

	private static final class Deaf implements MessageReader.Handler {

		@Override
		public void response(JsonRpc.Response response) {
			// Not listened to
		}

		@Override
		public void message(JSONRPCMessage message) {
			// Not listened to
		}

	}

}
