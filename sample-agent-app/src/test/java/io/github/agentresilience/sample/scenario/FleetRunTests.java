package io.github.agentresilience.sample.scenario;

import io.github.agentresilience.sample.SampleAgentApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

@Timeout(90)
@ExtendWith(OutputCaptureExtension.class)
class FleetRunTests {

	@Test
	void allInstancesLearnOfAnOutageAndOfItsEnd(CapturedOutput output) {
		assumeTrue(LocalRedis.executable() != null, "There is no redis-server to test with");
		String[] args = { "--fleet", "2", "--sample.latency.min=1ms", "--sample.latency.max=2ms" };
		assertThat(FleetRun.run(args, SampleAgentApplication::start)).as(output.getOut()).isTrue();
		assertThat(output.getOut()).contains("2 instances, gateway-8b fails on all of them.", "gateway-8b is back");
	}

	@Test
	void theNumberOfInstancesIsAskedFor(CapturedOutput output) {
		assertThat(FleetRun.run(new String[] { "--fleet", "many" }, SampleAgentApplication::start)).isFalse();
		assertThat(output.getOut()).contains("--fleet wants the number of instances");
	}

}
