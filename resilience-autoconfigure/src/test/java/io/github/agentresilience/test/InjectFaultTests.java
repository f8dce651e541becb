package io.github.agentresilience.test;

import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.chaos.InvalidFaultException;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ApplicationContext;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@SpringBootTest(classes = TestApplication.Application.class, webEnvironment = SpringBootTest.WebEnvironment.NONE,
		properties = { "spring.ai.model.chat=openai", "resilience.chaos.enabled=true",
				"resilience.llm.targets.a.model=m", "resilience.llm.targets.b.model=m",
				"resilience.llm.retry.initial-backoff=1ms" })
@DirtiesContext
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class InjectFaultTests {

	private static final ScriptedProvider PRIMARY = new ScriptedProvider();

	private static final ScriptedProvider FALLBACK = new ScriptedProvider();

	@Autowired
	private ChatModel model;

	@Autowired
	private Chaos chaos;

	@Autowired
	private ApplicationContext application;

	@DynamicPropertySource
	static void providers(DynamicPropertyRegistry registry) {
		registry.add("resilience.llm.targets.a.base-url", PRIMARY::baseUrl);
		registry.add("resilience.llm.targets.b.base-url", FALLBACK::baseUrl);
	}

	@AfterAll
	static void close() {
		PRIMARY.close();
		FALLBACK.close();
	}

	private String servedBy() {
		ChatResponse answer = this.model.call(new Prompt("hi"));
		return answer.getMetadata().get("resilience.target");
	}

	@Test
	@Order(1)
	@InjectFault({ "fault=burst", "layer=llm", "target=a", "count=2" })
	void theFaultIsThereDuringTheTest() {
		assertThat(this.chaos.active()).hasSize(1);
		assertThat(servedBy()).isEqualTo("b");
	}

	@Test
	@Order(2)
	void andGoneAfterIt() {
		assertThat(this.chaos.active()).isEmpty();
		assertThat(servedBy()).isEqualTo("a");
	}

	@ParameterizedTest
	@ValueSource(strings = { "misspeltTarget", "targetOfTheOtherLayer", "misspeltField" })
	@Order(3)
	void aFaultThatWouldHitNothingFailsTheTest(String method) throws Exception {
		InjectFault wanted = Described.class.getDeclaredMethod(method).getAnnotation(InjectFault.class);
		assertThatThrownBy(() -> InjectFaultExtension.inject(wanted, this.application))
			.isInstanceOf(InvalidFaultException.class)
			.hasMessageContaining(method.equals("misspeltField") ? "cuont" : "target");
		assertThat(this.chaos.active()).isEmpty();
	}

	interface Described {

		@InjectFault({ "fault=burst", "layer=llm", "target=aa" })
		void misspeltTarget();

		@InjectFault({ "fault=burst", "layer=mcp", "target=a" })
		void targetOfTheOtherLayer();

		@InjectFault({ "fault=burst", "layer=llm", "target=a", "cuont=20" })
		void misspeltField();

	}

}
