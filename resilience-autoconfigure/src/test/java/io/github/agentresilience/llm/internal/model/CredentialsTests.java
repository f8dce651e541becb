package io.github.agentresilience.llm.internal.model;

import io.github.agentresilience.support.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.model.ChatModel;
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
		streamed(model("resilience.llm.targets.a.api-key=",
				"resilience.llm.targets.a.headers.Authorization=Basic dXNlcg=="));
		assertThat(authorization()).isEqualTo("Basic dXNlcg==");
	}

	@Test
	void aKeyFromAFileThatEndsInALineEndIsSentWithoutIt() {
		this.primary.always(Reply.text("I am the primary"));
		assertThat(text(model("resilience.llm.targets.a.api-key=" + KEY + "\n").call(new Prompt("hi"))))
			.isEqualTo("I am the primary");
		assertThat(authorization()).isEqualTo("Bearer " + KEY);
	}

	@ParameterizedTest
	@ValueSource(strings = { "primary", "k", "choices", "5" })
	void aKeyThatIsAWordOfTheAnswerTakesNothingFromIt(String key) {
		ChatModel model = model("resilience.llm.targets.a.api-key=" + key,
				"resilience.llm.targets.a.headers.X-Token-Limit=1", "resilience.llm.retry.max-attempts=1");
		assertThat(streamed(model)).isEqualTo("I am the primary");
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the primary");
		this.primary.always(Reply.error(404, "not_found", "model_not_found", "no such model"));
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
	}

}
