package io.github.agentresilience.scorecard.internal;

import java.time.Duration;
import java.time.Instant;

import io.github.agentresilience.chain.TokenUsage;
import io.github.agentresilience.chain.internal.budget.Purpose;
import io.github.agentresilience.support.ManualTime;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SpendLedgerTests {

	private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

	private final ManualTime time = ManualTime.standing(NOON.plusSeconds(1_800));

	private final SpendLedger ledger = new SpendLedger(this.time);

	private void use(long input, long output, Double cost, Purpose purpose) {
		this.ledger.used(purpose, new TokenUsage(input, output), cost);
	}

	@Test
	void eachHourOfTheClockHoldsWhatWasSpentInIt() {
		use(100, 10, 1.0, Purpose.ANSWER);
		this.time.advance(Duration.ofMinutes(29));
		use(200, 20, 2.0, Purpose.RESILIENCE);
		this.time.advance(Duration.ofMinutes(1));
		use(400, 40, 4.0, Purpose.ANSWER);
		assertThat(this.ledger.hours(NOON)).hasSize(2)
			.containsEntry(NOON,
					new Spending(new Spend(100, 10, 110, 1.0, 0, 0, 0), new Spend(200, 20, 220, 2.0, 0, 0, 0)))
			.containsEntry(NOON.plusSeconds(3_600), new Spending(new Spend(400, 40, 440, 4.0, 0, 0, 0), Spend.NONE));
		assertThat(this.ledger.hours(NOON.plusSeconds(3_600))).hasSize(1);
		assertThat(this.ledger.total().all()).isEqualTo(new Spend(700, 70, 770, 7.0, 0, 0, 0));
	}

	@Test
	void whatHasNoPriceAndWhatIsNotKnownAreCountedApart() {
		use(100, 10, 1.0, Purpose.ANSWER);
		use(50, 5, null, Purpose.ANSWER);
		this.ledger.unknown(Purpose.RESILIENCE, null, null);
		this.ledger.unknown(Purpose.RESILIENCE, new TokenUsage(70, 0), 7.0);
		assertThat(this.ledger.total())
			.isEqualTo(new Spending(new Spend(150, 15, 110, 1.0, 0, 0, 0), new Spend(0, 0, 0, 0, 2, 70, 7.0)));
	}

	@Test
	void aDayIsKeptAndNoMore() {
		for (int hour = 0; hour < 100; hour++) {
			use(1, 1, 1.0, Purpose.ANSWER);
			this.time.advance(Duration.ofHours(1));
		}
		assertThat(this.ledger.hours(Instant.EPOCH)).hasSize(SpendLedger.HOURS);
		this.time.advance(Duration.ofDays(3));
		use(1, 1, 1.0, Purpose.ANSWER);
		assertThat(this.ledger.hours(Instant.EPOCH)).hasSize(1);
		assertThat(this.ledger.total().all().tokens()).isEqualTo(202);
	}

	@Test
	void aResetForgetsAll() {
		use(1, 1, 1.0, Purpose.ANSWER);
		this.ledger.reset();
		assertThat(this.ledger.total()).isEqualTo(Spending.NONE);
		assertThat(this.ledger.hours(Instant.EPOCH)).isEmpty();
	}

}
