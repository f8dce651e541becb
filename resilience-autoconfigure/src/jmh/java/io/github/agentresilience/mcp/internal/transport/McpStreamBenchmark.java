package io.github.agentresilience.mcp.internal.transport;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.mcp.internal.transport.JsonRpc.Response;
import io.modelcontextprotocol.client.transport.SdkStream;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Reading an answer of three pieces of news and one response from an event stream, in packets of 16 kB, up to the message
 * that the SDK's session takes: our reader against the SDK's own.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class McpStreamBenchmark {

	private static final int PACKET = 16 * 1024;

	private static final int MESSAGES = 4;

	/** The text of the response. */
	@Param({ "100", "10000", "1000000" })
	private int size;

	private byte[] body;

	private final HttpResponse.ResponseInfo head = new HttpResponse.ResponseInfo() {

		@Override
		public int statusCode() {
			return 200;
		}

		@Override
		public HttpHeaders headers() {
			return HttpHeaders.of(Map.of("content-type", List.of("text/event-stream")), (name, value) -> true);
		}

		@Override
		public HttpClient.Version version() {
			return HttpClient.Version.HTTP_1_1;
		}

	};

	@Setup
	public void setUp() {
		String news = "event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\","
				+ "\"data\":\"working\"}}\n\n";
		this.body = (news.repeat(MESSAGES - 1) + "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":\"a-1\",\"result\":{\"content\":"
				+ "[{\"type\":\"text\",\"text\":\"" + "x".repeat(this.size) + "\"}]}}\n\n").getBytes(StandardCharsets.UTF_8);
	}

	private List<List<ByteBuffer>> packets() {
		List<List<ByteBuffer>> packets = new ArrayList<>();
		for (int from = 0; from < this.body.length; from += PACKET) {
			packets.add(List.of(ByteBuffer.wrap(this.body, from, Math.min(PACKET, this.body.length - from)).slice()));
		}
		return packets;
	}

	@Benchmark
	public int ours() throws IOException {
		Counter counter = new Counter();
		MessageReader reader = new MessageReader(MessageReader.MOST_BYTES, counter);
		for (List<ByteBuffer> packet : packets()) {
			reader.read(packet.get(0));
		}
		reader.end();
		return checked(counter.messages);
	}

	@Benchmark
	public int sdk() {
		return checked((int) SdkStream.read(this.head, JsonRpc.json(), (reader) -> {
			reader.onSubscribe(new Flow.Subscription() {

				@Override
				public void request(long n) {
					// All of it comes
				}

				@Override
				public void cancel() {
					// It ends by itself
				}

			});
			packets().forEach(reader::onNext);
			reader.onComplete();
		}));
	}

	private static int checked(int messages) {
		if (messages != MESSAGES) {
			throw new IllegalStateException(messages + " messages");
		}
		return messages;
	}

	private static final class Counter implements MessageReader.Handler {

		private int messages;

		@Override
		public void response(Response response) {
			JSONRPCResponse.result(response.id(), response.result());
			this.messages++;
		}

		@Override
		public void message(JSONRPCMessage message) {
			this.messages++;
		}

	}

}
