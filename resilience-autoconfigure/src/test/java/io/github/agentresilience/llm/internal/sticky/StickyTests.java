package io.github.agentresilience.llm.internal.sticky;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.github.agentresilience.chain.LastResort;
import io.github.agentresilience.llm.CallParams;
import io.github.agentresilience.llm.LastResorts;
import io.github.agentresilience.llm.internal.model.LlmFixture;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Who has begun goes on: with a turn, with a conversation, and only while it is healthy.
 */
class StickyTests extends LlmFixture {

	private static final String ONCE = "resilience.llm.retry.max-attempts=1";

	private static final String CONVERSATION = "resilience.llm.sticky=conversation";

	private final Lookup lookup = new Lookup();

	private ChatClient client(String... properties) {
		model(properties);
		return this.context.getBean(ChatClient.Builder.class).build();
	}

	private String ask(ChatClient client, boolean stream, Map<String, Object> params) {
		ChatClient.ChatClientRequestSpec request = client.prompt("hi")
			.tools(this.lookup)
			.advisors((advisors) -> advisors.params(params));
		return stream ? String.join("", request.stream().content().collectList().block()) : request.call().content();
	}

	/** The first target fails once; the second one begins a turn of two model calls. */
	private void theFallbackBeginsATurn() {
		this.primary.then(Reply.status(503));
		this.fallback.then(Reply.toolCall("lookup", "{}"));
	}

	@ParameterizedTest
	@CsvSource({ "turn, false", "turn, true", "conversation, false", "conversation, true" })
	void whoHasBegunATurnEndsIt(String sticky, boolean stream) {
		ChatClient client = client(ONCE, "resilience.llm.sticky=" + sticky);
		theFallbackBeginsATurn();
		assertThat(ask(client, stream, Map.of())).isEqualTo("I am the fallback");
		assertThat(this.primary.requestCount()).isEqualTo(1);
		assertThat(this.lookup.runs).isEqualTo(1);
		assertThat(ask(client, stream, Map.of())).isEqualTo("I am the primary");
	}

	@Test
	void thatIsTheDefault() {
		ChatClient client = client(ONCE);
		theFallbackBeginsATurn();
		assertThat(ask(client, false, Map.of())).isEqualTo("I am the fallback");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whoDoesNotWantThatTakesTheOrderOfTheRouting(boolean stream) {
		ChatClient client = client(ONCE, "resilience.llm.sticky=none");
		theFallbackBeginsATurn();
		assertThat(ask(client, stream, Map.of())).isEqualTo("I am the primary");
	}

	@Test
	void anOpenBreakerGoesBeforeAPin() {
		ChatClient client = client(ONCE);
		theFallbackBeginsATurn();
		this.lookup.meanwhile = () -> breaker("b").transitionToForcedOpenState();
		assertThat(ask(client, false, Map.of())).isEqualTo("I am the primary");
		assertThat(this.fallback.requestCount()).isEqualTo(1);
	}

	@Test
	void aCooldownGoesBeforeAPin() {
		ChatClient client = client(ONCE);
		theFallbackBeginsATurn();
		this.fallback.then(Reply.toolCall("lookup", "{}")).then(Reply.status(429).header("Retry-After", "60"));
		this.primary.then(Reply.toolCall("lookup", "{}"));
		assertThat(ask(client, false, Map.of())).isEqualTo("I am the primary");
		assertThat(this.fallback.requestCount()).isEqualTo(3);
		assertThat(this.lookup.runs).isEqualTo(3);
	}

	@ParameterizedTest
	@CsvSource({ "resilience.conversation, false", "resilience.conversation, true",
			"chat_memory_conversation_id, false", "chat_memory_conversation_id, true" })
	void aConversationStaysWithWhoHasBegunIt(String key, boolean stream) {
		ChatClient client = client(ONCE, CONVERSATION);
		this.primary.then(Reply.status(503));
		assertThat(ask(client, stream, Map.of(key, "c1"))).isEqualTo("I am the fallback");
		assertThat(ask(client, stream, Map.of(key, "c1"))).isEqualTo("I am the fallback");
		assertThat(ask(client, stream, Map.of(key, "c2"))).isEqualTo("I am the primary");
		assertThat(ask(client, stream, Map.of())).isEqualTo("I am the primary");
		this.fallback.then(Reply.status(503));
		assertThat(ask(client, stream, Map.of(key, "c1"))).isEqualTo("I am the primary");
		assertThat(ask(client, stream, Map.of(key, "c1"))).isEqualTo("I am the primary");
	}

	/** What stands in for a chain that is down is none of its targets. */
	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aLastResortDoesNotTakeAConversationAway(boolean stream) {
		model(Saying.class, ONCE, CONVERSATION);
		ChatClient client = this.context.getBean(ChatClient.Builder.class).build();
		Map<String, Object> conversation = Map.of(CallParams.CONVERSATION, "c1");
		this.primary.then(Reply.status(503)).then(Reply.status(503));
		assertThat(ask(client, stream, conversation)).isEqualTo("I am the fallback");
		this.fallback.then(Reply.status(503));
		assertThat(ask(client, stream, conversation)).isEqualTo("Please try again later.");
		assertThat(ask(client, stream, conversation)).isEqualTo("I am the fallback");
	}

	@ParameterizedTest
	@CsvSource({ "chat_memory_conversation_id, default", "chat_memory_conversation_id, ' '",
			"resilience.conversation, ' '" })
	void anIdThatAllUsersShareIsNoConversation(String key, String id) {
		ChatClient client = client(ONCE, CONVERSATION);
		this.primary.then(Reply.status(503));
		assertThat(ask(client, false, Map.of(key, id))).isEqualTo("I am the fallback");
		assertThat(ask(client, false, Map.of(key, id))).isEqualTo("I am the primary");
	}

	@Test
	void theCallsOwnWordGoesBeforeThatOfTheMemory() {
		ChatClient client = client(ONCE, CONVERSATION);
		this.primary.then(Reply.status(503));
		ask(client, false, Map.of(CallParams.CONVERSATION, "c1", ChatMemory.CONVERSATION_ID, "m"));
		assertThat(ask(client, false, Map.of(CallParams.CONVERSATION, "c2", ChatMemory.CONVERSATION_ID, "m")))
			.isEqualTo("I am the primary");
		assertThat(ask(client, false, Map.of(CallParams.CONVERSATION, "c1"))).isEqualTo("I am the fallback");
	}

	@Test
	void aPromptWithoutAClientNamesItsConversationInItsToolContext() {
		ChatModel model = model(ONCE, CONVERSATION);
		Prompt prompt = new Prompt("hi",
				OpenAiChatOptions.builder().toolContext(Map.of(CallParams.CONVERSATION, "c1")).build());
		this.primary.then(Reply.status(503));
		assertThat(text(model.call(prompt))).isEqualTo("I am the fallback");
		assertThat(text(model.call(prompt))).isEqualTo("I am the fallback");
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the primary");
		assertThat(this.fallback.requests().get(0).body()).doesNotContain("resilience", "c1");
	}

	@Test
	void whatIsNoIdIsRefused() {
		ChatClient client = client(CONVERSATION);
		assertThatThrownBy(() -> ask(client, false, Map.of(CallParams.CONVERSATION, 7)))
			.isInstanceOf(IllegalArgumentException.class)
			.hasMessageContainingAll("resilience.conversation", "Integer", "String");
	}

	@Test
	void aConversationIsNotMovedForAQuickerTarget() {
		this.fallback.always(Reply.text("slow").delay(Duration.ofMillis(20)));
		ChatClient client = client(ONCE, CONVERSATION, "resilience.llm.routing=latency");
		this.primary.then(Reply.status(503));
		Map<String, Object> conversation = Map.of(CallParams.CONVERSATION, "c1");
		for (int i = 0; i < 10; i++) {
			assertThat(ask(client, false, conversation)).isEqualTo("slow");
			ask(client, false, Map.of());
		}
		assertThat(this.primary.requestCount()).isGreaterThan(1);
	}

	@Test
	void byWeightsAConversationAlwaysDrawsTheSameTarget() {
		ChatClient client = client(CONVERSATION, "resilience.llm.routing=weighted");
		Map<String, String> first = answers(client);
		assertThat(first.values()).contains("I am the primary", "I am the fallback");
		this.context.close();
		assertThat(answers(client(CONVERSATION, "resilience.llm.routing=weighted"))).isEqualTo(first);
	}

	private Map<String, String> answers(ChatClient client) {
		return IntStream.range(0, 30)
			.mapToObj((i) -> "c" + i)
			.collect(Collectors.toMap((id) -> id, (id) -> ask(client, false, Map.of(CallParams.CONVERSATION, id)),
					(one, other) -> one, HashMap::new));
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Saying {

		@Bean
		LastResort<Prompt, ChatResponse> lastResort() {
			return LastResorts.saying("Please try again later.");
		}

	}

	static class Lookup {

		private int runs;

		private Runnable meanwhile = () -> {
		};

		@Tool
		String lookup() {
			this.runs++;
			this.meanwhile.run();
			return "found";
		}

	}

}
