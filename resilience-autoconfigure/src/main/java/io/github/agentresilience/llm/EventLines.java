package io.github.agentresilience.llm;

import java.io.IOException;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

import io.github.agentresilience.chain.Attempt;
import okio.Buffer;
import okio.BufferedSource;
import okio.ForwardingSource;
import org.jspecify.annotations.Nullable;

/**
 * An event stream on its way to the SDK, line by line, as such streams are read. Each event is progress of the attempt:
 * Spring AI holds a streamed tool call back until it is whole, so the chunks that come out of it do not tell a target
 * that is at work from one that has fallen silent. Comments are no progress, since gateways send them while nothing
 * comes from behind.
 */
final class EventLines extends ForwardingSource {

	private static final String EVENT = "data:";

	/** An error as vLLM sends it, which the SDK would take for a chunk without choices. */
	private static final Pattern BARE_ERROR = Pattern.compile("^data:\\s*\\{\\s*\"object\"\\s*:\\s*\"error\"");

	private final BufferedSource lines;

	private final UnaryOperator<String> clean;

	private final @Nullable Attempt attempt;

	private final Buffer ready = new Buffer();

	/**
	 * Reads a stream.
	 * @param clean takes out of a line what is not to be passed on
	 * @param attempt the attempt that the stream belongs to, if it is known
	 */
	EventLines(BufferedSource lines, UnaryOperator<String> clean, @Nullable Attempt attempt) {
		super(lines);
		this.lines = lines;
		this.clean = clean;
		this.attempt = attempt;
	}

	@Override
	public long read(Buffer sink, long byteCount) throws IOException {
		if (this.ready.exhausted()) {
			if (this.lines.exhausted()) {
				return -1;
			}
			long end = this.lines.indexOf((byte) '\n');
			String line = (end >= 0) ? this.lines.readUtf8(end + 1) : this.lines.readUtf8();
			this.ready.writeUtf8(this.clean.apply(line.startsWith(EVENT) ? event(line) : line));
		}
		return this.ready.read(sink, byteCount);
	}

	private String event(String line) {
		if (this.attempt != null) {
			this.attempt.progressed();
		}
		if (FinishReasons.isFailed(line)) {
			return ErrorInAnswer.isExplained(line.substring(EVENT.length())) ? line
					: EVENT + FinishReasons.ERROR + "\n";
		}
		if (BARE_ERROR.matcher(line).find()) {
			return EVENT + "{\"error\":" + line.substring(EVENT.length()).strip() + "}\n";
		}
		return FinishReasons.standard(line);
	}

}
