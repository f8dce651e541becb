package io.github.agentresilience.whatif.internal;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * That what is said of a policy agrees with a real run of it on the same outage, its
 * times too.
 */
@Tag("goals")
@Timeout(180)
class WhatIfGoalsTests {

	/** What a busy machine adds to an exchange of one run and not of the other. */
	private static final double BUSY_MS = 25;

	private static final List<String> RECORDED = List.of("resilience.llm.chains.default=a,b",
			"resilience.llm.retry.max-attempts=1");

	private static final List<List<String>> CANDIDATES = List.of(
			List.of("resilience.llm.chains.default=a", "resilience.llm.retry.max-attempts=1"),
			List.of("resilience.llm.chains.default=b,a", "resilience.llm.retry.max-attempts=1"),
			List.of("resilience.llm.chains.default=a,b", "resilience.llm.retry.max-attempts=3"),
			List.of("resilience.llm.chains.default=a,b", "resilience.llm.retry.max-attempts=1",
					"resilience.llm.hedge.enabled=true", "resilience.llm.hedge.after=100ms",
					"resilience.llm.hedge.budget=1"));

	@Test
	void whatIsSaidOfAPolicyAgreesWithARealRunOfIt() throws Exception {
		try (OutageOverHttp outage = new OutageOverHttp(Duration.ofSeconds(3), Duration.ofSeconds(8),
				Duration.ofSeconds(14))) {
			List<WhatIf.ChainOutcome> said = outage.predict(RECORDED,
					CANDIDATES.stream()
						.map((each) -> String.join("\n", each)
							.replace("=a,b", ": [a, b]")
							.replace("=b,a", ": [b, a]")
							.replace("=", ": "))
						.toList());
			for (int i = 0; i < CANDIDATES.size(); i++) {
				Figures real = outage.run(CANDIDATES.get(i));
				Figures would = said.get(i).would();
				System.out.printf("%s%n  was       %s%n  would be  %s%n  really is %s%n", CANDIDATES.get(i),
						said.get(i).was(), would, real);
				assertThat(would.successRate()).as("success rate")
					.isCloseTo(real.successRate(), within(0.1 * real.successRate()));
				assertThat(would.p95Ms()).as("p95").isCloseTo(real.p95Ms(), within(0.1 * real.p95Ms() + BUSY_MS));
				assertThat((double) would.attempts()).as("attempts")
					.isCloseTo(real.attempts(), within(0.1 * real.attempts()));
			}
		}
	}

}
