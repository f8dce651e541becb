package io.github.agentresilience.llm.internal.model;

import java.util.List;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * An application with two OpenAI-compatible targets, a and b, in the default chain.
 */
@Timeout(60)
public abstract class LlmFixture {

	public static final String KEY = "sk-test-very-secret-key";

	public final ScriptedProvider primary = new ScriptedProvider().always(Reply.text("I am the primary"));

	public final ScriptedProvider fallback = new ScriptedProvider().always(Reply.text("I am the fallback"));

	public ConfigurableApplicationContext context;

	@AfterEach
	public void close() {
		if (this.context != null) {
			this.context.close();
		}
		this.primary.close();
		this.fallback.close();
	}

	public ChatModel model(String... properties) {
		return model(TestApplication.Application.class, properties);
	}

	public ChatModel model(Class<?> configuration, String... properties) {
		this.context = TestApplication.start(WebApplicationType.NONE, configuration,
				List.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(),
						"resilience.llm.targets.a.api-key=" + KEY, "resilience.llm.targets.a.model=model-a",
						"resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
						"resilience.llm.targets.b.api-key=" + KEY, "resilience.llm.targets.b.model=model-b",
						"resilience.llm.chains.default=a,b", "resilience.llm.retry.initial-backoff=10ms"),
				properties);
		return this.context.getBean(ChatModel.class);
	}

	public static String text(ChatResponse answer) {
		return answer.getResult().getOutput().getText();
	}

	public String streamed(ChatModel model) {
		StringBuilder text = new StringBuilder();
		model.stream(new Prompt("hi")).toIterable().forEach((chunk) -> {
			if (chunk.getResult() != null && chunk.getResult().getOutput().getText() != null) {
				text.append(chunk.getResult().getOutput().getText());
			}
		});
		return text.toString();
	}

	public CircuitBreaker breaker(String target) {
		return target(target).breaker();
	}

	public GuardedTarget<?, ?> target(String name) {
		return this.context.getBean(ChainRegistry.class)
			.targets(Layer.LLM)
			.stream()
			.filter((each) -> each.name().equals(name))
			.findFirst()
			.orElseThrow();
	}

	public static String chunkText(ChatResponse chunk) {
		return (chunk.getResult() != null && chunk.getResult().getOutput().getText() != null)
				? chunk.getResult().getOutput().getText() : "";
	}

	public static List<Reply> transientFailures() {
		return List.of(Reply.status(408), Reply.status(409), Reply.status(429), Reply.status(500), Reply.status(503),
				Reply.html(502), Reply.reset(), Reply.close(), Reply.html(200), Reply.truncatedJson(),
				Reply.noChoices(), Reply.errorInBody(), Reply.text(""));
	}

}
