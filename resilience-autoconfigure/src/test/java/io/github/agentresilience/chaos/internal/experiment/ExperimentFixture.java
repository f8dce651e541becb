package io.github.agentresilience.chaos.internal.experiment;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.chaos.ExperimentReport;
import io.github.agentresilience.support.ManualTime;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TwoProviders;
import org.junit.jupiter.api.Timeout;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application with two targets, a and b, in the chain default, a alone in the chain
 * lonely, and the experiment outage.
 */
@Timeout(90)
public abstract class ExperimentFixture extends TwoProviders {

	/** Experiments last seconds. Much faster, and a stall of the machine is an outage. */
	public static final int SPEED = 4;

	/** For those that look at an experiment while it runs. */
	public static final String AS_THE_SYSTEM = "test.speed=1";

	public static final String OUTAGE = "resilience.chaos.experiments.outage.";

	/**
	 * The properties of the application; those of the test win, and one without a value
	 * is left out.
	 */
	public List<String> properties(String... more) {
		Map<String, String> all = new LinkedHashMap<>();
		Stream
			.concat(Stream.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(),
					"resilience.llm.targets.a.model=m", "resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
					"resilience.llm.targets.b.model=m", "resilience.llm.chains.default=a,b",
					"resilience.llm.chains.lonely=a", "resilience.llm.retry.initial-backoff=1ms",
					"resilience.chaos.enabled=true", OUTAGE + "fault.fault=random", OUTAGE + "fault.rate=1.0",
					OUTAGE + "fault.layer=llm", OUTAGE + "fault.target=a", OUTAGE + "duration=1s",
					OUTAGE + "steady-state.success-rate=0.99", OUTAGE + "probe.prompt=ping", OUTAGE + "probe.rate=20"),
					Stream.of(more))
			.map((property) -> property.split("=", 2))
			.forEach((pair) -> all.put(pair[0], pair[1]));
		return all.entrySet()
			.stream()
			.filter((property) -> !property.getValue().isEmpty())
			.map((property) -> property.getKey() + "=" + property.getValue())
			.toList();
	}

	public Experiments start(String... more) {
		this.context = TestApplication.start(WebApplicationType.NONE, Listening.class, properties(more));
		return this.context.getBean(Experiments.class);
	}

	public static ExperimentReport run(Experiments experiments) throws Exception {
		Future<ExperimentReport> report = experiments.start("outage");
		assertThat(report).isNotNull();
		return report.get(60, TimeUnit.SECONDS);
	}

	@Configuration(proxyBeanMethods = false)
	public static class Fast {

		@Bean
		Time time(@Value("${test.speed:" + SPEED + "}") int speed) {
			return ManualTime.running(speed);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import({ TestApplication.Application.class, Fast.class })
	public static class Listening {

		final List<ExperimentReport> reports = new CopyOnWriteArrayList<>();

		@EventListener
		void ended(ExperimentReport report) {
			this.reports.add(report);
		}

	}

}
