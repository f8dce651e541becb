package io.github.agentresilience.llm;

import io.github.agentresilience.support.Reply;
import org.junit.jupiter.api.Test;

import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is sent to tell a provider who asks.
 */
class CredentialsTests extends LlmFixture {

	private String authorization() {
		return this.primary.requests().get(this.primary.requestCount() - 1).headers().get("authorization");
	}

	@Test
	void withoutAKeyNoneIsSent() {
		model("resilience.llm.targets.a.api-key=").call(new Prompt("hi"));
		assertThat(authorization()).isNull();
	}

	@Test
	void anotherSchemeOfAuthorizationIsSentAsItIs() {
		streamed(model("resilience.llm.targets.a.api-key=", "resilience.llm.targets.a.headers.Authorization=Basic dXNlcg=="));
		assertThat(authorization()).isEqualTo("Basic dXNlcg==");
	}

	@Test
	void aKeyFromAFileThatEndsInALineEndIsSentWithoutIt() {
		this.primary.always(Reply.text("I am the primary"));
		assertThat(text(model("resilience.llm.targets.a.api-key=" + KEY + "\n").call(new Prompt("hi"))))
			.isEqualTo("I am the primary");
		assertThat(authorization()).isEqualTo("Bearer " + KEY);
	}

}
