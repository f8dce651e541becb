package io.github.agentresilience.llm.internal.model;

import io.github.agentresilience.support.Reply;
import org.junit.jupiter.api.Test;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatOptions;

import static org.assertj.core.api.Assertions.assertThat;

class TargetOptionsTests extends LlmFixture {

	private static final String[] OPTIONS = { "resilience.llm.targets.b.options.temperature=0.2",
			"resilience.llm.targets.b.options.max-tokens=77", "resilience.llm.targets.b.options.top-p=0.5",
			"resilience.llm.targets.b.options.stop=END,STOP", "resilience.llm.targets.b.options.extra-body.top_k=5",
			"resilience.llm.targets.b.options.extra-body.provider.order[0]=x",
			"resilience.llm.targets.b.options.extra-body.provider.order[1]=y",
			"resilience.llm.targets.b.options.extra-body.provider.allow_fallbacks=false" };

	@Test
	void aTargetInsistsOnItsOptionsAndTheOthersKeepThePrompts() {
		this.primary.always(Reply.status(401));
		ChatModel model = model(OPTIONS);
		Prompt prompt = new Prompt("hi", ChatOptions.builder().temperature(0.9).maxTokens(1000).build());
		model.call(prompt);
		model.stream(prompt).blockLast();
		for (int i = 0; i < 2; i++) {
			assertThat(this.primary.requests().get(i).body()).contains("\"temperature\":0.9", "\"max_tokens\":1000")
				.doesNotContain("top_k");
			assertThat(this.fallback.requests().get(i).body())
				.contains("\"temperature\":0.2", "\"max_tokens\":77", "\"top_p\":0.5", "\"top_k\":5",
						"\"order\":[\"x\",\"y\"]", "\"allow_fallbacks\":false")
				.containsPattern("\"stop\":\\[\"END\",\"STOP\"\\]");
		}
	}

	@Test
	void theyHoldForAClientAndForAPromptWithoutOptions() {
		this.primary.always(Reply.status(401));
		ChatModel model = model(OPTIONS);
		model.call(new Prompt("hi"));
		this.context.getBean(ChatClient.Builder.class).build().prompt("hi").call().content();
		assertThat(this.fallback.requests()).hasSize(2)
			.allMatch((request) -> request.body().contains("\"max_tokens\":77")
					&& request.body().contains("\"top_k\":5"));
	}

	@Test
	void aReasoningModelGetsTheLengthThatItUnderstands() {
		ChatModel model = model("resilience.llm.targets.a.options.max-completion-tokens=50");
		model.call(new Prompt("hi", ChatOptions.builder().maxTokens(1000).build()));
		assertThat(this.primary.requests().get(0).body()).contains("\"max_completion_tokens\":50")
			.doesNotContain("max_tokens\":1000");
	}

	@Test
	void anExtraBodyOfAPromptIsTheBusinessOfTheFirstTargetAlone() {
		this.primary.always(Reply.status(401));
		ChatModel model = model(OPTIONS);
		model.call(new Prompt("hi", OpenAiChatOptions.builder().extraBody(java.util.Map.of("for_a", 1)).build()));
		assertThat(this.primary.requests().get(0).body()).contains("\"for_a\":1");
		assertThat(this.fallback.requests().get(0).body()).doesNotContain("for_a").contains("\"top_k\":5");
	}

}
