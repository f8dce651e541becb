package io.github.agentresilience.llm.internal.answer;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.agentresilience.llm.internal.failure.EmptyAnswerException;
import io.github.agentresilience.llm.internal.failure.ErrorBody;
import io.github.agentresilience.llm.internal.failure.ErrorMeaning;
import io.github.agentresilience.llm.internal.failure.PromptRedaction;
import io.github.agentresilience.llm.internal.failure.ProviderError;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.BufferedSource;
import okio.Okio;

/**
 * Reads what a server answers, whatever it calls it, and hands the SDK what the SDK can
 * read: events to who asked for a stream, one object to who asked for an answer, and an
 * error with its status where the body is one. An answer without choices, which Spring AI
 * would log with the whole prompt, is a failure here already.
 */
public final class AnswerReader {

	private static final MediaType JSON = MediaType.get("application/json");

	private static final MediaType EVENTS = MediaType.get("text/event-stream");

	private static final int LARGEST_ANSWER = 64 * 1024 * 1024;

	private static final int LARGEST_ERROR = 256 * 1024;

	/**
	 * How long the body of an error may take after its status, in milliseconds. The
	 * status tells the most.
	 */
	private static final long ERROR_TIME = 500;

	private static final int LONGEST_LEAD = 100;

	private static final int UNSAID = 500;

	private static final int REFUSED = 400;

	private static final int PART = 8192;

	private AnswerReader() {
	}

	/**
	 * Reads a response as far as it has to be read before its body is asked for.
	 * @param redaction takes out of an error what is not to be passed on
	 */
	public static Response read(Response response, HttpExchange exchange, UnaryOperator<String> redaction)
			throws IOException {
		if (!response.isSuccessful()) {
			return error(response, exchange, redaction);
		}
		boolean events = exchange.attempt() == null
				&& String.valueOf(response.body().contentType()).contains("event-stream");
		return (events || exchange.isStreaming()) ? stream(response, exchange, redaction)
				: whole(response, exchange, redaction);
	}

	private static Response stream(Response response, HttpExchange exchange, UnaryOperator<String> redaction) {
		ChunkSource chunks = new ChunkSource(response.body().source(), exchange, redaction);
		return response.newBuilder()
			.removeHeader("Content-Length")
			.body(ResponseBody.create(Okio.buffer(chunks), EVENTS, -1))
			.build();
	}

	private static Response whole(Response response, HttpExchange exchange, UnaryOperator<String> redaction)
			throws IOException {
		WholeAnswer answer = new WholeAnswer(exchange);
		Buffer read = readAnswer(response.body().source(), answer, exchange);
		try {
			ObjectNode error = answer.error();
			if (error != null) {
				return changed(response, status(response.request(), error.path("error")),
						redaction.apply(error.toString()));
			}
			ObjectNode said = answer.answer();
			if (said != null && said.path("choices").isEmpty()) {
				response.close();
				throw new EmptyAnswerException();
			}
			byte[] body = answer.bytes();
			return changed(response, response.code(), (body != null) ? body : read.readByteArray());
		}
		finally {
			// Else its 8 KiB are lost to Okio's pool with each call
			read.clear();
		}
	}

	/** Reads an answer up to its end, which the end of the body may be long behind. */
	private static Buffer readAnswer(BufferedSource body, WholeAnswer answer, HttpExchange exchange)
			throws IOException {
		WireReader wire = new WireReader(LARGEST_ANSWER, answer);
		Buffer all = new Buffer();
		Buffer part = new Buffer();
		boolean inGrace = false;
		while (!answer.isDone()) {
			boolean more;
			try {
				more = body.read(part, PART) >= 0;
			}
			catch (IOException ex) {
				if (!answer.isWhole() || exchange.isCancelled()) {
					throw ex;
				}
				more = false;
			}
			if (!more) {
				wire.end();
				answer.end();
				return all;
			}
			byte[] bytes = part.readByteArray();
			all.write(bytes);
			wire.read(bytes, 0, bytes.length);
			if (!inGrace && answer.isWhole()) {
				inGrace = true;
				body.timeout().deadline(ChunkSource.GRACE, TimeUnit.MILLISECONDS);
			}
		}
		return all;
	}

	private static int status(Request request, JsonNode error) {
		int status = ProviderError.statusOf(error);
		if (status != 0) {
			return status;
		}
		String said = PromptRedaction.removed(error.toString(), request);
		ErrorMeaning meaning = ProviderError.ofText(0, said, null).meaning();
		return (meaning != ErrorMeaning.AS_ITS_STATUS) ? REFUSED : UNSAID;
	}

	/**
	 * Reads the body of an error, with a bound to its size and time: the status is there,
	 * and a body that never ends or breaks off must not turn it into silence or a lost
	 * connection.
	 */
	private static Response error(Response response, HttpExchange exchange, UnaryOperator<String> redaction)
			throws IOException {
		BufferedSource body = response.body().source();
		Buffer read = new Buffer();
		body.timeout().deadline(ERROR_TIME, TimeUnit.MILLISECONDS);
		try {
			while (read.size() < LARGEST_ERROR && !isWholeJson(read) && body.read(read, PART) >= 0) {
				continue;
			}
		}
		catch (IOException ex) {
			if (exchange.isCancelled()) {
				throw ex;
			}
		}
		MediaType type = response.body().contentType();
		Charset charset = (type != null) ? type.charset(StandardCharsets.UTF_8) : null;
		String text = read.readString((charset != null) ? charset : StandardCharsets.UTF_8);
		String standard = ErrorBody.standard(text);
		return changed(response, response.code(), redaction.apply((standard != null) ? standard : text));
	}

	/**
	 * Whether an object has come that is all there is to say, as it is or as an event;
	 * what follows is waited for in vain.
	 */
	private static boolean isWholeJson(Buffer read) {
		JsonEnd end = new JsonEnd();
		for (long at = 0; at < read.size(); at++) {
			byte next = read.getByte(at);
			if (at > LONGEST_LEAD && !end.isBegun()) {
				return false;
			}
			if (end.isBegun() || next == '{' || next == '[') {
				if (!end.isBegun() && !isLead(read.snapshot((int) at).utf8())) {
					return false;
				}
				if (end.endsWith(next)) {
					return true;
				}
			}
		}
		return false;
	}

	private static boolean isLead(String before) {
		return before.isBlank() || before.stripTrailing().endsWith("data:");
	}

	private static Response changed(Response response, int status, String body) {
		return changed(response, status, body.getBytes(StandardCharsets.UTF_8));
	}

	private static Response changed(Response response, int status, byte[] body) {
		response.close();
		return response.newBuilder()
			.code(status)
			.message((status == response.code()) ? response.message() : "")
			.removeHeader("Content-Length")
			.body(ResponseBody.create(body, JSON))
			.build();
	}

}
