package io.github.agentresilience.llm.internal.sticky;

import java.time.Duration;

import io.github.agentresilience.support.ManualTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ConversationsTests {

	private final ManualTime time = ManualTime.standing();

	private final Conversations conversations = new Conversations(this.time, Duration.ofMinutes(10));

	@AfterEach
	void close() {
		this.time.close();
	}

	@Test
	void aConversationIsRememberedUntilSomeTimeAfterItsLastAnswer() {
		this.conversations.served("default", "c1", "a");
		this.time.advance(Duration.ofMinutes(9));
		assertThat(this.conversations.target("default", "c1")).isEqualTo("a");
		this.conversations.served("default", "c1", "b");
		this.time.advance(Duration.ofMinutes(9));
		assertThat(this.conversations.target("default", "c1")).isEqualTo("b");
		this.time.advance(Duration.ofMinutes(1));
		assertThat(this.conversations.target("default", "c1")).isNull();
		assertThat(this.conversations.size()).isZero();
	}

	@Test
	void chainsAndConversationsAreToldApart() {
		this.conversations.served("default", "c1", "a");
		assertThat(this.conversations.target("smart", "c1")).isNull();
		assertThat(this.conversations.target("default", "c2")).isNull();
	}

	@Test
	void ofTooManyTheOneThatWasNotAskedForLongestIsForgotten() {
		for (int i = 0; i < Conversations.MOST; i++) {
			this.conversations.served("default", "c" + i, "a");
		}
		assertThat(this.conversations.target("default", "c0")).isEqualTo("a");
		this.conversations.served("default", "one more", "a");
		assertThat(this.conversations.size()).isEqualTo(Conversations.MOST);
		assertThat(this.conversations.target("default", "c0")).isEqualTo("a");
		assertThat(this.conversations.target("default", "c1")).isNull();
	}

	@Test
	void longIdsAreToldApartToo() {
		String begin = "x".repeat(100_000);
		this.conversations.served("default", begin + 1, "a");
		this.conversations.served("default", begin + 2, "b");
		assertThat(this.conversations.target("default", begin + 1)).isEqualTo("a");
		assertThat(this.conversations.target("default", begin + 2)).isEqualTo("b");
	}

}
