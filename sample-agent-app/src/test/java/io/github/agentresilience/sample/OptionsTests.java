package io.github.agentresilience.sample;

import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class OptionsTests {

	@Test
	void whatIsGivenWinsOverADefault() {
		Options options = new Options("--serve", "--server.port=8081");
		assertThat(options.has("--serve")).isTrue();
		assertThat(options.has("--tour")).isFalse();
		assertThat(options.without(List.of("--serve"), "--server.port=0", "--sample.latency.word=30ms"))
			.containsExactly("--server.port=8081", "--sample.latency.word=30ms");
	}

}
