package io.github.agentresilience.llm.internal.answer;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.agentresilience.llm.internal.failure.BrokenAnswerException;
import okio.Buffer;
import okio.BufferedSource;
import okio.ForwardingSource;
import org.jspecify.annotations.Nullable;

/**
 * A streamed answer on its way to the SDK, which sees nothing but events that it can
 * read, and the end of the answer at {@code [DONE]}, though the connection may stay open.
 * Each chunk is progress of the attempt: Spring AI holds a streamed tool call back until
 * it is whole, so the chunks that come out of it do not tell a target that is at work
 * from one that has fallen silent. Comments and pings are no progress, since gateways
 * send them while nothing comes from behind.
 */
final class ChunkSource extends ForwardingSource implements ChunkReader.Target {

	static final int LARGEST_EVENT = 32 * 1024 * 1024;

	private static final int PART = 8192;

	private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);

	private static final String END = "data: [DONE]\n\n";

	/**
	 * How long after the last text of an answer its usage and its end may come, in
	 * milliseconds.
	 */
	static final long GRACE = 500;

	private final BufferedSource body;

	private final HttpExchange exchange;

	private final UnaryOperator<String> redaction;

	private final ChunkReader reader;

	private final WireReader wire;

	private final Buffer arrived = new Buffer();

	private @Nullable IOException failure;

	private final Buffer ready = new Buffer();

	private byte @Nullable [] chunk;

	private int chunkFrom;

	private int chunkLength;

	private boolean heard;

	private boolean inGrace;

	/**
	 * Reads an answer.
	 * @param redaction takes out of an error what is not to be passed on
	 */
	ChunkSource(BufferedSource body, HttpExchange exchange, UnaryOperator<String> redaction) {
		super(body);
		this.body = body;
		this.exchange = exchange;
		this.redaction = redaction;
		this.reader = new ChunkReader(exchange.model(), this);
		this.wire = new WireReader(LARGEST_EVENT, this.reader);
	}

	@Override
	public long read(Buffer sink, long byteCount) throws IOException {
		while (this.ready.exhausted() && !this.reader.isDone() && this.failure == null) {
			pull();
		}
		if (!this.ready.exhausted()) {
			return this.ready.read(sink, byteCount);
		}
		if (this.failure != null) {
			throw this.failure;
		}
		return -1;
	}

	/** What came before a failure is handed over first. */
	private void pull() {
		try {
			if (arrived()) {
				byte[] bytes = this.arrived.readByteArray();
				this.wire.read(bytes, 0, bytes.length);
				graceBegins();
			}
			else {
				endOfBody();
			}
		}
		catch (IOException ex) {
			this.failure = ex;
		}
	}

	private boolean arrived() throws IOException {
		try {
			return this.body.read(this.arrived, PART) >= 0;
		}
		catch (IOException ex) {
			if (!endsAnswer(ex)) {
				throw ex;
			}
			return false;
		}
	}

	private void graceBegins() {
		if (this.heard) {
			this.heard = false;
			grace(this.reader.isWhole());
		}
	}

	/**
	 * Limits the wait for what comes after the last text; what is no text does not extend
	 * it.
	 */
	private void grace(boolean whole) {
		if (whole) {
			this.body.timeout().deadline(GRACE, TimeUnit.MILLISECONDS);
		}
		else if (this.inGrace) {
			this.body.timeout().clearDeadline();
		}
		this.inGrace = whole;
	}

	private void endOfBody() throws IOException {
		try {
			this.wire.end();
		}
		catch (BrokenAnswerException ex) {
			if (!this.reader.isWhole()) {
				throw ex;
			}
		}
		this.reader.end();
	}

	/** Servers close, or fall silent, where the end is due that they do not send. */
	private boolean endsAnswer(IOException ex) {
		if (this.exchange.isCancelled() || (ex instanceof InterruptedIOException && !this.inGrace)) {
			return false;
		}
		try {
			// The last event may be there, and only the line that ends it is not
			this.wire.end();
		}
		catch (IOException broken) {
			return false;
		}
		return this.reader.isWhole();
	}

	@Override
	public void reading(byte @Nullable [] bytes, int from, int length) {
		this.chunk = bytes;
		this.chunkFrom = from;
		this.chunkLength = length;
	}

	@Override
	public void progressed() {
		this.heard = true;
		this.exchange.progressed();
	}

	@Override
	public void asItCame(ObjectNode node) {
		if (this.chunk == null || !isFitForALine()) {
			chunk(node);
			return;
		}
		write(this.chunk, this.chunkFrom, this.chunkLength);
	}

	private boolean isFitForALine() {
		for (int i = 0; i < this.chunkLength; i++) {
			byte each = Objects.requireNonNull(this.chunk)[this.chunkFrom + i];
			// Jackson ignores the byte FF in the name of a field, later readers do not
			if (each == '\n' || each == '\r' || each == (byte) 0xFF) {
				return false;
			}
		}
		return true;
	}

	@Override
	public void chunk(ObjectNode node) {
		byte[] bytes = Json.write(node);
		write(bytes, 0, bytes.length);
	}

	private void write(byte[] bytes, int from, int length) {
		this.ready.write(DATA).write(bytes, from, length).writeByte('\n').writeByte('\n');
	}

	@Override
	public void finished(int choice, FinishReason reason) {
		this.exchange.finished(choice, reason);
	}

	@Override
	public void failed(ObjectNode error) {
		byte[] bytes = this.redaction.apply(error.toString()).getBytes(StandardCharsets.UTF_8);
		write(bytes, 0, bytes.length);
	}

	@Override
	public void ended() {
		this.ready.writeUtf8(END);
	}

}
