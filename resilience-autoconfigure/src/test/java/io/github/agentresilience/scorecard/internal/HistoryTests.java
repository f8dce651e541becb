package io.github.agentresilience.scorecard.internal;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.support.ManualTime;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class HistoryTests {

	private final ManualTime time = ManualTime.standing(Instant.EPOCH);

	private final History history = new History(this.time);

	private final LayerHistory llm = this.history.layer(Layer.LLM);

	private List<Slice> slices(Layer layer, Duration span) {
		return this.history.slices(layer, this.history.now().minus(span));
	}

	private List<HistoryEvent> events(Duration span) {
		return this.history.events(this.history.now().minus(span));
	}

	@Test
	void slicesHoldWhatHappenedInThem() {
		this.llm.answered(TimeUnit.MILLISECONDS.toNanos(100));
		this.llm.servedBy("a").increment();
		this.time.advance(Duration.ofSeconds(12));
		this.llm.answered(TimeUnit.MILLISECONDS.toNanos(300));
		this.llm.servedBy("b").increment();
		this.llm.failed();
		List<Slice> slices = slices(Layer.LLM, History.SPAN);
		assertThat(slices).hasSize(2);
		assertThat(slices.get(0).served()).isEqualTo(Map.of("a", 1L));
		assertThat(slices.get(0).p50Ms()).isCloseTo(100, within(1.0));
		assertThat(slices.get(1).served()).isEqualTo(Map.of("b", 1L));
		assertThat(slices.get(1).failed()).isEqualTo(1);
		assertThat(Slice.percentilesMs(slices, 50, 95)).satisfiesExactly(
				(p50) -> assertThat(p50).isCloseTo(100, within(1.0)),
				(p95) -> assertThat(p95).isCloseTo(300, within(3.0)));
		assertThat(slices(Layer.LLM, Duration.ofSeconds(1))).hasSize(1);
		assertThat(slices(Layer.MCP, History.SPAN)).isEmpty();
	}

	@Test
	void aSliceBeginsAtItsBoundaryWheneverItsFirstCallComes() {
		for (int second : new int[] { 9, 11, 29, 30, 59 }) {
			this.time.advance(Duration.between(this.time.now(), Instant.EPOCH.plusSeconds(second)));
			this.llm.answered(1_000_000);
		}
		assertThat(slices(Layer.LLM, History.SPAN)).extracting((slice) -> slice.from().getEpochSecond())
			.containsExactly(0L, 10L, 20L, 30L, 50L);
	}

	@Test
	void aSliceWithoutAnAnswerHasNoPercentiles() {
		this.llm.failed();
		assertThat(slices(Layer.LLM, History.SPAN)).singleElement().satisfies((slice) -> {
			assertThat(slice.failed()).isEqualTo(1);
			assertThat(slice.p95Ms()).isNull();
		});
	}

	@Test
	void lookingDoesNotCountTwice() {
		this.llm.answered(1_000_000);
		slices(Layer.LLM, History.SPAN);
		this.llm.answered(1_000_000);
		assertThat(slices(Layer.LLM, History.SPAN)).singleElement()
			.satisfies((slice) -> assertThat(slice.answered()).isEqualTo(2));
	}

	@Test
	void incidentsThatEndInOneSliceAreOneRecordAndAnOpenOneIsAnother() {
		Incidents incidents = new Incidents();
		IncidentHistory chain = this.history.incidents(Layer.LLM, "default", incidents);
		for (int length : new int[] { 1, 3, 2 }) {
			incidents.failed(this.time.nanos());
			this.time.advance(Duration.ofSeconds(length));
			chain.ended(incidents.succeeded(this.time.nanos()));
		}
		this.time.advance(Duration.ofSeconds(5));
		incidents.failed(this.time.nanos());
		this.time.advance(Duration.ofSeconds(4));
		assertThat(events(History.SPAN)).containsExactly(
				new HistoryEvent.IncidentGroup(Instant.EPOCH, Instant.EPOCH.plusSeconds(6), Layer.LLM, "default", 3,
						6_000, 3_000),
				new HistoryEvent.IncidentGroup(Instant.EPOCH.plusSeconds(11), null, Layer.LLM, "default", 1, 4_000,
						4_000));
		assertThat(events(Duration.ofSeconds(5))).as("ended since then or open").hasSize(1);
		chain.ended(incidents.succeeded(this.time.nanos()));
		assertThat(events(History.SPAN)).hasSize(2)
			.allMatch((event) -> ((HistoryEvent.IncidentGroup) event).until() != null);
	}

	@Test
	void incidentsPushNoBreakerChangeOut() {
		Incidents incidents = new Incidents();
		IncidentHistory chain = this.history.incidents(Layer.LLM, "default", incidents);
		this.history.breaker(Layer.LLM, "a").changed("CLOSED", "FORCED_OPEN", false);
		for (int second = 0; second < 3_500; second++) {
			incidents.failed(this.time.nanos());
			this.time.advance(Duration.ofMillis(50));
			chain.ended(incidents.succeeded(this.time.nanos()));
			this.time.advance(Duration.ofMillis(950));
		}
		assertThat(events(History.SPAN)).first()
			.isEqualTo(new HistoryEvent.BreakerChange(Instant.EPOCH, Layer.LLM, "a", "CLOSED", "FORCED_OPEN", false));
		assertThat(events(History.SPAN).stream()
			.filter(HistoryEvent.IncidentGroup.class::isInstance)
			.mapToLong((group) -> ((HistoryEvent.IncidentGroup) group).count())
			.sum()).isEqualTo(3_500);
	}

	@Test
	void oneBreakerPushesNoOtherOut() {
		this.history.breaker(Layer.LLM, "a").changed("CLOSED", "OPEN", false);
		for (int change = 0; change < 10 * BreakerHistory.CHANGES; change++) {
			this.history.breaker(Layer.LLM, "b").changed("OPEN", "HALF_OPEN", false);
			this.history.breaker(Layer.MCP, "a").changed("OPEN", "HALF_OPEN", false);
		}
		assertThat(events(History.SPAN)).hasSize(1 + 2 * BreakerHistory.CHANGES);
	}

	@Test
	void aResetForgetsAll() {
		this.llm.answered(1_000_000);
		this.history.breaker(Layer.LLM, "a").changed("CLOSED", "OPEN", false);
		this.history.incidents(Layer.LLM, "default", new Incidents()).ended(1_000_000);
		this.history.reset();
		assertThat(slices(Layer.LLM, History.SPAN)).isEmpty();
		assertThat(events(History.SPAN)).isEmpty();
	}

	@Test
	void anHourIsKeptInTheMemoryThatIsStated() {
		Incidents incidents = new Incidents();
		IncidentHistory chain = this.history.incidents(Layer.LLM, "default", incidents);
		Random random = new Random(1);
		for (int slice = 0; slice < 1_000; slice++) {
			for (Layer layer : Layer.values()) {
				for (int call = 0; call < 200; call++) {
					this.history.layer(layer).answered((long) (1_000_000 * Math.pow(30_000, random.nextDouble())));
				}
				this.history.layer(layer).servedBy("a").add(150);
				this.history.layer(layer).servedBy("b").add(50);
			}
			this.history.breaker(Layer.LLM, "a").changed("OPEN", "HALF_OPEN", false);
			this.history.breaker(Layer.LLM, "a").changed("HALF_OPEN", "OPEN", false);
			incidents.failed(this.time.nanos());
			chain.ended(incidents.succeeded(this.time.nanos()));
			this.time.advance(History.SLICE);
		}
		List<Slice> slices = Stream.of(Layer.values())
			.flatMap((layer) -> slices(layer, Duration.ofDays(1)).stream())
			.toList();
		assertThat(slices).hasSize(2 * History.SLICES);
		long besideItsHistogram = 300;
		assertThat(slices.stream().mapToLong((slice) -> slice.durations().length + besideItsHistogram).sum())
			.isLessThan(450 * 1024);
		List<HistoryEvent> events = events(Duration.ofDays(1));
		assertThat(events).hasSize(History.SLICES + BreakerHistory.CHANGES);
	}

}
