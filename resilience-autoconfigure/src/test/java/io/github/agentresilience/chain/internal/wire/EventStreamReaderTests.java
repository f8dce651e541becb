package io.github.agentresilience.chain.internal.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Event streams, whole and cut at every byte.
 */
class EventStreamReaderTests {

	private static final int MOST = 1 << 20;

	private final List<String> heard = new ArrayList<>();

	private EventStreamReader reader(int most) {
		return new EventStreamReader(most, new EventStreamReader.Handler() {
			@Override
			public void event(EventStreamReader.Event event) {
				EventStreamReaderTests.this.heard.add((event.name() != null ? event.name() + "=" : "") + event.text()
						+ (event.id() != null ? "#" + event.id() : ""));
			}

			@Override
			public void comment() {
				EventStreamReaderTests.this.heard.add(":");
			}
		});
	}

	private List<String> read(byte[] bytes, int chunk) throws IOException {
		this.heard.clear();
		EventStreamReader reader = reader(MOST);
		for (int from = 0; from < bytes.length; from += chunk) {
			reader.read(bytes, from, Math.min(chunk, bytes.length - from));
		}
		reader.end();
		return List.copyOf(this.heard);
	}

	/** Written with escapes: \n, \r and \uFEFF stand for themselves. */
	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			data: a\\n\\n                               | a
			data:a\\n\\n                                | a
			data:  a\\n\\n                              | ` a`
			data: a\\ndata: b\\n\\n                     | a~b
			data: a\\r\\rdata: b\\r\\r                  | a,b
			data: a\\r\\n\\r\\ndata: b\\r\\n\\r\\n      | a,b
			\\uFEFFdata: a\\n\\n                        | a
			: ping\\n\\ndata: a\\n\\n                   | :,a
			:\\n                                        | :
			event: x\\ndata: a\\n\\ndata: b\\n\\n       | x=a,b
			event: x\\n\\ndata: b\\n\\n                 | b
			id: 7\\ndata: a\\n\\ndata: b\\n\\n          | a#7,b#7
			id: 7\\n\\n                                 |
			retry: 3000\\n\\ndata: a\\n\\n              | a
			retry: 3000\\ndata: a\\n\\n                 | a
			data\\n\\n                                  | ``
			data:\\n\\n                                 | ``
			data: a\\ndata\\n\\n                        | a~
			data: a                                     | a
			data: a\\n                                  | a
			data: a\\nid: 1                             | a#1
			datum: a\\n\\ndata: b\\n\\n                 | b
			Data: a\\n\\n                               |
			data: a: b\\n\\n                            | a: b
			\\n\\n\\n                                   |
			""")
	void aStreamIsReadAsItIsMeantHoweverItIsCut(String stream, String expected) throws IOException {
		byte[] bytes = stream.strip()
			.replace("\\n", "\n")
			.replace("\\r", "\r")
			.replace("\\uFEFF", "\uFEFF")
			.getBytes(StandardCharsets.UTF_8);
		List<String> events = (expected == null) ? List.of() : List.of(expected.replace('~', '\n').split(",", -1));
		for (int chunk = 1; chunk <= Math.max(1, bytes.length); chunk++) {
			assertThat(read(bytes, chunk)).as("cut every %s bytes", chunk).isEqualTo(events);
		}
	}

	@Test
	void charactersMayBeCutToo() throws IOException {
		byte[] bytes = "data: gr\u00fc\u00dfe \uD83D\uDE00\n\n".getBytes(StandardCharsets.UTF_8);
		for (int chunk = 1; chunk <= bytes.length; chunk++) {
			assertThat(read(bytes, chunk)).containsExactly("gr\u00fc\u00dfe \uD83D\uDE00");
		}
	}

	@Test
	void anEventIsNoLargerThanItMayBe() throws IOException {
		byte[] line = ("data: " + "x".repeat(100)).getBytes(StandardCharsets.UTF_8);
		EventStreamReader oneLine = reader(1000);
		assertThatThrownBy(() -> {
			while (true) {
				oneLine.read(line, 0, line.length);
			}
		}).isInstanceOf(IOException.class).hasMessageContaining("larger than 1000 bytes");
		byte[] lines = ("data: " + "x".repeat(100) + "\n").getBytes(StandardCharsets.UTF_8);
		EventStreamReader manyLines = reader(1000);
		assertThatThrownBy(() -> {
			while (true) {
				manyLines.read(lines, 0, lines.length);
			}
		}).isInstanceOf(IOException.class);
		EventStreamReader events = reader(1000);
		for (int i = 0; i < 1000; i++) {
			events.read(lines, 0, lines.length);
			events.read(new byte[] { '\n' }, 0, 1);
		}
		assertThat(this.heard).hasSize(1000);
	}

	@Test
	void buffersOfEitherKindAreRead() throws IOException {
		byte[] bytes = "xxdata: a\n\n".getBytes(StandardCharsets.UTF_8);
		EventStreamReader reader = reader(MOST);
		ByteBuffer heap = ByteBuffer.wrap(bytes);
		heap.position(2);
		reader.read(heap.slice());
		ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
		direct.position(2);
		reader.read(direct);
		assertThat(direct.hasRemaining()).isFalse();
		reader.read(heap.asReadOnlyBuffer());
		assertThat(this.heard).containsExactly("a", "a", "a");
		assertThat(reader.isWithinEvent()).isFalse();
	}

	/**
	 * Whatever comes, it comes to the same events however it is cut, and to nothing but
	 * an event or an IOException.
	 */
	@Test
	void anyBytesComeToTheSameEventsHoweverTheyAreCut() throws IOException {
		Random random = new Random(42);
		String[] parts = { "data", ":", " ", "\n", "\r", "\r\n", "\n\n", "event", "id", "\u0000", "x", "\uFEFF",
				"{\"a\":1}", "retry" };
		for (int round = 0; round < 5_000; round++) {
			StringBuilder text = new StringBuilder();
			for (int i = random.nextInt(30); i > 0; i--) {
				text.append(parts[random.nextInt(parts.length)]);
			}
			byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
			if (bytes.length > 0 && random.nextInt(4) == 0) {
				bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
			}
			List<String> whole = read(bytes, Math.max(1, bytes.length));
			assertThat(read(bytes, 1 + random.nextInt(7))).isEqualTo(whole);
		}
	}

}
