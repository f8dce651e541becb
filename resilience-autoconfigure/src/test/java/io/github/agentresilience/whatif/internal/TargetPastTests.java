package io.github.agentresilience.whatif.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.whatif.internal.RecordedAttempt.RecordedFailure;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a target would have done at moments at which nobody asked it.
 */
class TargetPastTests {

	private static final long SECOND = 1_000_000_000;

	private final List<RecordedAttempt> attempts = new ArrayList<>();

	private TargetPastTests good(double second, int millis) {
		return add(second, millis, Attempt.Outcome.SUCCESS, null);
	}

	private TargetPastTests bad(double second) {
		return add(second, 20, Attempt.Outcome.FAILURE, FailureKind.TRANSIENT);
	}

	private TargetPastTests add(double second, int millis, Attempt.Outcome outcome, FailureKind kind) {
		this.attempts.add(new RecordedAttempt(0, 0, (long) (second * SECOND), millis * 1000, millis * 1000, outcome,
				(kind != null) ? new RecordedFailure(kind, 0, 0, true, false) : null, null));
		return this;
	}

	private double goodShare(double second) {
		TargetPast past = new TargetPast(this.attempts, new Random(1));
		int good = 0;
		for (int i = 0; i < 1000; i++) {
			good += past.near((long) (second * SECOND)).isGood() ? 1 : 0;
		}
		return good / 1000.0;
	}

	@Test
	void anOutageHasEdges() {
		for (int i = 0; i < 60; i++) {
			if (i < 20 || i >= 40) {
				good(i / 10.0, 100);
			}
			else {
				bad(i / 10.0);
			}
		}
		assertThat(goodShare(1.94)).isEqualTo(1);
		assertThat(goodShare(1.96)).isEqualTo(0);
		assertThat(goodShare(3.94)).isEqualTo(0);
		assertThat(goodShare(3.96)).isEqualTo(1);
	}

	@Test
	void aMixtureIsDrawnFrom() {
		for (int i = 0; i < 100; i += 2) {
			good(i / 10.0, 100).bad((i + 1) / 10.0);
		}
		assertThat(goodShare(5.02)).isBetween(0.3, 0.7);
	}

	@Test
	void anOpenBreakerHidesHalfOfTheTimeUntilTheNextAnswer() {
		good(0, 100).good(1, 100).good(2, 100).bad(10).bad(10.1).bad(10.2);
		good(410, 100).good(411, 100).good(412, 100);
		assertThat(goodShare(100)).isEqualTo(0);
		assertThat(goodShare(200)).isEqualTo(0);
		assertThat(goodShare(400)).isEqualTo(1);
	}

	@Test
	void whatWasAskedLongBeforeIsDrawnFromAllOfIt() {
		good(0, 100).bad(1).good(2, 100).good(3, 100);
		assertThat(goodShare(1000)).isBetween(0.7, 0.8);
	}

	@Test
	void oneThatWasCancelledNeedsAsLongAsALongerAnswer() {
		good(0, 100).good(1, 900).add(2, 300, Attempt.Outcome.SUPERSEDED, null);
		add(3, 2000, Attempt.Outcome.CANCELLED, null);
		TargetPast past = new TargetPast(this.attempts, new Random(1));
		assertThat(past.known(this.attempts.get(2)).durationMicros()).isEqualTo(900_000);
		assertThat(past.known(this.attempts.get(2)).isGood()).isTrue();
		assertThat(past.known(this.attempts.get(3)).durationMicros()).isEqualTo(4_000_000);
	}

	@Test
	void oneThatRanIntoItsTimeoutAnswersOnlyWhereOthersDidSoNearby() {
		good(0, 5000).add(30, 1000, Attempt.Outcome.FAILURE, FailureKind.SILENT);
		add(300, 1000, Attempt.Outcome.FAILURE, FailureKind.SILENT);
		TargetPast past = new TargetPast(this.attempts, new Random(1));
		assertThat(past.known(this.attempts.get(1)).durationMicros()).isEqualTo(5_000_000);
		assertThat(past.known(this.attempts.get(2)).failedAs(FailureKind.SILENT)).isTrue();
	}

}
