package io.github.agentresilience.llm.internal.history;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.ai.anthropic.AnthropicChatOptions;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage.ToolResponse;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What becomes of a conversation on its way to a target that did not make all of it.
 */
class PortableHistoryTests {

	private static final Map<String, Object> ALL_PRIVATE = Map.of(Privates.REASONING, "Let me think",
			Privates.TOOL_CALL_PROPERTIES, Map.of("call_1", "{\"extra_content\":{}}"), Privates.THOUGHT_SIGNATURES,
			List.of(new byte[] { 1 }));

	private static Message calls(String maker, Map<String, Object> metadata, String... ids) {
		List<ToolCall> calls = new ArrayList<>();
		for (String id : ids) {
			calls.add(new ToolCall(id, "function", "weather", "{}"));
		}
		AssistantMessage message = AssistantMessage.builder().content("").properties(metadata).toolCalls(calls).build();
		if (maker != null) {
			message.getMetadata().put(PortableHistory.MAKER, maker);
		}
		return message;
	}

	private static Message results(String... ids) {
		List<ToolResponse> results = new ArrayList<>();
		for (String id : ids) {
			results.add(new ToolResponse(id, "weather", "20"));
		}
		return ToolResponseMessage.builder().responses(results).build();
	}

	private static AssistantMessage answer(Message message) {
		return (AssistantMessage) message;
	}

	@Test
	void whatNeedsNothingIsTheListThatWasGiven() {
		List<Message> plain = List.of(new SystemMessage("Be brief"), new UserMessage("Hi"),
				new AssistantMessage("Hello"), new UserMessage("How warm is it?"), calls("other", Map.of(), "call_1"),
				results("call_1"));
		assertThat(new PortableHistory("one", Dialect.PLAIN).fit(plain)).isSameAs(plain);
		assertThat(new PortableHistory("one", Dialects.ANTHROPIC).fit(plain)).isSameAs(plain);
	}

	@Test
	void itsOwnMessagesGoBackToATargetAsTheyAre() {
		List<Message> own = List.of(new UserMessage("How warm is it?"), calls("one", ALL_PRIVATE, "x".repeat(90)),
				results("x".repeat(90)));
		for (Dialect dialect : List.of(Dialect.PLAIN, Dialects.DEEPSEEK, Dialects.MISTRAL, Dialects.GEMINI,
				Dialects.GEMINI_OPENAI)) {
			assertThat(new PortableHistory("one", dialect).fit(own)).as(dialect.name()).isSameAs(own);
		}
	}

	@Test
	void whatOnlyItsMakerUnderstandsIsTakenAwayOnACopy() {
		Message foreign = calls("other", ALL_PRIVATE, "call_1");
		List<Message> fit = new PortableHistory("one", Dialect.PLAIN).fit(List.of(new UserMessage("Hi"), foreign));
		assertThat(answer(fit.get(1)).getMetadata())
			.doesNotContainKeys(Privates.REASONING, Privates.TOOL_CALL_PROPERTIES, Privates.THOUGHT_SIGNATURES)
			.containsEntry(PortableHistory.MAKER, "other");
		assertThat(foreign.getMetadata()).containsAllEntriesOf(ALL_PRIVATE);
	}

	@Test
	void aMessageOfAnUnknownMakerIsTakenForForeign() {
		List<Message> fit = new PortableHistory("one", Dialect.PLAIN)
			.fit(List.of(calls(null, ALL_PRIVATE, "call_1"), results("call_1")));
		assertThat(answer(fit.get(0)).getMetadata()).doesNotContainKey(Privates.REASONING);
	}

	@Test
	void whatATargetDemandsIsFilledIn() {
		List<Message> foreign = List.of(calls("other", Map.of(), "call_1", "call_2"), results("call_1", "call_2"));
		assertThat(metadata(Dialects.DEEPSEEK, foreign)).containsEntry(Privates.REASONING, Privates.NO_REASONING);
		assertThat(metadata(Dialects.GEMINI, foreign).get(Privates.THOUGHT_SIGNATURES))
			.asInstanceOf(InstanceOfAssertFactories.list(byte[].class))
			.containsExactly(Privates.NO_SIGNATURE.getBytes(StandardCharsets.UTF_8));
		assertThat(metadata(Dialects.GEMINI_OPENAI, foreign).get(Privates.TOOL_CALL_PROPERTIES))
			.isEqualTo(Map.of("call_1",
					"{\"extra_content\":{\"google\":{\"thought_signature\":\"skip_thought_signature_validator\"}}}"));
	}

	@Test
	void itIsAlsoFilledInWhereSpringAiLostWhatTheTargetSaid() {
		List<Message> own = List.of(calls("one", Map.of(), "call_1"), results("call_1"));
		assertThat(metadata(Dialects.KIMI_THINKING, own)).containsEntry(Privates.REASONING, Privates.NO_REASONING);
	}

	@Test
	void reasoningOfAnotherTargetStandsInForTheDemanded() {
		assertThat(metadata(Dialects.DEEPSEEK, List.of(calls("other", ALL_PRIVATE, "call_1"))))
			.containsEntry(Privates.REASONING, "Let me think")
			.doesNotContainKey(Privates.TOOL_CALL_PROPERTIES);
	}

	private static Map<String, Object> metadata(Dialect dialect, List<Message> messages) {
		return new PortableHistory("one", dialect).fit(messages).get(0).getMetadata();
	}

	@ParameterizedTest
	@MethodSource
	void aMessageThatIsNothingButReasoningIsLeftOut(String text, Map<String, Object> metadata) {
		assertThat(fitted(answered(text, metadata))).hasSize(2);
	}

	/** As Spring AI's models of Anthropic and Google make them of whole answers. */
	static Stream<Arguments> aMessageThatIsNothingButReasoningIsLeftOut() {
		return Stream.of(Arguments.of("Hm", Map.of("signature", "abc")), Arguments.of("", Map.of("data", "abc")),
				Arguments.of("Hm", Map.of("isThought", true)), Arguments.of("", Map.of()));
	}

	@ParameterizedTest
	@MethodSource
	void anAnswerThatWasReasonedAboutIsKept(String text, Map<String, Object> metadata, String kept) {
		assertThat(fitted(answered(text, metadata)).get(1).getText()).isEqualTo(kept);
	}

	/**
	 * As Ollama's model makes them, and as Spring AI puts streams of Anthropic and Google
	 * together.
	 */
	static Stream<Arguments> anAnswerThatWasReasonedAboutIsKept() {
		return Stream.of(Arguments.of("Yes", Map.of("thinking", "Hm"), "Yes"),
				Arguments.of("Yes", Map.of("thinking", true, "signature", "abc"), "Yes"),
				Arguments.of("Yes", Map.of("data", "abc", "anthropicThinkingContents", List.of()), "Yes"), Arguments
					.of("HmYes", Map.of("isThought", false, "thoughts", "Hm", "outputWithoutThoughts", "Yes"), "Yes"));
	}

	private static List<Message> answered(String text, Map<String, Object> metadata) {
		return List.of(new UserMessage("Hi"), AssistantMessage.builder().content(text).properties(metadata).build(),
				new UserMessage("And?"));
	}

	private static List<Message> fitted(List<Message> messages) {
		return new PortableHistory("one", Dialect.PLAIN).fit(messages);
	}

	@Test
	void whatATargetRefusesIsTakenOutOfItsOwnMessagesToo() {
		List<Message> own = List.of(calls("one", Map.of(Privates.REASONING, "Hm"), "call_1"), results("call_1"));
		assertThat(metadata(Dialects.GROQ, own)).doesNotContainKey(Privates.REASONING)
			.containsEntry(PortableHistory.MAKER, "one");
		assertThat(new PortableHistory("one", Dialects.GROQ).refusesItsOwn()).isTrue();
		assertThat(new PortableHistory("one", Dialects.DEEPSEEK).refusesItsOwn()).isFalse();
	}

	@Test
	void aModelThatMayNotHaveReasonedIsGivenNoReasoningInItsOwnMessages() {
		List<Message> own = List.of(calls("one", Map.of(), "call_1"), results("call_1"));
		assertThat(new PortableHistory("one", Dialects.DEEPSEEK).fit(own)).isSameAs(own);
	}

	@Test
	void aMessageOfAKindOfItsOwnBecomesAPlainOne() {
		AssistantMessage special = new AssistantMessage("Yes") {
		};
		assertThat(fitted(List.of(special)).get(0).getClass()).isSameAs(AssistantMessage.class);
	}

	/** As DeepSeek's model reads a beginning of its answer from one. */
	@Test
	void aMessageThatWasMadeForTheModelItselfStaysOfItsKind() {
		AssistantMessage special = new AssistantMessage("Yes") {
		};
		ChatModel bean = (prompt) -> null;
		List<Message> messages = List.of(new UserMessage("Hi"), special);
		assertThat(new PortableHistory("one", bean).fit(messages)).isSameAs(messages);
		special.getMetadata().put(PortableHistory.MAKER, "other");
		assertThat(new PortableHistory("one", bean).fit(messages).get(1).getClass()).isSameAs(AssistantMessage.class);
	}

	@Test
	void callsWithoutIdsGetSomeOfTheirOwnInTheOrderOfTheirResults() {
		List<Message> foreign = List.of(calls("gemini", Map.of(), "", ""), results("", ""),
				calls("ollama", Map.of(), (String) null), results((String) null));
		List<Message> fit = fitted(foreign);
		List<String> first = answer(fit.get(0)).getToolCalls().stream().map(ToolCall::id).toList();
		assertThat(first).doesNotHaveDuplicates().allMatch(ToolCallIds.PLAIN::fits);
		assertThat(((ToolResponseMessage) fit.get(1)).getResponses()).extracting(ToolResponse::id)
			.containsExactlyElementsOf(first);
		String last = answer(fit.get(2)).getToolCalls().get(0).id();
		assertThat(last).isNotIn(first);
		assertThat(((ToolResponseMessage) fit.get(3)).getResponses()).extracting(ToolResponse::id)
			.containsExactly(last);
		assertThat(fitted(foreign)).isEqualTo(fit);
	}

	@Test
	void anIdThatIsGivenTwiceStandsForOneCallOnly() {
		List<Message> foreign = List.of(calls("other", Map.of(), "call_0"), results("call_0"),
				calls("other", Map.of(), "call_0"), results("call_0"), calls("one", Map.of(), "call_1"),
				results("call_1"), calls("other", Map.of(), "call_1"), results("call_1"));
		List<Message> fit = fitted(foreign);
		List<String> ids = new ArrayList<>();
		for (int i = 0; i < fit.size(); i += 2) {
			ids.add(answer(fit.get(i)).getToolCalls().get(0).id());
			assertThat(((ToolResponseMessage) fit.get(i + 1)).getResponses()).extracting(ToolResponse::id)
				.containsExactly(ids.get(i / 2));
		}
		assertThat(ids).doesNotHaveDuplicates().startsWith("call_0").contains("call_1");
		assertThat(fit.get(4)).isSameAs(foreign.get(4));
	}

	@Test
	void whatWasSentIsSentAlikeWhenMoreFollows() {
		List<Message> messages = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			messages.add(new UserMessage("And " + i + "?"));
			messages.add(calls((i % 3 == 0) ? "one" : "other", ALL_PRIVATE, "functions.weather:" + i, ""));
			messages.add(results("functions.weather:" + i, ""));
		}
		for (Dialect dialect : List.of(Dialect.PLAIN, Dialects.DEEPSEEK, Dialects.MISTRAL, Dialects.GEMINI,
				Dialects.ANTHROPIC)) {
			PortableHistory history = new PortableHistory("one", dialect);
			List<Message> all = history.fit(messages);
			for (int sent = 3; sent < messages.size(); sent += 3) {
				List<Message> part = history.fit(messages.subList(0, sent));
				assertThat(all.subList(0, part.size())).as(dialect.name()).isEqualTo(part);
			}
		}
	}

	@Test
	void resultsThatComeOneByOneAreMadeOneWhereTurnsAlternate() {
		List<Message> foreign = List.of(calls("other", Map.of(), "functions.a:1", "functions.a:2"),
				results("functions.a:2"), results("functions.a:1"));
		List<Message> fit = new PortableHistory("one", Dialects.ANTHROPIC).fit(foreign);
		List<String> called = answer(fit.get(0)).getToolCalls().stream().map(ToolCall::id).toList();
		assertThat(fit).hasSize(2);
		assertThat(((ToolResponseMessage) fit.get(1)).getResponses()).extracting(ToolResponse::id)
			.containsExactly(called.get(1), called.get(0));
	}

	@Test
	void anthropicsThinkingRestsForATurnThatAnotherModelBegan() {
		AnthropicChatOptions thinking = AnthropicChatOptions.builder().model("claude").thinkingEnabled(2048).build();
		PortableHistory history = new PortableHistory("one", Dialects.ANTHROPIC);
		List<Message> turn = List.of(new UserMessage("Hi"), calls("other", Map.of(), "call_1"), results("call_1"));
		Prompt during = history.fit(new Prompt(turn, thinking));
		assertThat(((AnthropicChatOptions) during.getOptions()).getThinking().isDisabled()).isTrue();
		List<Message> next = new ArrayList<>(turn);
		next.addAll(List.of(new AssistantMessage("20"), new UserMessage("And?")));
		Prompt after = new Prompt(next, thinking);
		assertThat(history.fit(after)).isSameAs(after);
	}

	@Test
	void whatItThoughtItselfInSuchATurnIsTakenOut() {
		AnthropicChatOptions thinking = AnthropicChatOptions.builder().model("claude").thinkingEnabled(2048).build();
		Map<String, Object> thought = Map.of(Privates.THINKING, List.of());
		List<Message> turn = List.of(new UserMessage("Hi"), calls("one", thought, "call_1"), results("call_1"));
		Prompt own = new Prompt(turn, thinking);
		PortableHistory history = new PortableHistory("one", Dialects.ANTHROPIC);
		assertThat(history.fit(own)).isSameAs(own);
		List<Message> mixed = new ArrayList<>(turn);
		mixed.addAll(List.of(calls("other", Map.of(), "call_2"), results("call_2")));
		Prompt fit = history.fit(new Prompt(mixed, thinking));
		assertThat(fit.getInstructions().get(1).getMetadata()).doesNotContainKey(Privates.THINKING);
		assertThat(mixed.get(1).getMetadata()).containsKey(Privates.THINKING);
	}

	@Test
	void idsThatDoNotFitAreReplacedInCallsAndResultsAlikeAndAlwaysByTheSame() {
		List<Message> foreign = List.of(calls("other", Map.of(), "call_1", "call_2"), results("call_2", "call_1"));
		PortableHistory mistral = new PortableHistory("one", Dialects.MISTRAL);
		List<Message> fit = mistral.fit(foreign);
		List<String> called = answer(fit.get(0)).getToolCalls().stream().map(ToolCall::id).toList();
		assertThat(called).allMatch((id) -> id.matches("[a-zA-Z0-9]{9}")).doesNotHaveDuplicates();
		assertThat(((ToolResponseMessage) fit.get(1)).getResponses()).extracting(ToolResponse::id)
			.containsExactly(called.get(1), called.get(0));
		assertThat(mistral.fit(foreign)).isEqualTo(fit);
	}

	@ParameterizedTest
	@CsvSource({ "call_1, true", "functions.weather:0, false", "'', false", "a b, false",
			"0123456789012345678901234567890123456789, true", "01234567890123456789012345678901234567890, false",
			"überall, false" })
	void idsThatMostEndpointsTake(String id, boolean fits) {
		assertThat(ToolCallIds.PLAIN.fits(id)).isEqualTo(fits);
		assertThat(ToolCallIds.PLAIN.fits(ToolCallIds.PLAIN.fit(id))).isTrue();
	}

	@Test
	void manyIdsStayDifferent() {
		Set<String> ids = new HashSet<>();
		for (int i = 0; i < 10_000; i++) {
			ids.add(Dialects.MISTRAL.ids().fit("functions.weather:" + i));
		}
		assertThat(ids).hasSize(10_000);
	}

	@Test
	void turnsAlternateWhereThatIsDemanded() {
		List<Message> messages = List.of(new SystemMessage("Be brief"), new UserMessage("Hi"),
				new UserMessage("You there?"), new AssistantMessage("Yes"), calls("other", Map.of(), "call_1"),
				results("call_1"), new UserMessage("And?"));
		assertThat(new PortableHistory("one", Dialects.ANTHROPIC).fit(messages)).extracting(Message::getText)
			.containsExactly("Be brief", "Hi\n\nYou there?", "Yes", "", "And?");
		List<Message> answered = new PortableHistory("one", Dialects.MISTRAL).fit(messages);
		assertThat(answered).hasSize(6);
		assertThat(answered.get(4)).isInstanceOf(AssistantMessage.class);
		assertThat(messages).hasSize(7);
	}

	/**
	 * In the shape of Bedrock's Converse, whose client is not there: tool results are the
	 * user's.
	 */
	@Test
	void aConversationFitsBedrocksConverse() {
		List<Message> messages = List.of(new UserMessage("Hi"), new UserMessage("You there?"),
				calls("other", ALL_PRIVATE, "functions.weather:0", "a b", ""), results("functions.weather:0"),
				results("a b", ""), new UserMessage("And?"), new AssistantMessage("Yes"), new AssistantMessage("No"),
				new UserMessage("What?"));
		List<Message> fit = new PortableHistory("one", Dialects.BEDROCK).fit(messages);
		List<Boolean> ofTheModel = fit.stream().map((message) -> message instanceof AssistantMessage).toList();
		assertThat(ofTheModel).containsExactly(false, true, false, true, false, true, false);
		List<String> called = answer(fit.get(1)).getToolCalls().stream().map(ToolCall::id).toList();
		assertThat(called).startsWith("functions.weather:0")
			.doesNotHaveDuplicates()
			.allMatch((id) -> id.matches("[a-zA-Z0-9_.:-]{1,64}"));
		assertThat(((ToolResponseMessage) fit.get(2)).getResponses()).extracting(ToolResponse::id)
			.containsExactlyElementsOf(called);
	}

	@ParameterizedTest
	@CsvSource({ "https://api.mistral.ai/v1, any, mistral", "https://api.groq.com/openai/v1, llama, groq",
			"https://my.openai.azure.com/openai/v1, gpt-5, azure",
			"https://gateway.example/v1, deepseek/deepseek-reasoner, deepseek-reasoner",
			"https://gateway.example/v1, moonshotai/kimi-k2, kimi", "https://gateway.example/v1, llama, plain",
			"https://generativelanguage.googleapis.com/v1beta/openai, gemini-3-pro, gemini-openai",
			"https://notapi.mistral.ai.example/v1, llama, plain", "not a url at all, , plain",
			"https://api.groq.com/openai/v1, deepseek-r1-distill-llama-70b, groq",
			"https://gateway.example/v1, groq/deepseek-r1-distill-llama-70b, groq",
			"https://gateway.example/v1, bedrock/mistral.mistral-large, bedrock",
			"https://gateway.example/v1, deepseek-ai/DeepSeek-V3, deepseek",
			"https://gateway.example/v1, anthropic/claude-sonnet, anthropic-openai",
			"https://gateway.example/v1, vertex_ai/gemini-2.5-pro, gemini-2",
			"https://api.moonshot.ai/v1, kimi-k2-thinking, kimi-thinking",
			"https://api.cerebras.ai/v1, gpt-oss-120b, cerebras" })
	void endpointsAreKnownByHostElseByModel(String baseUrl, String model, String dialect) {
		assertThat(Dialects.ofEndpoint(baseUrl, model).name()).isEqualTo(dialect);
	}

}
