package io.github.agentresilience.autoconfigure;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.llm.CallParams;
import io.github.agentresilience.support.TestApplication;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.aop.support.ComposablePointcut;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.RootClassFilter;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.AbstractFactoryBean;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Applications that put something around every chat model: advice, by either kind of
 * proxies, or a decorator. It stays around the models of the chains, which are asked
 * once.
 */
@Timeout(60)
class DecoratedModelTests {

	private static final String[] TWO_CHAINS = { "resilience.llm.targets.x.bean=one",
			"resilience.llm.targets.y.bean=one", "resilience.llm.chains.default=x", "resilience.llm.chains.other=y" };

	private static final AtomicInteger seen = new AtomicInteger();

	private static final AtomicInteger asked = new AtomicInteger();

	@BeforeEach
	void reset() {
		seen.set(0);
		asked.set(0);
	}

	private static ConfigurableApplicationContext start(Class<?> configuration, String... properties) {
		return TestApplication.start(WebApplicationType.NONE, configuration,
				List.of("spring.ai.model.chat=none", "resilience.llm.retry.initial-backoff=1ms"), properties);
	}

	private static String target(ChatClient client, String chain) {
		ChatResponse answer = client.prompt("hi")
			.advisors((advisors) -> advisors.param(CallParams.CHAIN, chain))
			.call()
			.chatResponse();
		return answer.getMetadata().get("resilience.target");
	}

	@ParameterizedTest
	@ValueSource(classes = { BySubclass.class, ByInterface.class, Decorated.class })
	void whatIsAroundAChainSeesItsCallsAndTheChainIsAskedOnce(Class<?> configuration) {
		try (ConfigurableApplicationContext context = start(configuration, TWO_CHAINS)) {
			for (String name : List.of("client", "plain")) {
				ChatClient client = context.getBean(name, ChatClient.class);
				seen.set(0);
				assertThat(target(client, "default")).isEqualTo("x");
				assertThat(seen.get()).isEqualTo(name.equals("client") ? 2 : 1);
				assertThat(target(client, "other")).isEqualTo("y");
				assertThat(client.prompt("hi").stream().content().blockLast()).isEqualTo("fine");
				asked.set(0);
				assertThatExceptionOfType(ChainExhaustedException.class)
					.isThrownBy(() -> client.prompt("fail").call().content());
				assertThat(asked).hasValue(2);
			}
			assertThat(context.getBean(ChainRegistry.class).chains(Layer.LLM)).extracting("name")
				.containsExactlyInAnyOrder("default", "other");
		}
	}

	@ParameterizedTest
	@ValueSource(classes = { BySubclass.class, ByInterface.class, Decorated.class })
	void theSameWithNoTargetDeclared(Class<?> configuration) {
		try (ConfigurableApplicationContext context = start(configuration)) {
			for (String name : List.of("client", "plain")) {
				assertThat(target(context.getBean(name, ChatClient.class), "default")).isEqualTo("primary");
			}
			assertThat(context.getBean(ChainRegistry.class).chains(Layer.LLM)).extracting("name")
				.containsExactly("default");
		}
	}

	@ParameterizedTest
	@ValueSource(classes = { BySubclass.class, Decorated.class })
	void anExperimentFindsTheChain(Class<?> configuration) {
		String outage = "resilience.chaos.experiments.outage.";
		try (ConfigurableApplicationContext context = start(configuration, "resilience.llm.targets.x.bean=one",
				"resilience.chaos.enabled=true", outage + "fault.fault=burst", outage + "fault.layer=llm",
				outage + "fault.target=x", outage + "duration=50ms", outage + "steady-state.success-rate=0.99",
				outage + "probe.prompt=ping", outage + "probe.rate=50")) {
			assertThat(context.isRunning()).isTrue();
		}
	}

	@ParameterizedTest
	@ValueSource(classes = { Scoped.class, Made.class })
	void aClientOnAModelThatIsNoPlainBeanGoesThroughTheChainOfThatModel(Class<?> configuration) {
		try (ConfigurableApplicationContext context = start(configuration, "resilience.llm.targets.x.bean=one")) {
			assertThat(target(context.getBean("plain", ChatClient.class), "default")).isEqualTo("x");
			assertThat(context.getBean(ChainRegistry.class).chains(Layer.LLM)).extracting("name")
				.containsExactly("default");
		}
	}

	static class Local implements ChatModel {

		@Override
		public ChatResponse call(Prompt prompt) {
			asked.incrementAndGet();
			if ("fail".equals(prompt.getContents())) {
				throw new IllegalStateException("down");
			}
			return new ChatResponse(List.of(new Generation(new AssistantMessage("fine"))));
		}

		@Override
		public Flux<ChatResponse> stream(Prompt prompt) {
			return Flux.defer(() -> Flux.just(call(prompt)));
		}

		@Override
		public ChatOptions getOptions() {
			return ToolCallingChatOptions.builder().build();
		}

	}

	static class Clients {

		@Bean
		ChatClient client(ChatClient.Builder builder) {
			return builder.build();
		}

		@Bean
		ChatClient plain(@Qualifier("one") ChatModel one) {
			return ChatClient.create(one);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Models extends Clients {

		@Bean
		Local one() {
			return new Local();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Scoped extends Clients {

		@Bean
		@Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.TARGET_CLASS)
		Local one() {
			return new Local();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Made extends Clients {

		@Bean
		static FactoryBean<ChatModel> one() {
			return new AbstractFactoryBean<>() {

				@Override
				public Class<?> getObjectType() {
					return ChatModel.class;
				}

				@Override
				protected ChatModel createInstance() {
					return new Local();
				}

			};
		}

	}

	static class Advised extends Models {

		@Bean
		static DefaultPointcutAdvisor advice() {
			MethodInterceptor counting = (invocation) -> {
				if (invocation.getMethod().getName().equals("call")) {
					seen.incrementAndGet();
				}
				return invocation.proceed();
			};
			return new DefaultPointcutAdvisor(new ComposablePointcut(new RootClassFilter(ChatModel.class)), counting);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class BySubclass extends Advised {

		@Bean
		static DefaultAdvisorAutoProxyCreator proxies() {
			DefaultAdvisorAutoProxyCreator proxies = new DefaultAdvisorAutoProxyCreator();
			proxies.setProxyTargetClass(true);
			return proxies;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByInterface extends Advised {

		@Bean
		static DefaultAdvisorAutoProxyCreator proxies() {
			return new DefaultAdvisorAutoProxyCreator();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Decorated extends Models {

		@Bean
		static BeanPostProcessor decorating() {
			return new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String name) {
					return (bean instanceof ChatModel model) ? new Counting(model) : bean;
				}

			};
		}

	}

	private static final class Counting implements ChatModel {

		private final ChatModel model;

		Counting(ChatModel model) {
			this.model = model;
		}

		@Override
		public ChatResponse call(Prompt prompt) {
			seen.incrementAndGet();
			return this.model.call(prompt);
		}

		@Override
		public Flux<ChatResponse> stream(Prompt prompt) {
			return this.model.stream(prompt);
		}

		@Override
		public ChatOptions getOptions() {
			return this.model.getOptions();
		}

	}

}
