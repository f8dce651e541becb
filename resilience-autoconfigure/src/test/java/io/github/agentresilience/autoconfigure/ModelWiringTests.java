package io.github.agentresilience.autoconfigure;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

import io.github.agentresilience.autoconfigure.internal.llm.LlmChains;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.support.TestApplication;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.AfterEach;
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
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.aop.framework.autoproxy.BeanNameAutoProxyCreator;
import org.springframework.beans.factory.ObjectFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.AutowireCapableBeanFactory;
import org.springframework.beans.factory.config.CustomScopeConfigurer;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.SimpleThreadScope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Models that are built on other chains' models, and clients that come and go.
 */
@Timeout(60)
class ModelWiringTests {

	private static final String B = "resilience.llm.targets.b.bean=plainB";

	private ConfigurableApplicationContext context;

	@AfterEach
	void close() {
		if (this.context != null) {
			this.context.close();
		}
	}

	private void start(Class<?> configuration, String... properties) {
		this.context = TestApplication.start(WebApplicationType.NONE, configuration, List.of(properties));
	}

	private long chains() {
		return this.context.getBean(ChainRegistry.class).chains(Layer.LLM).size();
	}

	private String ask(String chain) {
		return this.context.getBean(chain, ChatModel.class).call(new Prompt("hi")).getResult().getOutput().getText();
	}

	@ParameterizedTest
	@ValueSource(classes = { Injected.class, ByProvider.class, Lazily.class, ThroughAClient.class })
	void aTargetMayBeBuiltOnAnotherChainsModel(Class<?> configuration) {
		start(configuration, "resilience.llm.targets.router.bean=router", B, "resilience.llm.chains.default=router",
				"resilience.llm.chains.other=b");
		assertThat(ask("resilientChatModel")).isEqualTo("router: b");
		assertThat(ask("otherChatModel")).isEqualTo("b");
	}

	@Test
	void chainsMayStandOnEachOtherSeveralDeep() {
		start(Deep.class, "resilience.llm.targets.one.bean=one", "resilience.llm.targets.two.bean=two", B,
				"resilience.llm.chains.default=one,b", "resilience.llm.chains.second=two,b",
				"resilience.llm.chains.third=b");
		assertThat(ask("resilientChatModel")).isEqualTo("one: two: b");
		assertThat(chains()).isEqualTo(3);
	}

	@Test
	void aTargetThatIsBuiltOnItsOwnChainIsToldSo() {
		Throwable thrown = catchThrowable(() -> start(Injected.class, "resilience.llm.targets.router.bean=router", B,
				"resilience.llm.chains.default=b", "resilience.llm.chains.other=router"));
		assertThat(thrown).rootCause()
			.isInstanceOf(ResilienceConfigurationException.class)
			.hasMessageContaining("resilience.llm.targets.router.bean")
			.hasMessageContaining("'other'");
	}

	@Test
	void clientsThatComeAndGoAreOneChain() {
		start(Clients.class, "resilience.llm.targets.b.bean=plainB", "resilience.llm.chains.default=b");
		for (int i = 0; i < 50; i++) {
			assertThat(this.context.getBean("prototype", ChatClient.class).prompt("hi").call().content())
				.isEqualTo("plain");
			assertThat(this.context.getBean("scoped", ChatClient.class).prompt("hi").call().content())
				.isEqualTo("plain");
		}
		assertThat(this.context.getBean(ChainRegistry.class).chains(Layer.LLM)).extracting("name")
			.containsExactlyInAnyOrder("default", "prototype", "scoped");
	}

	@Test
	void eachClientAsksTheModelThatItWasBuiltOn() {
		start(Clients.class, "resilience.llm.targets.b.bean=plainB", "resilience.llm.chains.default=b");
		for (int i = 1; i <= 20; i++) {
			ChatClient client = this.context.getBean("eachItsOwn", ChatClient.class);
			assertThat(client.prompt("hi").call().content()).isEqualTo("model " + i);
			assertThat(client.prompt("hi").stream().content().blockLast()).isEqualTo("model " + i);
		}
		assertThat(chains()).isEqualTo(2);
	}

	@Test
	void aClientNamedLikeATargetOrAChainIsNeither() {
		start(Clients.class, "resilience.llm.targets.prototype.bean=plainB", "resilience.llm.targets.x.bean=plainB",
				"resilience.llm.chains.default=prototype", "resilience.llm.chains.eachItsOwn=x");
		assertThat(this.context.getBean("prototype", ChatClient.class).prompt("hi").call().content())
			.isEqualTo("plain");
		assertThat(this.context.getBean("eachItsOwn", ChatClient.class).prompt("hi").call().content())
			.isEqualTo("model 1");
		assertThat(ask("resilientChatModel")).isEqualTo("b");
	}

	@Test
	void aClientOfAScopeThatIsNotActiveYetDoesNotStopStartUp() {
		start(OfAScope.class, "resilience.llm.targets.b.bean=plainB", "resilience.llm.chains.default=b");
		assertThat(this.context.getBean("user")).isNotNull();
	}

	@Test
	void aTargetMayUseAClientThatIsBuiltOnAnotherModel() {
		start(UsingAClient.class, "resilience.llm.targets.router.bean=router", B,
				"resilience.llm.chains.default=router", "resilience.llm.chains.other=b");
		assertThat(ask("resilientChatModel")).isEqualTo("router: b");
	}

	@Test
	void adviceOfTheApplicationStaysAroundItsClient() {
		start(Advised.class, "resilience.llm.targets.b.bean=plainB", "resilience.llm.chains.default=b");
		ChatClient client = this.context.getBean("advised", ChatClient.class);
		assertThat(client.prompt("hi").call().content()).isEqualTo("plain");
		assertThat(this.context.getBean(Advised.class).seen).hasPositiveValue();
		assertThat(chains()).isEqualTo(2);
	}

	@Test
	void namesThatAreMadeUpCallByCallDoNotPileUp() {
		start(Clients.class, "resilience.llm.targets.b.bean=plainB", "resilience.llm.chains.default=b");
		AutowireCapableBeanFactory beans = this.context.getAutowireCapableBeanFactory();
		ChatModel each = model("fine");
		for (int i = 0; i < 2 * LlmChains.MOST_CLIENTS; i++) {
			ChatClient client = (ChatClient) beans.initializeBean(ChatClient.create(each), "client-" + i);
			if (i % 100 == 0) {
				assertThat(client.prompt("hi").call().content()).isEqualTo("fine");
			}
		}
		assertThat(chains()).isEqualTo(1 + LlmChains.MOST_CLIENTS);
	}

	static ChatModel model(String answer) {
		return model((prompt) -> answer);
	}

	static ChatModel model(Function<Prompt, String> answer) {
		return new ChatModel() {

			@Override
			public ChatResponse call(Prompt prompt) {
				return new ChatResponse(List.of(new Generation(new AssistantMessage(answer.apply(prompt)))));
			}

			@Override
			public Flux<ChatResponse> stream(Prompt prompt) {
				return Flux.defer(() -> Flux.just(call(prompt)));
			}

		};
	}

	static ChatModel onTopOf(String name, ChatModel other) {
		return model((prompt) -> name + ": " + other.call(prompt).getResult().getOutput().getText());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Plain {

		@Bean
		ChatModel plainB() {
			return model("b");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Injected extends Plain {

		@Bean
		ChatModel router(@Qualifier("otherChatModel") ChatModel other) {
			return onTopOf("router", other);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByProvider extends Plain {

		@Bean
		ChatModel router(@Qualifier("otherChatModel") ObjectProvider<ChatModel> other) {
			return onTopOf("router", other.getObject());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Lazily extends Plain {

		@Bean
		ChatModel router(@Lazy @Qualifier("otherChatModel") ChatModel other) {
			return onTopOf("router", other);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ThroughAClient extends Plain {

		@Bean
		ChatModel router(@Qualifier("otherChatModel") ChatModel other) {
			ChatClient client = ChatClient.create(other);
			return model((prompt) -> "router: " + client.prompt(prompt).call().content());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Deep extends Plain {

		@Bean
		ChatModel one(@Qualifier("secondChatModel") ChatModel second) {
			return onTopOf("one", second);
		}

		@Bean
		ChatModel two(@Qualifier("thirdChatModel") ChatModel third) {
			return onTopOf("two", third);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Clients extends Plain {

		private final ChatModel inNoChain = model("plain");

		private final AtomicInteger made = new AtomicInteger();

		@Bean
		static CustomScopeConfigurer scopes() {
			CustomScopeConfigurer scopes = new CustomScopeConfigurer();
			scopes.setScopes(Map.of("anew", new AnewScope()));
			return scopes;
		}

		@Bean
		@Scope("prototype")
		ChatClient prototype() {
			return ChatClient.create(this.inNoChain);
		}

		@Bean
		@Scope(scopeName = "anew", proxyMode = ScopedProxyMode.INTERFACES)
		ChatClient scoped() {
			return ChatClient.create(this.inNoChain);
		}

		@Bean
		@Scope("prototype")
		ChatClient eachItsOwn() {
			return ChatClient.create(model("model " + this.made.incrementAndGet()));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OfAScope extends Plain {

		@Bean
		static CustomScopeConfigurer scopes() {
			CustomScopeConfigurer scopes = new CustomScopeConfigurer();
			scopes.setScopes(Map.of("absent", new SimpleThreadScope() {
				@Override
				public Object get(String name, ObjectFactory<?> made) {
					throw new IllegalStateException("No scope is active");
				}
			}));
			return scopes;
		}

		@Bean
		@Scope(scopeName = "absent", proxyMode = ScopedProxyMode.INTERFACES)
		ChatClient scoped() {
			return ChatClient.create(model("plain"));
		}

		@Bean
		Object user(@Qualifier("scoped") ChatClient client) {
			return List.of(client);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UsingAClient extends Plain {

		@Bean
		ChatClient client(@Qualifier("plainB") ChatModel plain) {
			return ChatClient.create(plain);
		}

		@Bean
		ChatModel router(@Qualifier("client") ChatClient client) {
			return model((prompt) -> "router: " + client.prompt(prompt).call().content());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Advised extends Plain {

		private final AtomicInteger seen = new AtomicInteger();

		@Bean
		ChatClient advised() {
			return ChatClient.create(model("plain"));
		}

		@Bean
		static BeanNameAutoProxyCreator advice() {
			BeanNameAutoProxyCreator creator = new BeanNameAutoProxyCreator();
			creator.setBeanNames("advised");
			creator.setInterceptorNames("counting");
			return creator;
		}

		@Bean
		MethodInterceptor counting() {
			return (invocation) -> {
				this.seen.incrementAndGet();
				return invocation.proceed();
			};
		}

	}

	/** A scope that ends with each use, as a request does. */
	private static final class AnewScope extends SimpleThreadScope {

		private final Map<String, Object> none = new ConcurrentHashMap<>();

		@Override
		public Object get(String name, ObjectFactory<?> made) {
			this.none.clear();
			return made.getObject();
		}

	}

}
