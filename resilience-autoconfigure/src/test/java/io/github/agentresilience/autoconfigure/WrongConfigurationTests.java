package io.github.agentresilience.autoconfigure;

import java.time.Duration;
import java.util.List;

import io.github.agentresilience.autoconfigure.internal.config.ConfigurationCheck;
import io.github.agentresilience.autoconfigure.internal.config.TightDeadlines;
import io.github.agentresilience.autoconfigure.internal.guard.Policies;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.llm.internal.model.ResilientChatModel;
import io.github.resilience4j.springboot3.circuitbreaker.autoconfigure.CircuitBreakerAutoConfiguration;
import io.github.resilience4j.springboot3.timelimiter.autoconfigure.TimeLimiterAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.Mockito;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is refused or warned of at start-up, so that it does not come out in an outage.
 */
@ExtendWith(OutputCaptureExtension.class)
class WrongConfigurationTests {

	private static final String[] TARGET = { "resilience.llm.targets.a.base-url=http://127.0.0.1:1/v1",
			"resilience.llm.targets.a.api-key=sk-top-secret", "resilience.llm.targets.a.model=m" };

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(AutoConfigurations
		.of(ResilienceAutoConfiguration.class, LlmAutoConfiguration.class, ChaosAutoConfiguration.class,
				ObservationResilienceAutoConfiguration.class, Resilience4JAutoConfiguration.class,
				CircuitBreakerAutoConfiguration.class, TimeLimiterAutoConfiguration.class));

	private void expectRefusal(String wrong, String property, String problem, String fix) {
		this.runner.withPropertyValues(TARGET).withPropertyValues(wrong.split(" ; ")).run((context) -> {
			assertThat(context).hasFailed();
			FailureAnalysis analysis = new ResilienceConfigurationFailureAnalyzer()
				.analyze(context.getStartupFailure());
			assertThat(analysis).as(String.valueOf(context.getStartupFailure())).isNotNull();
			assertThat(analysis.getDescription()).contains("'" + property + "'").contains(problem);
			assertThat(analysis.getAction()).contains(fix);
			assertThat(analysis.getDescription() + analysis.getAction()).doesNotContain("sk-top-secret", "hdr-secret");
		});
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					resilience.llm.targets.a.timeout=-1s               | resilience.llm.targets.a.timeout                 | negative       | positive
					resilience.llm.targets.a.first-token-timeout=0s    | resilience.llm.targets.a.first-token-timeout     | shorter        | positive
					resilience.llm.targets.a.stream-idle-timeout=-2s   | resilience.llm.targets.a.stream-idle-timeout     | negative       | positive
					resilience.llm.targets.a.retry.max-attempts=0      | resilience.llm.targets.a.retry.max-attempts      | less than 1    | 1 or more
					resilience.llm.targets.a.retry.multiplier=0.5      | resilience.llm.targets.a.retry.multiplier        | less than 1    | equal waits
					resilience.llm.targets.a.breaker.half-open-calls=0 | resilience.llm.targets.a.breaker.half-open-calls | less than 1    | 1 or more
					resilience.llm.targets.a.breaker.slow-call=-1s     | resilience.llm.targets.a.breaker.slow-call       | negative       | positive
					resilience.llm.targets.b.bean=x ; resilience.llm.targets.b.limits.learn=true | resilience.llm.targets.b.limits.learn | is a bean | declare an endpoint
					resilience.llm.targets.a.base-url=http://127.0.0.1:1/v1/chat/completions | resilience.llm.targets.a.base-url | path of its requests | without /chat/completions
					resilience.llm.targets.a.base-url=http://127.0.0.1:1/v1/chat/completions/ | resilience.llm.targets.a.base-url | path of its requests | without /chat/completions
					resilience.llm.limits.queue=-1                         | resilience.llm.limits.queue                         | negative    | 0 to have
					resilience.llm.targets.a.limits.requests-per-minute=0  | resilience.llm.targets.a.limits.requests-per-minute | less than 1 | leave it out
					resilience.llm.targets.a.limits.tokens-per-minute=-5   | resilience.llm.targets.a.limits.tokens-per-minute   | less than 1 | leave it out
					resilience.llm.targets.a.limits.tokens-per-minute=60000000001 | resilience.llm.targets.a.limits.tokens-per-minute | more than can be counted | leave it out
					resilience.llm.targets.a.limits.concurrency=0          | resilience.llm.targets.a.limits.concurrency         | neither adaptive nor a number | Use adaptive
					resilience.mcp.connections.c.limits.concurrency=-1     | resilience.mcp.connections.c.limits.concurrency     | neither adaptive nor a number | leave it out
					resilience.llm.targets.a.limits.concurrency=many       | resilience.llm.targets.a.limits.concurrency         | neither adaptive nor a number | Use adaptive
					resilience.mcp.connections.c.limits.requests-per-minute=0 | resilience.mcp.connections.c.limits.requests-per-minute | less than 1 | leave it out
					resilience.llm.retry.multiplier=0.9                | resilience.llm.retry.multiplier                  | less than 1    | equal waits
					resilience.llm.retry.budget=-1                     | resilience.llm.retry.budget                      | negative       | share
					resilience.llm.retry.budget=20                     | resilience.llm.retry.budget                      | greater than 1 | share
					resilience.llm.breaker.half-open-calls=0           | resilience.llm.breaker.half-open-calls           | less than 1    | 1 or more
					resilience.llm.timeout=999999999999d               | resilience.llm.timeout                           | year           | shorter
					resilience.llm.retry.max-backoff=999999999999d     | resilience.llm.retry.max-backoff                 | year           | shorter
					resilience.llm.targets.a.breaker.minimum-calls=21  | resilience.llm.targets.a.breaker.minimum-calls   | greater        | 20
					""")
	void aValueThatCannotBe(String wrong, String property, String problem, String fix) {
		expectRefusal(wrong, property, problem, fix);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					resilience.llm.breaker.window=8 ; resilience.llm.targets.a.breaker.minimum-calls=9  | resilience.llm.targets.a.breaker.minimum-calls | which is 8
					resilience.mcp.breaker.window=8 ; resilience.mcp.connections.x.breaker.minimum-calls=9 | resilience.mcp.connections.x.breaker.minimum-calls | which is 8
					resilience.llm.breaker.minimum-calls=10 ; resilience.llm.targets.a.breaker.window=4 | resilience.llm.targets.a.breaker.window | minimum-calls
					""")
	void aBreakerThatCouldNeverOpen(String wrong, String property, String fix) {
		expectRefusal(wrong, property, "than the", fix);
	}

	@Test
	void aTargetMayAskForMoreCallsWhereItsWindowIsGreater() {
		this.runner.withPropertyValues(TARGET)
			.withPropertyValues("resilience.llm.targets.a.breaker.window=50",
					"resilience.llm.targets.a.breaker.minimum-calls=40", "resilience.llm.breaker.window=6")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					resilience.llm.targets.a.deadline=5s                | resilience.llm.targets.a.deadline            | set 'resilience.llm.deadline'
					resilience.llm.targets.a.when-all-open=fail-fast    | resilience.llm.targets.a.when-all-open       | set 'resilience.llm.when-all-open'
					resilience.llm.targets.a.routing=latency            | resilience.llm.targets.a.routing             | set 'resilience.llm.routing'
					resilience.llm.targets.a.hedge.budget=0.5           | resilience.llm.targets.a.hedge.budget        | set 'resilience.llm.hedge.budget'
					resilience.mcp.connections.x.hedge.budget=0.5       | resilience.mcp.connections.x.hedge.budget    | set 'resilience.mcp.hedge.budget'
					resilience.llm.targets.a.retry.budget=0.5           | resilience.llm.targets.a.retry.budget        | set 'resilience.llm.retry.budget'
					resilience.mcp.connections.x.deadline=5s            | resilience.mcp.connections.x.deadline        | set 'resilience.mcp.deadline'
					resilience.llm.targets.a.timout=5s                  | resilience.llm.targets.a.timout              | mean 'resilience.llm.targets.a.timeout'
					resilience.llm.brakers.window=5                     | resilience.llm.brakers.window                | mean 'resilience.llm.breaker'
					resilience.llm.retry.max-attemps=5                  | resilience.llm.retry.max-attemps             | mean 'resilience.llm.retry.max-attempts'
					resilience.llm.retry.colour=blue                    | resilience.llm.retry.colour                  | initial-backoff
					resilience.llm.timeout.seconds=5                    | resilience.llm.timeout.seconds               | has no keys
					""")
	void anUnknownKeyIsNamedWithTheNearestKnownOne(String wrong, String property, String fix, CapturedOutput output) {
		this.runner.withPropertyValues(TARGET).withPropertyValues(wrong).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(output).containsOnlyOnce("The property '" + property + "' is unknown.").contains(fix);
		});
	}

	@Test
	void everyWayToWriteAKeyThatMeansSomethingIsTaken(CapturedOutput output) {
		this.runner.withPropertyValues(TARGET)
			.withPropertyValues("resilience.llm.targets.a.firstTokenTimeout=5s",
					"resilience.llm.targets.a.headers.X-Team=x", "resilience.llm.targets.a.headers[X.Dotted]=x",
					"resilience.llm.chains.default[0]=a",
					"resilience.llm.targets.a.options.extra-body.provider.order[0]=x",
					"resilience.llm.targets.a.options.stop[0]=x", "resilience.llm.fallback_on=content-filter",
					"resilience.chaos.experiments.e.fault.fault=burst",
					"resilience.chaos.experiments.e.fault.layer=llm", "resilience.chaos.experiments.e.fault.target=a",
					"resilience.chaos.experiments.e.probe.prompt=hi",
					"resilience.chaos.experiments.e.steady-state.success-rate=0.9")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain("is unknown");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					resilience.llm.deadline=60s                                            | a            | timeout of 'a' is 60s
					resilience.llm.deadline=10s                                            | a            | first-token-timeout of 'a' is 15s
					resilience.llm.targets.a.timeout=120s                                  | a            | timeout of 'a' is 120s
					resilience.llm.targets.a.first-token-timeout=200s                      | a            | first-token-timeout of 'a' is 200s
					resilience.mcp.deadline=15s,resilience.mcp.chains.search=one,two       | one          | resilience.mcp.deadline is 15s
					resilience.mcp.connections.one.timeout=1h,resilience.mcp.chains.search=one,two | one | timeout of 'one' is 3600s
					""")
	void aDeadlineThatLeavesTheSecondTargetNoTimeIsWarnedOf(String properties, String first, String words,
			CapturedOutput output) {
		MockEnvironment environment = new MockEnvironment().withProperty("resilience.llm.chains.default[0]", "a")
			.withProperty("resilience.llm.chains.default[1]", "b");
		for (String each : properties.split(",(?=resilience)")) {
			String[] keyAndValue = each.split("=");
			environment.setProperty(keyAndValue[0], keyAndValue[1]);
		}
		TightDeadlines.warn(ConfigurationCheck.bind(environment), environment);
		assertThat(output).contains("no time when '" + first + "' is silent", words);
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "resilience.llm.deadline=61s", "resilience.llm.timeout=119s", "resilience.mcp.deadline=21s" })
	void aDeadlineThatLeavesSomeTimeIsNot(String property, CapturedOutput output) {
		String[] keyAndValue = property.split("=");
		MockEnvironment environment = new MockEnvironment().withProperty("resilience.llm.chains.default[0]", "a")
			.withProperty("resilience.llm.chains.default[1]", "b")
			.withProperty("resilience.mcp.chains.search", "one,two")
			.withProperty(keyAndValue[0], keyAndValue[1]);
		TightDeadlines.warn(ConfigurationCheck.bind(environment), environment);
		assertThat(output).doesNotContain("no time when");
	}

	@ParameterizedTest
	@CsvSource({ "spring.ai.mcp.client.request-timeout=5m, resilience.mcp.deadline=60s, true",
			"spring.ai.mcp.client.request-timeout=5m, resilience.mcp.deadline=5m, false",
			"spring.ai.mcp.client.requestTimeout=61s, resilience.mcp.timeout=20s, true",
			"spring.ai.openai.timeout=10m, resilience.llm.timeout=60s, true",
			"spring.ai.openai.chat.timeout=121s, resilience.llm.timeout=60s, true",
			"spring.ai.openai.chat.timeout=120s, resilience.llm.timeout=60s, false",
			"spring.ai.openai.timeout=10m, resilience.llm.targets.a.bean=a, false",
			"spring.ai.openai.timeout=soon, resilience.llm.timeout=60s, false" })
	void aDeadlineThatEndsRequestsBeforeSpringAiWouldIsWarnedOf(String property, String other, boolean warned,
			CapturedOutput output) {
		MockEnvironment environment = new MockEnvironment();
		List.of(property, other).forEach((each) -> environment.setProperty(each.split("=")[0], each.split("=")[1]));
		TightDeadlines.warn(ConfigurationCheck.bind(environment), environment);
		assertThat(output.getOut().contains(".deadline ends every call after")).isEqualTo(warned);
	}

	@ParameterizedTest
	@CsvSource({ "60s,,,15s", "5s,,,5s", "5s,,8s,8s", "60s,3s,,3s", "60s,3s,20s,20s", "60s,30s,,15s" })
	void aFirstTokenIsWaitedForNoLongerThanAnAnswerUnlessItIsSaid(String timeout, String ofTarget, String firstToken,
			String expected) {
		MockEnvironment environment = new MockEnvironment().withProperty("resilience.llm.timeout", timeout);
		if (firstToken != null) {
			environment.setProperty("resilience.llm.first-token-timeout", firstToken);
		}
		Duration timeoutOfTarget = (ofTarget != null) ? DurationStyle.detectAndParse(ofTarget) : null;
		assertThat(Policies.firstToken(timeoutOfTarget, null, ConfigurationCheck.bind(environment).llm()))
			.isEqualTo(DurationStyle.detectAndParse(expected));
	}

	@ParameterizedTest
	@ValueSource(strings = { "resilience.llm.targets.a.headers=", "resilience.llm.targets.a.options=",
			"resilience.llm.targets.a.retry=", "resilience.llm.breaker=", "resilience.mcp=", "resilience.mcp.chains=",
			"resilience.chaos.experiments=", "resilience.llm.fallback-on=" })
	void aKeyWithNothingUnderItAsYamlLeavesItIsTaken(String empty) {
		this.runner.withPropertyValues(TARGET)
			.withPropertyValues(empty)
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@ParameterizedTest
	@ValueSource(strings = { "api-key", "headers.X-Auth" })
	void aLineEndWithinASecretIsNamedWithoutIt(String key) {
		expectRefusal("resilience.llm.targets.a." + key + "=hdr-secret\nmore", "resilience.llm.targets.a." + key,
				"line end", "not shown");
	}

	@Test
	void aChainOfTheOneModelIsABeanToo() {
		this.runner.withUserConfiguration(OneModel.class)
			.withPropertyValues("resilience.llm.chains.smart=primary")
			.run((context) -> {
				assertThat(context.getBean("smartChatModel")).isInstanceOf(ResilientChatModel.class);
				assertThat(context.getBean("smartChatModel", ChatModel.class)
					.call(new Prompt("hi"))
					.getResult()
					.getOutput()
					.getText()).isEqualTo("own");
				assertThat(context.getBean(ChatModel.class)).isSameAs(context.getBean("resilientChatModel"));
			});
	}

	@Test
	void aChainWithoutAnyModelIsRefused() {
		this.runner.withPropertyValues("resilience.llm.chains.smart=primary")
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(ResilienceConfigurationException.class)
				.hasMessageContaining("resilience.llm.chains.smart"));
	}

	@Test
	void aMockedClientIsNotChanged() {
		this.runner.withUserConfiguration(OneModel.class)
			.withBean(ChatClient.class, () -> Mockito.mock(ChatClient.class))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 4 })
	void ofAnOpenAiModelOfTheApplicationItsOptionsTellHowOftenItRetries(int retries, CapturedOutput output) {
		this.runner.withUserConfiguration(OwnOpenAi.class)
			.withPropertyValues("test.retries=" + retries, "spring.ai.openai.max-retries=" + (4 - retries))
			.run((context) -> context.getBean(ChatModel.class));
		if (retries == 0) {
			assertThat(output).doesNotContain("retries of its own");
		}
		else {
			assertThat(output).contains("The chat model 'openAiChatModel' makes up to 4 retries of its own",
					"OpenAiChatOptions.builder().maxRetries(0)");
		}
	}

	@Test
	void aClassifierThatIsNeverAskedIsNamed(CapturedOutput output) {
		FailureClassifier classifier = (thrown) -> Failure.ofTransient(0, "own", thrown);
		this.runner.withUserConfiguration(OneModel.class)
			.withBean("myClassifier", FailureClassifier.class, () -> classifier)
			.withBean("llmFailureClassifier", FailureClassifier.class, () -> classifier)
			.run((context) -> context.getBean(ChatModel.class));
		assertThat(output).contains("The FailureClassifier 'myClassifier' is asked by no chain")
			.doesNotContain("'llmFailureClassifier' is asked")
			.doesNotContain("'standardLlmFailureClassifier' is asked");
	}

	@Configuration(proxyBeanMethods = false)
	static class OneModel {

		@Bean
		ChatModel ownModel() {
			return ResilienceAutoConfigurationTests.model("own");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnOpenAi {

		@Bean
		OpenAiChatModel openAiChatModel(Environment environment) {
			return OpenAiChatModel.builder()
				.options(OpenAiChatOptions.builder()
					.baseUrl("http://127.0.0.1:1/v1")
					.apiKey("sk-x")
					.model("m")
					.maxRetries(environment.getRequiredProperty("test.retries", Integer.class))
					.build())
				.build();
		}

	}

}
