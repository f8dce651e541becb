package io.github.agentresilience.observation.internal;

import java.time.Duration;
import java.util.List;

import io.github.agentresilience.autoconfigure.internal.fleet.FleetMeters;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.fleet.FleetChannel;
import io.github.agentresilience.fleet.internal.Fleet;
import io.github.agentresilience.support.ManualTime;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TwoProviders;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Applications that use one meter registry after each other, or at once.
 */
class SharedMeterRegistryTests extends TwoProviders {

	private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

	private final AnnotationConfigApplicationContext parent = new AnnotationConfigApplicationContext();

	@BeforeEach
	void startParent() {
		this.parent.registerBean(MeterRegistry.class, () -> this.meters);
		this.parent.refresh();
	}

	@AfterEach
	void closeParent() {
		this.parent.close();
	}

	/** A child of one that has the registry. */
	private ConfigurableApplicationContext start(int limit) {
		return new SpringApplicationBuilder(TestApplication.Application.class).parent(this.parent)
			.web(WebApplicationType.NONE)
			.run("--spring.main.banner-mode=off", "--logging.level.root=WARN", "--spring.ai.model.chat=none",
					"--spring.ai.model.embedding=none", "--management.defaults.metrics.export.enabled=false",
					"--resilience.llm.targets.a.base-url=" + this.primary.baseUrl(),
					"--resilience.llm.targets.a.model=m", "--resilience.llm.warm-up=false",
					"--resilience.llm.targets.a.limits.requests-per-minute=" + limit,
					"--resilience.llm.targets.a.limits.concurrency=" + limit);
	}

	private double value(String gauge) {
		return this.meters.get(gauge).gauge().value();
	}

	private List<String> thatLook() {
		return this.meters.getMeters()
			.stream()
			.filter((meter) -> meter instanceof Gauge || meter instanceof FunctionCounter
					|| meter instanceof FunctionTimer)
			.map(Meter::getId)
			.map(Meter.Id::getName)
			.filter((name) -> name.startsWith("resilience.limit."))
			.toList();
	}

	@Test
	void theNextApplicationIsNotMeasuredByTheOneBefore() {
		try (ConfigurableApplicationContext first = start(100)) {
			first.getBean(ChatModel.class).call("hi");
			assertThat(value(ResilienceMeters.LIMIT_REQUESTS_LEFT)).isEqualTo(99);
			assertThat(thatLook()).contains(ResilienceMeters.LIMIT_WAIT);
		}
		assertThat(thatLook()).isEmpty();
		try (ConfigurableApplicationContext second = start(200)) {
			assertThat(value(ResilienceMeters.LIMIT_REQUESTS_LEFT)).isEqualTo(200);
			assertThat(value(ResilienceMeters.LIMIT_CONCURRENCY)).isEqualTo(200);
			second.getBean(ChatModel.class).call("hi");
		}
		assertThat(this.meters.get("resilience.call").timer().count()).isEqualTo(2);
		assertThat(this.meters.find(ResilienceMeters.RETRIES).counters()).extracting(Counter::count).containsOnly(0.0);
	}

	@Test
	void anotherThatIsClosedTakesNothingFromTheOneThatRuns() {
		try (ConfigurableApplicationContext running = start(100)) {
			List<String> before = thatLook();
			start(200).close();
			assertThat(thatLook()).containsExactlyInAnyOrderElementsOf(before);
			running.getBean(ChatModel.class).call("hi");
			assertThat(value(ResilienceMeters.LIMIT_REQUESTS_LEFT)).isEqualTo(99);
		}
		assertThat(thatLook()).isEmpty();
	}

	@Test
	void figuresOfAFleetAreRemovedFromEachRegistryThatTheyWereBoundTo() {
		SimpleMeterRegistry another = new SimpleMeterRegistry();
		Fleet fleet = new Fleet("test", Mockito.mock(FleetChannel.class), null, Duration.ofSeconds(1),
				new ChainRegistry(), ManualTime.standing(), Runnable::run);
		FleetMeters ofFleet = new FleetMeters(fleet.status());
		ofFleet.bindTo(this.meters);
		ofFleet.bindTo(another);
		assertThat(another.getMeters()).isNotEmpty().hasSameSizeAs(this.meters.getMeters());
		ofFleet.close();
		assertThat(another.getMeters()).isEmpty();
		assertThat(this.meters.getMeters()).isEmpty();
	}

}
