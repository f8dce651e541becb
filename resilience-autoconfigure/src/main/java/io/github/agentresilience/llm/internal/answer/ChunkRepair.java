package io.github.agentresilience.llm.internal.answer;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Makes of the chunks of one streamed answer what the SDK can read: fills in what is
 * missing, leaves out what says nothing, and keeps tool calls until they are whole.
 * Spring AI keeps them too, but it loses all text that comes after the first part of one,
 * and takes an empty list of them for the beginning of one.
 */
final class ChunkRepair {

	private final AnswerFields fields;

	private final Sink sink;

	private final Map<Integer, StreamedChoice> choices = new TreeMap<>();

	/**
	 * A repair of one answer.
	 * @param model what answers, where the answer does not say
	 * @param sink takes what the SDK can read
	 */
	ChunkRepair(String model, Sink sink) {
		this.fields = new AnswerFields(model);
		this.sink = sink;
	}

	/**
	 * Takes a chunk that is no error.
	 * @return whether it says anything; a ping does not
	 */
	boolean accept(ObjectNode chunk) throws IOException {
		boolean withoutChoices = chunk.path("choices").isEmpty();
		if (withoutChoices && !chunk.path("usage").isObject()) {
			return false;
		}
		boolean changed = !chunk.path("choices").isArray();
		ArrayNode said = AnswerFields.choices(chunk);
		changed |= this.fields.fill(chunk);
		if (withoutChoices) {
			endToolCalls();
			if (chunk.hasNonNull("usage")) {
				pass(chunk, changed);
			}
			return true;
		}
		for (int i = said.size() - 1; i >= 0; i--) {
			ObjectNode choice = (said.get(i) instanceof ObjectNode object) ? object : null;
			changed |= choice == null || AnswerFields.choice(choice, i);
			if (choice == null) {
				said.remove(i);
				continue;
			}
			StreamedChoice state = this.choices.computeIfAbsent(choice.get("index").intValue(), StreamedChoice::new);
			changed |= state.take(choice);
			report(state);
			if (state.isLeftOut()) {
				said.remove(i);
			}
		}
		if (!said.isEmpty() || chunk.hasNonNull("usage")) {
			pass(chunk, changed);
		}
		return true;
	}

	private void report(StreamedChoice choice) throws IOException {
		FinishReason finish = choice.finish();
		if (finish == null) {
			return;
		}
		ObjectNode failure = finish.failure(choice.hasSpoken());
		if (failure != null) {
			throw new ErrorInStream(failure);
		}
		this.sink.finished(choice.index(), finish);
	}

	private void pass(ObjectNode chunk, boolean changed) throws IOException {
		if (changed) {
			this.sink.chunk(chunk);
		}
		else {
			this.sink.asItCame(chunk);
		}
	}

	/** Hands over the tool calls that are whole. */
	private void endToolCalls() throws IOException {
		for (StreamedChoice choice : this.choices.values()) {
			ObjectNode whole = choice.takeWholeToolCalls();
			if (whole != null) {
				ObjectNode chunk = Json.object();
				chunk.put("object", "chat.completion.chunk").put("created", 0);
				chunk.putArray("choices").add(whole);
				this.fields.fill(chunk);
				this.sink.chunk(chunk);
			}
		}
	}

	/** The stream is over, and so are the tool calls that have a finish reason. */
	void end() throws IOException {
		endToolCalls();
	}

	/**
	 * Whether every choice has said something and why it ended, so that no more than
	 * figures can come.
	 */
	boolean isWhole() {
		return !this.choices.isEmpty()
				&& this.choices.values().stream().allMatch((choice) -> choice.finish() != null && choice.hasSpoken());
	}

	/** Whether any choice has said anything at all. */
	boolean hasBegun() {
		return !this.choices.isEmpty();
	}

	/**
	 * Takes what the SDK can read.
	 */
	interface Sink {

		/** A chunk in which nothing had to be changed. */
		void asItCame(ObjectNode chunk) throws IOException;

		void chunk(ObjectNode chunk) throws IOException;

		/** A choice has said why it ended, in a chunk that comes next. */
		void finished(int choice, FinishReason reason);

	}

	/** A stream that says it failed. */
	static final class ErrorInStream extends IOException {

		private final transient ObjectNode error;

		ErrorInStream(ObjectNode error) {
			super("an error in the stream");
			this.error = error;
		}

		ObjectNode error() {
			return this.error;
		}

		@Override
		public synchronized Throwable fillInStackTrace() {
			return this;
		}

	}

}
