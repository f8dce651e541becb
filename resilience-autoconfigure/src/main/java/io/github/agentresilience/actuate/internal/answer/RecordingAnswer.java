package io.github.agentresilience.actuate.internal.answer;

import java.util.List;

import io.github.agentresilience.whatif.internal.RecordingFormat;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * The recording of the last hour, for a gate to replay.
 *
 * @param version of the format
 * @param recordedUntil when it ends
 * @param lengthMicros how long it is
 * @param chains what the rows name by their places, from 0
 * @param calls rows of numbers
 * @param attempts rows of numbers
 */
@AnswerJson
public record RecordingAnswer(int version, String recordedUntil, long lengthMicros, List<OfChain> chains,
		List<long[]> calls, List<long[]> attempts) implements OperationResponseBody {

	public static RecordingAnswer of(RecordingFormat recording) {
		return new RecordingAnswer(recording.version(), recording.recordedUntil(), recording.lengthMicros(),
				recording.chains()
					.stream()
					.map((chain) -> new OfChain(chain.layer().id(), chain.name(), chain.targets()))
					.toList(),
				recording.calls(), recording.attempts());
	}

	/** A chain and its targets. */
	@AnswerJson
	public record OfChain(String layer, String name, List<String> targets) {
	}

}
