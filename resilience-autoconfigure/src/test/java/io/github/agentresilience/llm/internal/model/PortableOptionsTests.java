package io.github.agentresilience.llm.internal.model;

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.openai.OpenAiChatOptions;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * OpenAI refuses a request that says both of its lengths, and some models one that says
 * the other one of them.
 */
class PortableOptionsTests {

	private static OpenAiChatOptions translated(OpenAiChatOptions.Builder own, ChatOptions wanted) {
		return (OpenAiChatOptions) PortableOptions.translate(wanted, own.model("m").build(), false, TargetOptions.NONE);
	}

	@Test
	void aPromptsLengthIsSaidInTheTargetsOwnWay() {
		OpenAiChatOptions ofCompletion = translated(OpenAiChatOptions.builder().maxCompletionTokens(99),
				ChatOptions.builder().maxTokens(7).build());
		assertThat(ofCompletion.getMaxTokens()).isNull();
		assertThat(ofCompletion.getMaxCompletionTokens()).isEqualTo(7);
		for (OpenAiChatOptions.Builder own : new OpenAiChatOptions.Builder[] { OpenAiChatOptions.builder(),
				OpenAiChatOptions.builder().maxTokens(99) }) {
			OpenAiChatOptions plain = translated(own, ChatOptions.builder().maxTokens(7).build());
			assertThat(plain.getMaxTokens()).isEqualTo(7);
			assertThat(plain.getMaxCompletionTokens()).isNull();
		}
	}

	@Test
	void aLengthThatOnlyOpenAiKnowsTakesThePlaceOfTheOther() {
		OpenAiChatOptions translated = translated(OpenAiChatOptions.builder().maxTokens(99),
				OpenAiChatOptions.builder().maxCompletionTokens(7).build());
		assertThat(translated.getMaxTokens()).isNull();
		assertThat(translated.getMaxCompletionTokens()).isEqualTo(7);
	}

	@Test
	void aLengthThatATargetInsistsOnTakesThePlaceOfEitherOfThePrompt() {
		for (ChatOptions wanted : List.of(OpenAiChatOptions.builder().maxCompletionTokens(7).build(),
				ChatOptions.builder().maxTokens(7).build())) {
			OpenAiChatOptions own = OpenAiChatOptions.builder().model("m").build();
			OpenAiChatOptions shorter = (OpenAiChatOptions) PortableOptions.translate(wanted, own, false,
					new TargetOptions(null, null, 5, null, null, null, null, Map.of()));
			assertThat(shorter.getMaxTokens()).isEqualTo(5);
			assertThat(shorter.getMaxCompletionTokens()).isNull();
			OpenAiChatOptions ofCompletion = (OpenAiChatOptions) PortableOptions.translate(wanted, own, false,
					new TargetOptions(null, null, null, 5, null, null, null, Map.of()));
			assertThat(ofCompletion.getMaxTokens()).isNull();
			assertThat(ofCompletion.getMaxCompletionTokens()).isEqualTo(5);
		}
	}

	@Test
	void aPromptThatSaysNoneLeavesTheTargetsOwn() {
		OpenAiChatOptions translated = translated(OpenAiChatOptions.builder().maxCompletionTokens(99),
				ChatOptions.builder().temperature(0.1).build());
		assertThat(translated.getMaxTokens()).isNull();
		assertThat(translated.getMaxCompletionTokens()).isEqualTo(99);
	}

}
