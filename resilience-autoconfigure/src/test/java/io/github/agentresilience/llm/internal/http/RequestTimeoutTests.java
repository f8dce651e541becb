package io.github.agentresilience.llm.internal.http;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import okhttp3.Interceptor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.http.okhttp.OpenAiHttpClientBuilderCustomizer;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How long an attempt may take is the chain's to say: neither the HTTP client nor the SDK
 * ends it.
 */
class RequestTimeoutTests {

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void noRequestHasATimeoutOfItsOwn(boolean streaming) {
		try (ScriptedProvider provider = new ScriptedProvider().always(Reply.text("Hello"));
				ConfigurableApplicationContext context = TestApplication.start(WebApplicationType.NONE, Watched.class,
						List.of("resilience.llm.targets.a.base-url=" + provider.baseUrl(),
								"resilience.llm.targets.a.model=m"))) {
			Watched.timeouts.clear();
			ChatModel model = context.getBean(ChatModel.class);
			ask(model, new Prompt("Hi"), streaming);
			ask(model, new Prompt("Hi", ChatOptions.builder().temperature(0.1).build()), streaming);
			ask(model, new Prompt("Hi", OpenAiChatOptions.builder().temperature(0.1).build()), streaming);
			assertThat(Watched.timeouts).hasSize(3).containsOnly(0);
		}
	}

	private static void ask(ChatModel model, Prompt prompt, boolean streaming) {
		if (streaming) {
			model.stream(prompt).blockLast();
		}
		else {
			model.call(prompt);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Watched {

		private static final Queue<Integer> timeouts = new ConcurrentLinkedQueue<>();

		@Bean
		OpenAiHttpClientBuilderCustomizer watching() {
			return (builder) -> builder.interceptor((Interceptor) (chain) -> {
				timeouts.add(
						Math.max(chain.readTimeoutMillis(), (int) (chain.call().timeout().timeoutNanos() / 1_000_000)));
				return chain.proceed(chain.request());
			});
		}

	}

}
