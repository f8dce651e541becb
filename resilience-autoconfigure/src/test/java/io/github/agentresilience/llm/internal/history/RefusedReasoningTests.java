package io.github.agentresilience.llm.internal.history;

import java.util.List;

import io.github.agentresilience.support.StrictEndpoint;
import io.github.agentresilience.support.StrictEndpoint.Rules;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TurnEndpoint;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Groq tells its reasoning in one field and refuses the one in which Spring AI sends it
 * back: a turn with tools ends with its first tool, even where it is asked alone.
 */
@Timeout(60)
class RefusedReasoningTests {

	private static String ask(StrictEndpoint groq, String... more) {
		try (ConfigurableApplicationContext context = TestApplication.run(List.of(more),
				"resilience.llm.retry.max-attempts=1", "spring.ai.openai.api-key=none",
				"spring.ai.openai.base-url=" + groq.baseUrl(), "spring.ai.openai.chat.model=" + Rules.GROQ.model())) {
			return context.getBean(ChatClient.Builder.class)
				.build()
				.prompt("How warm is it?")
				.tools(new HistoryMatrixTests.Tools())
				.call()
				.content();
		}
	}

	private static String[] declared(StrictEndpoint groq) {
		return new String[] { "resilience.llm.targets.groq.base-url=" + groq.baseUrl(),
				"resilience.llm.targets.groq.model=" + Rules.GROQ.model() };
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aTurnWithToolsEnds(boolean declared) {
		try (StrictEndpoint groq = new StrictEndpoint(Rules.GROQ)) {
			assertThat(ask(groq, declared ? declared(groq) : new String[0])).isEqualTo(TurnEndpoint.ANSWER);
			assertThat(groq.refusals()).isEmpty();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "resilience.enabled=false", "resilience.llm.portable-history=false" })
	void withoutThatItIsRefused(String off) {
		try (StrictEndpoint groq = new StrictEndpoint(Rules.GROQ)) {
			assertThatThrownBy(() -> ask(groq, off)).isNotNull();
			assertThat(groq.refusals()).isNotEmpty()
				.allSatisfy((refusal) -> assertThat(refusal).contains("reasoning_content"));
		}
	}

}
