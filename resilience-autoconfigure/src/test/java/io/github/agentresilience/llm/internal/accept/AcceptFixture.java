package io.github.agentresilience.llm.internal.accept;

import java.util.Map;

import io.github.agentresilience.llm.internal.model.LlmFixture;

import org.springframework.ai.chat.client.ChatClient;

/**
 * Answers that may not be accepted, and those who ask for them.
 */
abstract class AcceptFixture extends LlmFixture {

	static final String LENGTH = "resilience.llm.accept=length";

	static final String SCHEMA = "resilience.llm.accept=schema";

	static final String GOOD_PERSON = "{\\\"name\\\":\\\"Ada\\\",\\\"age\\\":36}";

	ChatClient client() {
		return this.context.getBean(ChatClient.Builder.class).build();
	}

	String ask(boolean stream, Map<String, Object> params) {
		ChatClient.ChatClientRequestSpec request = client().prompt("hi")
			.advisors((advisors) -> advisors.params(params));
		return stream ? String.join("", request.stream().content().collectList().block()) : request.call().content();
	}

	record Person(String name, int age) {
	}

}
