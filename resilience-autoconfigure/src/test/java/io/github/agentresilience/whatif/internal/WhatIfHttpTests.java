package io.github.agentresilience.whatif.internal;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * What an application that has lived through an outage says of another policy, and how
 * one that has that policy lives through the same outage. It is a short one, whose end an
 * open breaker finds out a good part of it later; {@link WhatIfGoalsTests} has a longer
 * one.
 */
@Timeout(60)
class WhatIfHttpTests {

	@Test
	void withoutItsFallbackTheApplicationFailsAboutAsOftenAsItSays() throws Exception {
		try (OutageOverHttp outage = new OutageOverHttp(Duration.ofMillis(600), Duration.ofMillis(1600),
				Duration.ofMillis(2500))) {
			WhatIf.ChainOutcome said = outage
				.predict(List.of("resilience.llm.chains.default=a,b", "resilience.llm.retry.max-attempts=1"),
						List.of("resilience.llm.chains.default: [a]"))
				.get(0);
			Figures real = outage
				.run(List.of("resilience.llm.chains.default=a", "resilience.llm.retry.max-attempts=1"));
			assertThat(said.was().successRate()).isEqualTo(1);
			assertThat(real.successRate()).isBetween(0.25, 0.85);
			assertThat(said.would().successRate()).isCloseTo(real.successRate(), within(0.15));
			assertThat((double) said.would().attempts()).isCloseTo(real.attempts(), within(0.15 * real.attempts()));
		}
	}

}
