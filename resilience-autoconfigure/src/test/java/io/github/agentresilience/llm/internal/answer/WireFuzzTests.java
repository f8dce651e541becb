package io.github.agentresilience.llm.internal.answer;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.ThreadMXBean;
import okio.Buffer;
import okio.BufferedSource;
import okio.Okio;
import okio.Source;
import okio.Timeout;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Answers that are cut, repeated, interleaved, torn into packets and damaged, read as
 * they come. {@code -Dwire.fuzz.rounds} says how many, {@code -Dwire.fuzz.seed} where
 * they begin.
 */
@org.junit.jupiter.api.Timeout(900)
class WireFuzzTests {

	private static final int ROUNDS = Integer.getInteger("wire.fuzz.rounds", 8_000);

	private static final long SEED = Long.getLong("wire.fuzz.seed", 20261126L);

	private static final Set<String> STANDARD = Set.of("stop", "length", "tool_calls", "content_filter");

	private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

	/**
	 * What an answer may cost in memory that is let go again: so many times its own size,
	 * and what any answer costs.
	 */
	private static final int MOST_TIMES = 60;

	private static final long MOST_BYTES = 2 * 1024 * 1024;

	/** Hands over bytes in packets, and then ends or breaks. */
	private static final class Packets implements Source {

		private final byte[] bytes;

		private final Random random;

		private final int largest;

		private final IOException end;

		private int at;

		Packets(byte[] bytes, Random random, int largest, IOException end) {
			this.bytes = bytes;
			this.random = random;
			this.largest = largest;
			this.end = end;
		}

		@Override
		public long read(Buffer sink, long byteCount) throws IOException {
			if (this.at == this.bytes.length) {
				if (this.end != null) {
					throw this.end;
				}
				return -1;
			}
			int count = Math.min(1 + this.random.nextInt(this.largest), this.bytes.length - this.at);
			sink.write(this.bytes, this.at, count);
			this.at += count;
			return count;
		}

		@Override
		public Timeout timeout() {
			return Timeout.NONE;
		}

		@Override
		public void close() {
		}

	}

	/** What comes out, as strictly as the SDK reads it. */
	private static final class Read {

		private final StringBuilder text = new StringBuilder();

		private final List<String> tools = new ArrayList<>();

		private boolean finished;

		private boolean failed;

		private boolean done;

		/** Whether a user takes it for a whole answer. */
		boolean isWhole() {
			return this.finished && this.done && !this.failed && this.tools.stream()
				.allMatch((call) -> ToolArguments.canBeRead(call.substring(call.indexOf(' ') + 1)));
		}

		void line(String line) {
			if (line.isEmpty()) {
				return;
			}
			assertThat(this.failed || this.done).isFalse();
			assertThat(line).startsWith("data: ");
			if (line.equals("data: [DONE]")) {
				this.done = true;
				return;
			}
			JsonNode chunk = Json.read(line.substring(6));
			assertThat(chunk).as(line).isNotNull();
			if (chunk.has("error")) {
				assertThat(chunk.get("error").isObject()).isTrue();
				this.failed = true;
				return;
			}
			chunk(chunk, "delta");
		}

		void chunk(JsonNode chunk, String message) {
			assertThat(chunk.path("id").isTextual()).isTrue();
			assertThat(chunk.path("model").isTextual()).isTrue();
			assertThat(chunk.path("choices").isArray()).isTrue();
			for (JsonNode choice : chunk.get("choices")) {
				assertThat(choice.path("index").isInt()).isTrue();
				JsonNode said = choice.path(message);
				assertThat(said.isObject()).isTrue();
				JsonNode reason = choice.path("finish_reason");
				assertThat(reason.isNull() || reason.isMissingNode() || STANDARD.contains(reason.textValue()))
					.as(choice.toString())
					.isTrue();
				this.finished |= reason.isTextual();
				JsonNode content = said.path("content");
				assertThat(content.isTextual() || content.isNull() || content.isMissingNode()).isTrue();
				this.text.append(content.isTextual() ? content.textValue() : "");
				for (JsonNode call : said.path("tool_calls")) {
					assertThat(call.path("id").textValue()).isNotBlank();
					assertThat(call.path("function").path("arguments").isTextual()).isTrue();
					this.tools.add(call.get("function").path("name").textValue() + " "
							+ call.get("function").get("arguments").textValue());
				}
			}
		}

	}

	private static Read stream(Source packets) throws IOException {
		Read read = new Read();
		BufferedSource source = Okio
			.buffer(new ChunkSource(Okio.buffer(packets), new HttpExchange(null, "asked"), (error) -> error));
		for (String line = source.readUtf8Line(); line != null; line = source.readUtf8Line()) {
			read.line(line);
		}
		return read;
	}

	private static Read call(byte[] bytes, Random random, int largest) throws IOException {
		WholeAnswer answer = new WholeAnswer(new HttpExchange(null, "asked"));
		WireReader wire = new WireReader(ChunkSource.LARGEST_EVENT, answer);
		int at = 0;
		while (at < bytes.length && !answer.isDone()) {
			int count = Math.min(1 + random.nextInt(largest), bytes.length - at);
			wire.read(bytes, at, count);
			at += count;
		}
		if (!answer.isDone()) {
			wire.end();
			answer.end();
		}
		Read read = new Read();
		read.failed = answer.error() != null;
		byte[] said = answer.bytes();
		if (said != null && !read.failed) {
			read.done = true;
			read.chunk(Json.read(said, 0, said.length), "message");
		}
		return read;
	}

	@Test
	void whateverBefallsAnAnswer() {
		int whole = 0;
		int failed = 0;
		for (int round = 0; round < ROUNDS; round++) {
			Random random = new Random(SEED + round);
			FuzzedAnswer answer = new FuzzedAnswer(random);
			boolean asStream = random.nextInt(4) != 0;
			byte[] bytes = answer.onItsWay((asStream || random.nextBoolean()) ? answer.stream() : answer.whole());
			int largest = random.nextInt(3) == 0 ? 1 : 1 + random.nextInt(200);
			IOException end = random.nextInt(6) == 0 ? new IOException("connection reset") : null;
			String which = "seed " + (SEED + round) + ": " + new String(bytes, StandardCharsets.UTF_8);
			long before = THREADS.getCurrentThreadAllocatedBytes();
			Read read = null;
			try {
				read = asStream ? stream(new Packets(bytes, random, largest, end)) : call(bytes, random, largest);
			}
			catch (IOException ex) {
				assertThat(ex).as(which).isNotInstanceOf(InterruptedIOException.class);
			}
			catch (RuntimeException | AssertionError ex) {
				throw new AssertionError(which, ex);
			}
			assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).as(which)
				.isLessThan((long) MOST_TIMES * bytes.length + MOST_BYTES);
			if (read != null && read.isWhole()) {
				whole++;
				assertThat(read.text.toString()).as(which).isEqualTo(answer.text.toString());
				assertThat(read.tools).as(which).isEqualTo(answer.tools);
			}
			else {
				failed++;
				assertThat(answer.harmed || end != null).as("sound, and a failure: %s", which).isTrue();
			}
		}
		assertThat(whole).isGreaterThan(ROUNDS / 5);
		assertThat(failed).isGreaterThan(ROUNDS / 20);
	}

	@Test
	void aSoundAnswerIsWholeThoughItsConnectionBreaksBehindIt() throws IOException {
		for (int round = 0; round < 200; round++) {
			Random random = new Random(SEED + round);
			FuzzedAnswer answer = new FuzzedAnswer(random);
			byte[] bytes = answer.stream();
			String which = "seed " + (SEED + round) + ": " + new String(bytes, StandardCharsets.UTF_8);
			Read read = null;
			try {
				read = stream(new Packets(bytes, random, 50, new IOException("connection reset")));
			}
			catch (IOException ex) {
				throw new AssertionError(which, ex);
			}
			assertThat(read.isWhole()).as(which).isTrue();
			assertThat(read.text.toString()).isEqualTo(answer.text.toString());
		}
	}

	@Test
	void anAnswerCutAtAnyByteIsNeverTakenForAnother() throws IOException {
		for (int round = 0; round < 10; round++) {
			FuzzedAnswer answer = new FuzzedAnswer(new Random(SEED + round));
			byte[] bytes = answer.stream();
			for (int cut = 0; cut <= bytes.length; cut++) {
				try {
					Read read = stream(new Packets(Arrays.copyOf(bytes, cut), new Random(cut), 64, null));
					assertThat(answer.text.toString()).startsWith(read.text.toString());
					if (read.isWhole()) {
						assertThat(read.text.toString()).isEqualTo(answer.text.toString());
						assertThat(read.tools).isEqualTo(answer.tools);
					}
				}
				catch (IOException ex) {
					assertThat(ex).hasMessageNotContaining("null");
				}
			}
		}
	}

	@Test
	void linesOfEightMegabytes() throws IOException {
		byte[] long8 = new byte[8 * 1024 * 1024];
		Arrays.fill(long8, (byte) 'x');
		String words = new String(long8, StandardCharsets.US_ASCII);
		ObjectNode chunk = Json.object();
		chunk.putArray("choices").addObject().put("finish_reason", "stop").putObject("delta").put("content", words);
		byte[] answer = (": " + words + "\n\ndata: " + chunk + "\n\ndata: [DONE]\n\n")
			.getBytes(StandardCharsets.US_ASCII);
		long before = THREADS.getCurrentThreadAllocatedBytes();
		Read read = new Read();
		BufferedSource source = Okio.buffer(new ChunkSource(Okio.buffer(new Packets(answer, new Random(1), 8192, null)),
				new HttpExchange(null, "asked"), (error) -> error));
		for (String line = source.readUtf8Line(); line != null; line = source.readUtf8Line()) {
			read.line(line);
		}
		assertThat(read.isWhole()).isTrue();
		assertThat(read.text).hasSize(words.length());
		assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(40L * answer.length);
	}

	@Test
	void aLineWithoutEndIsRefused() {
		byte[] endless = new byte[ChunkSource.LARGEST_EVENT + 10_000];
		Arrays.fill(endless, (byte) 'x');
		byte[] start = "data: {\"choices\":[{\"delta\":{\"content\":\"".getBytes(StandardCharsets.US_ASCII);
		System.arraycopy(start, 0, endless, 0, start.length);
		assertThatThrownBy(() -> stream(new Packets(endless, new Random(1), 8192, null)))
			.isInstanceOf(IOException.class);
		System.arraycopy("{\"choices\":[{".getBytes(StandardCharsets.US_ASCII), 0, endless, 0, 13);
		assertThatThrownBy(() -> stream(new Packets(endless, new Random(1), 8192, null)))
			.isInstanceOf(IOException.class);
	}

}
