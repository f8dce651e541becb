package io.github.agentresilience.observation.internal;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.AnswerInspector;
import io.github.agentresilience.chain.internal.engine.CallSpec;
import io.github.agentresilience.chain.internal.engine.ChainFixture;
import io.github.agentresilience.chain.internal.engine.ChainServices;
import io.github.agentresilience.chain.internal.engine.Hostile;
import io.github.agentresilience.chain.internal.engine.TargetChain;
import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationFilter;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Handlers, predicates and filters of the application that throw cost a call nothing, and
 * the other handlers nothing either.
 */
class HostileObservationTests extends ChainFixture {

	private static final int CALLS = 500;

	private final ObservationRegistry observations = ObservationRegistry.create();

	private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

	@ParameterizedTest
	@ValueSource(strings = { "supportsContext", "onStart", "onStop", "onError", "onEvent", "onScopeOpened",
			"onScopeClosed", "onScopeReset", "predicate", "filter" })
	void aHandlerThatThrowsCostsNoOtherAnything(String place) {
		Hostile hostile = new Hostile(place);
		Counting before = new Counting();
		Counting after = new Counting();
		this.observations.observationConfig()
			.observationHandler(before)
			.observationHandler(new Throwing(hostile))
			.observationHandler(new DefaultMeterObservationHandler(this.meters))
			.observationHandler(after)
			.observationPredicate((name, context) -> {
				hostile.at("predicate");
				return true;
			})
			.observationFilter((ObservationFilter) (context) -> {
				hostile.at("filter");
				return context;
			});
		calls();
		for (Counting counting : List.of(before, after)) {
			assertThat(counting.started.get()).isEqualTo(6 * CALLS);
			assertThat(counting.stopped.get()).isEqualTo(6 * CALLS);
			assertThat(counting.scopesOpened.get()).isEqualTo(counting.scopesClosed.get()).isPositive();
		}
		assertThat(this.meters.get(ResilienceObservations.CALL).timer().count()).isEqualTo(2 * CALLS);
		assertThat(hostile.thrown())
			.isGreaterThanOrEqualTo(place.equals("onScopeReset") || place.equals("onEvent") ? 0 : 1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "map", "accept", "configure" })
	void aMeterFilterThatThrowsCostsItsOwnFigureOnly(String place) {
		Hostile hostile = new Hostile(place);
		this.meters.config().meterFilter(new MeterFilter() {
			@Override
			public Meter.Id map(Meter.Id id) {
				hostile.at("map");
				return id;
			}

			@Override
			public MeterFilterReply accept(Meter.Id id) {
				hostile.at("accept");
				return MeterFilterReply.NEUTRAL;
			}

			@Override
			public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
				hostile.at("configure");
				return config;
			}
		});
		Counting counting = new Counting();
		this.observations.observationConfig()
			.observationHandler(counting)
			.observationHandler(new DefaultMeterObservationHandler(this.meters));
		calls();
		assertThat(counting.stopped.get()).isEqualTo(6 * CALLS);
		assertThat(hostile.thrown()).isPositive();
		assertThat(this.meters.getMeters()).filteredOn(LongTaskTimer.class::isInstance)
			.allSatisfy((active) -> assertThat(((LongTaskTimer) active).activeTasks()).as("calls under way").isZero());
	}

	private void calls() {
		ChainServices<String> services = new ChainServices<>(Layer.LLM, this.runtime, (thrown) -> ChainFixture.down(),
				new AnswerInspector<String>() {
				}, this.budget, List.of(new ObservationChainListener(this.observations, new UnprotectedParts()),
						new MeterChainListener(this.meters)));
		TestTarget down = TestTarget.calling("a", (attempt) -> {
			throw new IllegalStateException("down");
		});
		TargetChain<String, String> chain = new TargetChain<>(services, "test",
				List.of(guard(down, retry(1, Duration.ZERO, Duration.ZERO)),
						guard(TestTarget.calling("b", (attempt) -> "from b"), retry(1, Duration.ZERO, Duration.ZERO))),
				policy(LONG));
		chain.targets().forEach((target) -> target.breaker().transitionToDisabledState());
		for (int i = 0; i < CALLS; i++) {
			assertThat(chain.call("q", CallSpec.SCORED)).isEqualTo("from b");
			assertThat(this.observations.getCurrentObservationScope()).as("scope left on the thread").isNull();
			assertThat(chain.stream("q", CallSpec.SCORED).blockLast(LONG)).isEqualTo("from b");
			assertThat(this.observations.getCurrentObservationScope()).as("scope left on the thread").isNull();
		}
	}

	private static final class Counting implements ObservationHandler<Observation.Context> {

		private final AtomicInteger started = new AtomicInteger();

		private final AtomicInteger stopped = new AtomicInteger();

		private final AtomicInteger scopesOpened = new AtomicInteger();

		private final AtomicInteger scopesClosed = new AtomicInteger();

		@Override
		public boolean supportsContext(Observation.Context context) {
			return true;
		}

		@Override
		public void onStart(Observation.Context context) {
			this.started.incrementAndGet();
		}

		@Override
		public void onStop(Observation.Context context) {
			this.stopped.incrementAndGet();
		}

		@Override
		public void onScopeOpened(Observation.Context context) {
			this.scopesOpened.incrementAndGet();
		}

		@Override
		public void onScopeClosed(Observation.Context context) {
			this.scopesClosed.incrementAndGet();
		}

	}

	private record Throwing(Hostile hostile) implements ObservationHandler<Observation.Context> {

		@Override
		public boolean supportsContext(Observation.Context context) {
			this.hostile.at("supportsContext");
			return true;
		}

		@Override
		public void onStart(Observation.Context context) {
			this.hostile.at("onStart");
		}

		@Override
		public void onStop(Observation.Context context) {
			this.hostile.at("onStop");
		}

		@Override
		public void onError(Observation.Context context) {
			this.hostile.at("onError");
		}

		@Override
		public void onEvent(Observation.Event event, Observation.Context context) {
			this.hostile.at("onEvent");
		}

		@Override
		public void onScopeOpened(Observation.Context context) {
			this.hostile.at("onScopeOpened");
		}

		@Override
		public void onScopeClosed(Observation.Context context) {
			this.hostile.at("onScopeClosed");
		}

		@Override
		@SuppressWarnings("deprecation")
		public void onScopeReset(Observation.Context context) {
			this.hostile.at("onScopeReset");
		}

	}

}
