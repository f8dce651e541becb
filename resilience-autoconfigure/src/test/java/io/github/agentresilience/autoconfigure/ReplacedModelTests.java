package io.github.agentresilience.autoconfigure;

import java.util.List;

import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentMatchers;
import org.mockito.Mockito;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.bean.override.mockito.MockitoBean;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application's tests put a mock in the place of its model, or of a chain's. No
 * application outlasts them: others look at the threads and loggers of the process.
 */
class ReplacedModelTests {

	private static ChatResponse answer(String text) {
		return new ChatResponse(List.of(new Generation(new AssistantMessage(text))));
	}

	private static void answers(ChatModel mock) {
		Mockito.when(mock.getOptions()).thenReturn(ChatOptions.builder().build());
		Mockito.when(mock.call(ArgumentMatchers.any(Prompt.class))).thenReturn(answer("of the mock"));
	}

	private static String content(ChatClient client) {
		return client.prompt("hi").call().content();
	}

	@Nested
	@DirtiesContext
	@SpringBootTest(classes = Application.class, webEnvironment = WebEnvironment.NONE,
			properties = { "spring.ai.model.chat=none", "spring.ai.model.embedding=none" })
	class ByType {

		@MockitoBean
		private ChatModel model;

		@Test
		void whoAsksForAModelGetsTheMock(@Autowired ChatClient.Builder builder,
				@Autowired @Qualifier("client") ChatClient client,
				@Autowired @Qualifier("onTheModel") ChatClient onTheModel) {
			answers(this.model);
			assertThat(content(builder.build())).isEqualTo("of the mock");
			assertThat(content(client)).isEqualTo("of the mock");
			assertThat(content(onTheModel)).isEqualTo("of the model");
		}

	}

	@Nested
	@DirtiesContext
	@SpringBootTest(classes = Application.class, webEnvironment = WebEnvironment.NONE, properties = {
			"spring.ai.model.chat=none", "resilience.llm.targets.a.bean=model", "resilience.llm.chains.other=a" })
	class OfEachChain {

		@MockitoBean(name = "resilientChatModel")
		private ChatModel model;

		@MockitoBean(name = "otherChatModel")
		private ChatModel other;

		@Test
		void clientsOnTheModelHaveAChainOfTheirOwn(@Autowired @Qualifier("client") ChatClient client,
				@Autowired @Qualifier("onTheModel") ChatClient onTheModel) {
			answers(this.model);
			assertThat(content(client)).isEqualTo("of the mock");
			assertThat(content(onTheModel)).isEqualTo("of the model");
			Mockito.verifyNoInteractions(this.other);
		}

	}

	@Nested
	@DirtiesContext
	@SpringBootTest(classes = Application.class, webEnvironment = WebEnvironment.NONE,
			properties = { "spring.ai.model.chat=none", "resilience.llm.targets.a.bean=model" })
	class OfATarget {

		@MockitoBean(name = "model")
		private ChatModel model;

		@BeforeEach
		void answer() {
			answers(this.model);
		}

		@Test
		void theChainAsksTheMock(@Autowired ChatClient.Builder builder,
				@Autowired @Qualifier("client") ChatClient client,
				@Autowired @Qualifier("onTheModel") ChatClient onTheModel) {
			assertThat(content(builder.build())).isEqualTo("of the mock");
			assertThat(content(client)).isEqualTo("of the mock");
			assertThat(content(onTheModel)).isEqualTo("of the mock");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Application {

		@Bean
		ChatModel model() {
			return (prompt) -> answer("of the model");
		}

		@Bean
		ChatClient client(ChatClient.Builder builder) {
			return builder.build();
		}

		@Bean
		ChatClient onTheModel(@Qualifier("model") ChatModel model) {
			return ChatClient.create(model);
		}

	}

}
