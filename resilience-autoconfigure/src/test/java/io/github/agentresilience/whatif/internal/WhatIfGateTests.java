package io.github.agentresilience.whatif.internal;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.autoconfigure.ResilienceConfigurationException;
import io.github.agentresilience.autoconfigure.internal.config.ConfigurationCheck;
import io.github.agentresilience.autoconfigure.internal.whatif.WhatIfGate;
import io.github.agentresilience.support.RunOnceApplication;
import io.github.agentresilience.whatif.internal.ScriptedWorld.Rules;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A candidate policy in a pipeline, which goes by the exit code.
 */
@Timeout(60)
class WhatIfGateTests {

	private static final String BETTER = "resilience.llm.chains.default: [a, b]";

	private static final String WORSE = "resilience.llm.breaker.minimum-calls: 1\nresilience.llm.when-all-open: fail-fast";

	@TempDir
	static Path files;

	private static Path recording;

	@BeforeAll
	static void record() throws Exception {
		Recording recorded = new ScriptedWorld(Duration.ofMillis(200), Duration.ofMinutes(2))
			.target("a", (at, random) -> (at % 10_000 < 2_000) ? -20 : 200)
			.target("b", (at, random) -> 300)
			.run(Rules.of("a"));
		recording = file("recording.json", JsonMapper.shared().writeValueAsString(RecordingFormat.of(recorded)));
	}

	private static Path file(String name, String text) throws Exception {
		return Files.writeString(files.resolve(name), text);
	}

	private static Map<String, Object> properties(String candidate) throws Exception {
		Map<String, Object> properties = new HashMap<>();
		for (String target : List.of("a", "b")) {
			properties.put("resilience.llm.targets." + target + ".base-url", "http://127.0.0.1:9/v1");
			properties.put("resilience.llm.targets." + target + ".model", "m");
		}
		properties.put("resilience.llm.chains.default", "a");
		properties.put("resilience.whatif", file("candidate.yml", candidate).toString());
		properties.put("resilience.whatif.recording", recording.toString());
		return properties;
	}

	private static WhatIfGate gate(Map<String, Object> properties) {
		StandardEnvironment environment = new StandardEnvironment();
		environment.getPropertySources().addFirst(new MapPropertySource("test", properties));
		return new WhatIfGate(environment, ConfigurationCheck.bind(environment), (layer) -> List.of(),
				new WhatIf(System::nanoTime));
	}

	@Test
	void whatAnswersMorePasses() throws Exception {
		assertThat(gate(properties(BETTER)).passes()).isTrue();
	}

	@Test
	void whatAnswersLessDoesNot() throws Exception {
		assertThat(gate(properties(WORSE)).passes()).isFalse();
	}

	@Test
	void whatAnswersAsManyAndTakesLongerDoesNot() throws Exception {
		assertThat(gate(properties("resilience.llm.retry.max-attempts: 2")).passes()).isTrue();
		Map<String, Object> properties = properties("resilience.llm.chains.default: [b]");
		Recording both = new ScriptedWorld(Duration.ofMillis(200), Duration.ofMinutes(1))
			.target("a", (at, random) -> (at < 300) ? -20 : 200)
			.target("b", (at, random) -> 300)
			.run(Rules.of("a", "b").attempts(1));
		properties.put("resilience.whatif.recording",
				file("both.json", JsonMapper.shared().writeValueAsString(RecordingFormat.of(both))).toString());
		assertThat(gate(properties).passes()).isFalse();
	}

	@Test
	void filesThatAreNoneAreRefused() throws Exception {
		Map<String, Object> properties = properties(BETTER);
		properties.put("resilience.whatif.recording", "/nowhere.json");
		refused(properties, "resilience.whatif.recording", "cannot be read");
		properties.put("resilience.whatif.recording", file("no.json", "{}").toString());
		refused(properties, "resilience.whatif.recording", "no recording");
		properties.remove("resilience.whatif.recording");
		refused(properties, "resilience.whatif.recording", "is missing");
		properties = properties("resilience.llm.retry.max-attempts: 0");
		refused(properties, "resilience.whatif", "'resilience.llm.retry.max-attempts' is less than 1");
		properties.remove("resilience.whatif");
		properties.put("resilience.whatif.candidate", "/nowhere.yml");
		refused(properties, "resilience.whatif.candidate", "cannot be read");
	}

	private static void refused(Map<String, Object> properties, String property, String problem) {
		assertThatExceptionOfType(ResilienceConfigurationException.class).isThrownBy(() -> gate(properties).passes())
			.satisfies((ex) -> assertThat(ex.property()).isEqualTo(property))
			.satisfies((ex) -> assertThat(ex.problem()).contains(problem));
	}

	@Test
	void theExitCodeIsTheVerdict() throws Exception {
		Process passes = run("passes", properties(BETTER));
		assertThat(passes.waitFor(50, TimeUnit.SECONDS)).isTrue();
		assertThat(passes.exitValue()).isEqualTo(0);
		Process fails = run("fails", properties(WORSE));
		assertThat(fails.waitFor(50, TimeUnit.SECONDS)).isTrue();
		assertThat(fails.exitValue()).isEqualTo(1);
	}

	private static Process run(String name, Map<String, Object> properties) throws Exception {
		List<String> command = new ArrayList<>(List.of(
				Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
				"-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), RunOnceApplication.class.getName()));
		properties.forEach((property, value) -> command.add("--" + property + "=" + value));
		return new ProcessBuilder(command).redirectErrorStream(true)
			.redirectOutput(new File("target/whatif-" + name + ".log"))
			.start();
	}

}
