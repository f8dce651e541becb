package io.github.agentresilience.autoconfigure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.llm.internal.model.ResilientChatModel;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Chat models that a parent context has.
 */
class ParentContextTests {

	private final List<ConfigurableApplicationContext> contexts = new ArrayList<>();

	@AfterEach
	void close() {
		// Children first
		for (int i = this.contexts.size() - 1; i >= 0; i--) {
			this.contexts.get(i).close();
		}
	}

	private ConfigurableApplicationContext child(ConfigurableApplicationContext parent, String... properties) {
		this.contexts.add(parent);
		List<String> arguments = new ArrayList<>(
				List.of("--spring.main.banner-mode=off", "--logging.level.root=WARN", "--spring.ai.model.chat=none",
						"--spring.ai.model.embedding=none", "--management.otlp.metrics.export.enabled=false"));
		Arrays.stream(properties).forEach((property) -> arguments.add("--" + property));
		ConfigurableApplicationContext child = new SpringApplicationBuilder(TestApplication.Application.class)
			.parent(parent)
			.web(WebApplicationType.NONE)
			.run(arguments.toArray(String[]::new));
		this.contexts.add(child);
		return child;
	}

	private static String answer(ConfigurableApplicationContext context) {
		return context.getBean(ChatClient.Builder.class).build().prompt("hi").call().content();
	}

	@Test
	void oneIsATarget() {
		ConfigurableApplicationContext child = child(new AnnotationConfigApplicationContext(Parent.class),
				"resilience.llm.targets.p.bean=ofParent");
		assertThat(answer(child)).isEqualTo("of the parent");
		assertThat(child.getBean(ChainRegistry.class).hasTarget(Layer.LLM, "p")).isTrue();
	}

	@Test
	void theOnlyOneIsProtected() {
		ConfigurableApplicationContext child = child(new AnnotationConfigApplicationContext(Parent.class));
		assertThat(child.getBean(ChatModel.class)).isInstanceOf(ResilientChatModel.class);
		assertThat(answer(child)).isEqualTo("of the parent");
	}

	@Test
	void thePrimaryOneIsProtected() {
		ConfigurableApplicationContext child = child(new AnnotationConfigApplicationContext(ParentOfTwo.class));
		assertThat(child.getBean(ChatModel.class)).isInstanceOf(ResilientChatModel.class);
		assertThat(answer(child)).isEqualTo("primary of the parent");
		assertThat(child.getParent().getBean(ChatModel.class)).isNotInstanceOf(ResilientChatModel.class);
	}

	@Test
	void oneThatIsAChainAlreadyIsLeftAsItIs() {
		ConfigurableApplicationContext child = child(child(new AnnotationConfigApplicationContext(Parent.class)));
		assertThat(child.getBeanNamesForType(ChatModel.class)).isEmpty();
		assertThat(answer(child)).isEqualTo("of the parent");
		assertThat(child.getBean(ChainRegistry.class).chains(Layer.LLM)).hasSize(1);
	}

	private static ChatModel model(String answer) {
		return (prompt) -> new ChatResponse(List.of(new Generation(new AssistantMessage(answer))));
	}

	@Configuration(proxyBeanMethods = false)
	static class Parent {

		@Bean
		ChatModel ofParent() {
			return model("of the parent");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ParentOfTwo extends Parent {

		@Bean
		@Primary
		ChatModel another() {
			return model("primary of the parent");
		}

	}

}
