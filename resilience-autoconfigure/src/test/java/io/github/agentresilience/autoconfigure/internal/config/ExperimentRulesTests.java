package io.github.agentresilience.autoconfigure.internal.config;

import java.util.List;

import io.github.agentresilience.autoconfigure.ResilienceAutoConfiguration;
import io.github.agentresilience.autoconfigure.ResilienceConfigurationFailureAnalyzer;
import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.autoconfigure.RunOnceRefusedAutoConfiguration;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

class ExperimentRulesTests {

	private static final String X = "resilience.chaos.experiments.x.";

	private static final String[] SOUND = { "resilience.llm.targets.a.base-url=http://127.0.0.1:1/v1",
			"resilience.llm.targets.a.model=m", "resilience.llm.targets.b.base-url=http://127.0.0.1:1/v1",
			"resilience.llm.targets.b.model=m", "resilience.llm.chains.default=a,b", "resilience.llm.chains.lonely=a",
			"resilience.chaos.enabled=true", X + "fault.fault=burst", X + "fault.layer=llm", X + "fault.target=a",
			X + "steady-state.success-rate=0.99", X + "probe.prompt=ping" };

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(ResilienceAutoConfiguration.class, RunOnceRefusedAutoConfiguration.class));

	@Test
	void aSoundExperimentIsAccepted() {
		ConfigurationRules.check(bound(SOUND));
		ConfigurationRules.check(bound(SOUND, X + "probe.chain=lonely", "resilience.chaos.run-once=x"));
		ConfigurationRules
			.check(bound(SOUND, X + "duration=1h", X + "steady-state.success-rate=", X + "steady-state.mttr=1s"));
	}

	private static ResilienceProperties bound(String[] sound, String... more) {
		MockEnvironment environment = new MockEnvironment();
		for (String[] properties : List.of(sound, more)) {
			for (String property : properties) {
				String[] pair = property.split("=", 2);
				environment.setProperty(pair[0], pair[1]);
			}
		}
		return ConfigurationCheck.bind(environment);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			fault.target=c                      | fault.target              | 'c'
			probe.chain=nope                    | probe.chain               | nope
			probe.chain=lonely;fault.target=b   | fault.target              | 'b'
			fault.fault=rate-limit;fault.layer=mcp | fault.layer            | mcp
			fault.fault=flood                   | fault.fault               | flood
			fault.fault=brownout;fault.latency=300000d | fault.latency      | 1h
			fault.fault=rate-limit;fault.retry-after=2h | fault.retry-after | 1h
			fault.fault=random;fault.rate=0     | fault.rate                | never hit
			fault.fault=mcp-tool;fault.layer=mcp | fault                    | 'tool' for mcp
			fault.fault=mcp-tool;fault.layer=mcp;fault.tool=pay;probe.prompt=;probe.tool=search | fault.tool | 'pay'
			probe.prompt=;probe.tool=search     | fault                     | 'prompt' for llm
			steady-state.success-rate=          | steady-state              | asks for nothing
			steady-state.success-rate=0         | steady-state              | asks for nothing
			steady-state.success-rate=99        | steady-state.success-rate | between 0 and 1
			steady-state.success-rate=-0.1      | steady-state.success-rate | between 0 and 1
			steady-state.success-rate=NaN       | steady-state.success-rate | between 0 and 1
			steady-state.p95=0s                 | steady-state.p95          | 1ms
			steady-state.p95=-1s                | steady-state.p95          | negative
			steady-state.mttr=-1s               | steady-state.mttr         | negative
			duration=-1s                        | duration                  | negative
			duration=0s                         | duration                  | 1ms
			duration=61m                        | duration                  | 1h
			every=0s                            | every                     | 1ms
			every=1h;schedule=0 0 3 * * *       | x                         | both
			schedule=at three                   | schedule                  | cron
			probe.rate=0                        | probe.rate                | above 0
			probe.rate=-5                       | probe.rate                | above 0
			probe.timeout=-1s                   | probe.timeout             | negative
			probe.timeout=1s;steady-state.p95=2s | probe.timeout            | p95
			probe.prompt=                       | probe                     | 'prompt' or 'tool'
			""")
	void anExperimentThatCouldNotFailOrRunIsRefusedAtStartUp(String wrong, String property, String problem) {
		refused(property.equals("x") ? X.substring(0, X.length() - 1) : X + property, problem,
				List.of(wrong.split(";")).stream().map((each) -> X + each.trim()).toArray(String[]::new));
	}

	@ParameterizedTest
	@CsvSource({ "x, resilience.chaos.enabled=true, resilience.chaos.enabled=false",
			"y, resilience.chaos.experiments, a=b", "x, resilience.enabled=true, resilience.enabled=false" })
	void anExperimentThatIsToBeRunOnceMustBeThereAndAllowed(String name, String fix, String besides) {
		refused("resilience.chaos.run-once", fix, "resilience.chaos.run-once=" + name, besides);
	}

	private void refused(String property, String problem, String... wrong) {
		this.runner.withPropertyValues(SOUND).withPropertyValues(wrong).run((context) -> {
			assertThat(context).hasFailed();
			FailureAnalysis analysis = new ResilienceConfigurationFailureAnalyzer()
				.analyze(context.getStartupFailure());
			assertThat(analysis).isNotNull();
			assertThat(analysis.getDescription()).contains("'" + property + "'");
			assertThat(analysis.getDescription() + analysis.getAction()).contains(problem);
		});
	}

	@ParameterizedTest
	@CsvSource({ "fault.target=second, fault.target, first", "probe.chain=nope, probe.chain, nope" })
	void aConnectionThatIsNotThereIsRefusedWhenAllChainsAreBuilt(String wrong, String property, String problem) {
		Throwable thrown = catchThrowable(() -> TestApplication.run(List.of("spring.ai.openai.api-key=none",
				"spring.ai.mcp.client.streamable-http.connections.first.url=http://127.0.0.1:1",
				"resilience.chaos.enabled=true", X + "fault.fault=mcp-timeout", X + "steady-state.success-rate=0.99",
				X + "probe.tool=search", X + wrong))
			.close());
		FailureAnalysis analysis = new ResilienceConfigurationFailureAnalyzer().analyze(thrown);
		assertThat(analysis).isNotNull();
		assertThat(analysis.getDescription()).contains("'" + X + property + "'");
		assertThat(analysis.getDescription() + analysis.getAction()).contains(problem);
	}

}
