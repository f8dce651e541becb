package io.github.agentresilience.chain.internal.wire;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RetryAfterTests {

	private static final Clock NOW = Clock.fixed(Instant.parse("2026-11-23T10:00:00Z"), ZoneOffset.UTC);

	private static Duration read(Map<String, String> headers) {
		return RetryAfter.from(headers::get, NOW);
	}

	@Test
	void readsEveryForm() {
		assertThat(read(Map.of("retry-after", "7"))).isEqualTo(Duration.ofSeconds(7));
		assertThat(read(Map.of("retry-after", "1.5"))).isEqualTo(Duration.ofMillis(1500));
		assertThat(read(Map.of("retry-after-ms", "250", "retry-after", "7"))).isEqualTo(Duration.ofMillis(250));
		assertThat(read(Map.of("retry-after", "Mon, 23 Nov 2026 10:00:30 GMT"))).isEqualTo(Duration.ofSeconds(30));
		assertThat(read(Map.of("retry-after", "Mon, 23 Nov 2026 09:00:00 GMT"))).isEqualTo(Duration.ZERO);
		assertThat(read(Map.of("x-ratelimit-remaining-requests", "0", "x-ratelimit-reset-requests", "1m2.5s")))
			.isEqualTo(Duration.ofMillis(62_500));
		assertThat(read(Map.of("x-ratelimit-remaining-tokens", "0", "x-ratelimit-reset-tokens", "40ms")))
			.isEqualTo(Duration.ofMillis(40));
		assertThat(read(Map.of("x-ms-retry-after-ms", "300"))).isEqualTo(Duration.ofMillis(300));
		assertThat(read(Map.of("retry-after", "Monday, 23-Nov-26 10:00:30 GMT"))).isEqualTo(Duration.ofSeconds(30));
		assertThat(read(Map.of("retry-after", "Mon Nov 23 10:00:30 2026"))).isEqualTo(Duration.ofSeconds(30));
		assertThat(read(Map.of("retry-after", "Mon Nov  2 10:00:30 2026"))).isEqualTo(Duration.ZERO);
		assertThat(read(Map.of("anthropic-ratelimit-tokens-remaining", "0", "anthropic-ratelimit-tokens-reset",
				"2026-11-23T10:01:00Z", "anthropic-ratelimit-requests-remaining", "0",
				"anthropic-ratelimit-requests-reset", "2026-11-23T10:00:20Z")))
			.isEqualTo(Duration.ofSeconds(60));
		assertThat(read(Map.of("x-ratelimit-remaining", "0", "x-ratelimit-reset", "1795428030000")))
			.isEqualTo(Duration.ofSeconds(30));
		assertThat(read(Map.of("ratelimit-remaining", "0", "ratelimit-reset", "12"))).isEqualTo(Duration.ofSeconds(12));
		assertThat(read(Map.of("x-ratelimit-remaining", "0", "x-ratelimit-reset", "1795428045")))
			.isEqualTo(Duration.ofSeconds(45));
	}

	@Test
	void noTargetCoolsDownForMoreThanADay() {
		assertThat(read(Map.of("retry-after", "99999999999"))).isEqualTo(Duration.ofHours(24));
		assertThat(read(Map.of("retry-after", "1e300"))).isNull();
		assertThat(read(Map.of("retry-after", "-5"))).isEqualTo(Duration.ZERO);
		assertThat(read(Map.of("retry-after", "Mon, 23 Nov 2099 10:00:30 GMT"))).isEqualTo(Duration.ofHours(24));
	}

	@Test
	void whatCannotBeReadSaysNothing() {
		assertThat(read(Map.of())).isNull();
		assertThat(read(Map.of("retry-after", "soon"))).isNull();
		assertThat(read(Map.of("retry-after", "NaN"))).isNull();
		assertThat(read(Map.of("x-ratelimit-remaining-requests", "5", "x-ratelimit-reset-requests", "1s"))).isNull();
		assertThat(read(Map.of("x-ratelimit-remaining-requests", "0", "x-ratelimit-reset-requests", "1x"))).isNull();
	}

}
