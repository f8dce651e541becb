package io.github.agentresilience.llm.internal.answer;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.openai.core.ObjectMappers;
import com.openai.core.handlers.SseHandler;
import com.openai.core.http.Headers;
import com.openai.core.http.HttpResponse;
import com.openai.core.http.SseMessage;
import com.openai.core.http.StreamResponse;
import okio.Buffer;
import okio.Okio;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Reading a stream of 200 chunks: by our reader, which parses each chunk and writes what the SDK can read, and by the SDK's
 * own, which parses each one too.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LlmStreamBenchmark {

	private static final int CHUNKS = 200;

	private static final String START = "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":"
			+ "[{\"index\":0,\"delta\":";

	private byte[] body;

	private HttpResponse.Handler<StreamResponse<SseMessage>> handler;

	/** The SDK's reader is hidden from Java sources, not from Java. */
	@Setup
	@SuppressWarnings("unchecked")
	public void setUp() throws ReflectiveOperationException {
		this.handler = (HttpResponse.Handler<StreamResponse<SseMessage>>) SseHandler.class
			.getMethod("sseHandler", JsonMapper.class)
			.invoke(null, ObjectMappers.jsonMapper());
		StringBuilder text = new StringBuilder();
		for (int i = 0; i < CHUNKS; i++) {
			text.append("data: ").append(START).append("{\"content\":\" word").append(i).append("\"},\"finish_reason\":null}]}\n\n");
		}
		text.append("data: ").append(START).append("{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
		this.body = text.toString().getBytes(StandardCharsets.UTF_8);
	}

	@Benchmark
	public long ours() throws IOException {
		try (ChunkSource chunks = new ChunkSource(new Buffer().write(this.body), new HttpExchange(null, "m"),
				UnaryOperator.identity())) {
			return Okio.buffer(chunks).readAll(Okio.blackhole());
		}
	}

	@Benchmark
	public long sdk() {
		try (StreamResponse<SseMessage> messages = this.handler.handle(new Answer(this.body))) {
			return messages.stream().count();
		}
	}

	private record Answer(byte[] bytes) implements HttpResponse {

		@Override
		public int statusCode() {
			return 200;
		}

		@Override
		public Headers headers() {
			return Headers.builder().put("content-type", "text/event-stream").build();
		}

		@Override
		public InputStream body() {
			return new ByteArrayInputStream(this.bytes);
		}

		@Override
		public void close() {
			// Nothing to close
		}

	}

}
