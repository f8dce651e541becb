package io.github.agentresilience.chain;

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
