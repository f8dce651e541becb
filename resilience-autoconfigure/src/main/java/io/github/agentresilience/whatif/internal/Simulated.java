package io.github.agentresilience.whatif.internal;

import java.time.Duration;
import java.util.List;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.internal.engine.AnswerInspector;
import io.github.agentresilience.chain.internal.engine.AnswerJudge;
import io.github.agentresilience.whatif.internal.RecordedAttempt.RecordedFailure;
import org.jspecify.annotations.Nullable;

/**
 * What a simulated target answers, or a chunk of it.
 */
enum Simulated {

	GOOD, TOOL_ERROR, UNACCEPTABLE;

	private static final String TOLD = "as recorded";

	/** Sees the failures that were seen. */
	static final FailureClassifier CLASSIFIER = (thrown) -> (thrown instanceof Failed failed) ? failed.failure()
			: Failure.ofTransient(0, TOLD, thrown);

	static final AnswerInspector<Simulated> INSPECTOR = new AnswerInspector<>() {

		@Override
		public @Nullable Failure judge(Simulated answer) {
			return (answer == TOOL_ERROR) ? Failure.tool(TOLD, new Failed(null)) : null;
		}

	};

	static final AnswerJudge<RecordedCall, Simulated> JUDGE = new AnswerJudge<>() {

		@Override
		public @Nullable Failure judge(RecordedCall request, int position, Simulated answer) {
			return (answer == UNACCEPTABLE) ? Failure.unacceptable(TOLD, TOLD) : null;
		}

		@Override
		public @Nullable Failure judgeWhole(RecordedCall request, int position, List<Simulated> chunks) {
			return chunks.contains(UNACCEPTABLE) ? Failure.unacceptable(TOLD, TOLD) : null;
		}

		@Override
		public boolean needsWholeStream(RecordedCall request) {
			return false;
		}

		@Override
		public int badness(Failure why) {
			return 0;
		}

		@Override
		public Simulated markUnaccepted(Simulated answer) {
			return answer;
		}

	};

	/** A failure that was recorded. */
	@SuppressWarnings("serial") // Never leaves the replay
	static final class Failed extends RuntimeException {

		private final @Nullable RecordedFailure recorded;

		Failed(@Nullable RecordedFailure recorded) {
			super(TOLD, null, false, false);
			this.recorded = recorded;
		}

		Failure failure() {
			RecordedFailure how = this.recorded;
			if (how == null) {
				return Failure.ofTransient(0, TOLD, this);
			}
			FailureKind kind = (how.kind() == FailureKind.UNACCEPTABLE || how.kind() == FailureKind.CANCELLED)
					? FailureKind.TRANSIENT : how.kind();
			return new Failure(kind, how.status(),
					(how.retryAfterMillis() > 0) ? Duration.ofMillis(how.retryAfterMillis()) : null, how.counts(), null,
					how.unclear(), TOLD, this);
		}

	}

}
