package io.github.agentresilience.llm.internal.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.llm.CallParams;
import io.github.agentresilience.support.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CallParamsTests extends LlmFixture {

	private static final String OTHER = "resilience.llm.chains.other=b";

	private ChatClient client(String... properties) {
		model(properties);
		return this.context.getBean(ChatClient.Builder.class).build();
	}

	private static String ask(ChatClient client, boolean stream, Map<String, Object> params) {
		ChatClient.ChatClientRequestSpec request = client.prompt("hi").advisors((advisors) -> advisors.params(params));
		return stream ? String.join("", request.stream().content().toIterable()) : request.call().content();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aCallChoosesItsChain(boolean stream) {
		ChatClient client = client(OTHER);
		assertThat(ask(client, stream, Map.of(CallParams.CHAIN, "other"))).isEqualTo("I am the fallback");
		assertThat(ask(client, stream, Map.of())).isEqualTo("I am the primary");
		assertThat(this.primary.requestCount()).isEqualTo(1);
		assertThat(this.fallback.requests().get(0).body()).doesNotContain("resilience");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void anUnknownChainIsNamedWithThoseThatAreKnown(boolean stream) {
		ChatClient client = client(OTHER);
		assertThatThrownBy(() -> ask(client, stream, Map.of(CallParams.CHAIN, "nonsense")))
			.isInstanceOf(IllegalArgumentException.class)
			.hasMessageContainingAll("resilience.chain", "'nonsense'", "default, other");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aCallChoosesItsDeadline(boolean stream) {
		this.primary.always(Reply.hang());
		this.fallback.always(Reply.hang());
		ChatClient client = client();
		long start = System.nanoTime();
		assertThatThrownBy(() -> ask(client, stream, Map.of(CallParams.DEADLINE, Duration.ofMillis(400))))
			.isInstanceOf(ChainExhaustedException.class)
			.hasMessageContaining("deadline");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(390),
				Duration.ofSeconds(15));
	}

	@Test
	void whatIsNoDurationIsRefused() {
		ChatClient client = client();
		assertThatThrownBy(() -> ask(client, false, Map.of(CallParams.DEADLINE, "5s")))
			.isInstanceOf(IllegalArgumentException.class)
			.hasMessageContainingAll("resilience.deadline", "String", "Duration.ofSeconds(5)");
		assertThatThrownBy(() -> ask(client, false, Map.of(CallParams.TURN_DEADLINE, Duration.ZERO)))
			.isInstanceOf(IllegalArgumentException.class)
			.hasMessageContaining("resilience.turn-deadline");
		assertThatThrownBy(() -> ask(client, false, Map.of(CallParams.CHAIN, 7)))
			.isInstanceOf(IllegalArgumentException.class)
			.hasMessageContaining("resilience.chain");
		assertThat(this.primary.requestCount()).isZero();
	}

	@Test
	void aPromptWithoutAClientChoosesInItsToolContext() {
		ChatModel model = model(OTHER);
		Prompt prompt = new Prompt("hi", OpenAiChatOptions.builder()
			.toolContext(Map.of(CallParams.CHAIN, "other", CallParams.DEADLINE, Duration.ofSeconds(5), "mine", "kept"))
			.build());
		assertThat(text(model.call(prompt))).isEqualTo("I am the fallback");
		assertThat(model.stream(prompt).map(LlmFixture::chunkText).collectList().block()).contains("fallback");
	}

	@Test
	void aClientBeanOfANamedChainChoosesToo() {
		model(NamedClient.class, OTHER);
		ChatClient client = this.context.getBean(ChatClient.class);
		assertThat(ask(client, false, Map.of())).isEqualTo("I am the fallback");
		assertThat(ask(client, false, Map.of(CallParams.CHAIN, "default"))).isEqualTo("I am the primary");
	}

	@Configuration(proxyBeanMethods = false)
	@Import(io.github.agentresilience.support.TestApplication.Application.class)
	static class NamedClient {

		@Bean
		ChatClient client(@org.springframework.beans.factory.annotation.Qualifier("otherChatModel") ChatModel other) {
			return ChatClient.create(other);
		}

	}

	/**
	 * The tool loop asks the model, runs the tool, and asks the model again; all of that
	 * is one turn.
	 */
	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aTurnDeadlineBoundsTheWholeToolLoop(boolean stream) {
		this.primary.by((number) -> number == 0 ? Reply.toolCall("lookup", "{}") : Reply.hang());
		this.fallback.always(Reply.hang());
		ChatClient client = client();
		Lookup lookup = new Lookup();
		long start = System.nanoTime();
		assertThatThrownBy(() -> {
			ChatClient.ChatClientRequestSpec request = client.prompt("hi")
				.tools(lookup)
				.advisors((advisors) -> advisors.param(CallParams.TURN_DEADLINE, Duration.ofMillis(2500)));
			List<String> text = stream ? request.stream().content().collectList().block()
					: List.of(request.call().content());
			assertThat(text).isNull();
		}).isInstanceOf(ChainExhaustedException.class).hasMessageContaining("deadline");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(2400),
				Duration.ofSeconds(15));
		assertThat(lookup.runs).isEqualTo(1);
	}

	static class Lookup {

		private int runs;

		@org.springframework.ai.tool.annotation.Tool(description = "Looks something up")
		String lookup() {
			this.runs++;
			return "found";
		}

	}

}
