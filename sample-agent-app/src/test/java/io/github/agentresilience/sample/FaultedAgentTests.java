package io.github.agentresilience.sample;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;

import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.test.InjectFault;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.UseMainMethod;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * A test of an application with faults, from the jar that is made for it.
 */
@SpringBootTest(args = { "--serve", "--sample.latency.min=1ms", "--sample.latency.max=2ms" },
		useMainMethod = UseMainMethod.ALWAYS, webEnvironment = WebEnvironment.RANDOM_PORT)
class FaultedAgentTests {

	private static final String TEST_SUPPORT = "io/github/agentresilience/test/";

	@Autowired
	private Agent agent;

	@Autowired
	private Chaos chaos;

	@Test
	@InjectFault({ "fault=random", "layer=llm", "target=gateway-8b", "rate=1" })
	void theSecondModelAnswersWhileTheFirstIsDown() {
		assertThat(this.chaos.active()).hasSize(1);
		assertThat(this.agent.ask("What is the weather in Lisbon?").target()).isEqualTo("gateway-70b");
	}

	@Test
	void whatIsForTestsIsInNoJarOfProduction() throws Exception {
		Path production = origin(Chaos.class);
		assumeTrue(production.toString().endsWith(".jar"), "Built without jars");
		assertThat(names(production)).noneMatch((name) -> name.startsWith(TEST_SUPPORT))
			.anyMatch((name) -> name.endsWith("AutoConfiguration.class"));
		Path support = origin(InjectFault.class);
		assertThat(support.getFileName().toString()).contains("test-support");
		assertThat(names(support)).filteredOn((name) -> name.endsWith(".class"))
			.isNotEmpty()
			.allMatch((name) -> name.startsWith(TEST_SUPPORT));
	}

	private static Path origin(Class<?> type) throws URISyntaxException {
		return new File(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toPath();
	}

	private static List<String> names(Path jar) throws Exception {
		try (JarFile file = new JarFile(jar.toFile())) {
			return file.stream().map(ZipEntry::getName).toList();
		}
	}

}
