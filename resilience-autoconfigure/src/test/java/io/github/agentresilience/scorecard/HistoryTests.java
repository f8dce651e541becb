package io.github.agentresilience.scorecard;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.github.agentresilience.chain.Layer;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class HistoryTests {

	private final AtomicLong nanos = new AtomicLong();

	private final Clock clock = new Clock() {

		@Override
		public ZoneId getZone() {
			return ZoneOffset.UTC;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return this;
		}

		@Override
		public Instant instant() {
			return Instant.EPOCH.plusNanos(HistoryTests.this.nanos.get());
		}

	};

	private final History history = new History(this.nanos::get, this.clock);

	private final LegHistory llm = this.history.leg(Layer.LLM);

	private void pass(Duration time) {
		this.nanos.addAndGet(time.toNanos());
	}

	@Test
	void slicesHoldWhatHappenedInThem() {
		this.llm.answered(TimeUnit.MILLISECONDS.toNanos(100));
		this.llm.servedBy("a").increment();
		pass(Duration.ofSeconds(12));
		this.llm.answered(TimeUnit.MILLISECONDS.toNanos(300));
		this.llm.servedBy("b").increment();
		this.llm.failed();
		List<Slice> slices = this.history.slices(Layer.LLM, History.SPAN);
		assertThat(slices).hasSize(2);
		assertThat(slices.get(0).served()).isEqualTo(Map.of("a", 1L));
		assertThat(slices.get(0).percentileMs(50)).isCloseTo(100, within(1.0));
		assertThat(slices.get(1).served()).isEqualTo(Map.of("b", 1L));
		assertThat(slices.get(1).failed()).isEqualTo(1);
		assertThat(Slice.percentileMs(slices, 95)).isCloseTo(300, within(3.0));
		assertThat(this.history.slices(Layer.LLM, Duration.ofSeconds(1))).hasSize(1);
		assertThat(this.history.slices(Layer.MCP, History.SPAN)).isEmpty();
	}

	@Test
	void lookingDoesNotCountTwice() {
		this.llm.answered(1_000_000);
		this.history.slices(Layer.LLM, History.SPAN);
		this.llm.answered(1_000_000);
		assertThat(this.history.slices(Layer.LLM, History.SPAN)).singleElement()
			.satisfies((slice) -> assertThat(slice.answered()).isEqualTo(2));
	}

	@Test
	void anHourIsKeptInBoundedMemory() {
		for (int slice = 0; slice < 1_000; slice++) {
			for (int call = 0; call < 200; call++) {
				this.llm.answered(TimeUnit.MICROSECONDS.toNanos(500 + 37L * call * (slice % 50)));
			}
			this.llm.servedBy("a").add(200);
			this.history.happened(Layer.LLM, HistoryEvent.Type.BREAKER, "a", "OPEN", 0);
			this.history.happened(Layer.LLM, HistoryEvent.Type.INCIDENT_BEGAN, "default", "", 0);
			pass(History.SLICE);
		}
		List<Slice> slices = this.history.slices(Layer.LLM, History.SPAN);
		assertThat(slices).hasSizeLessThanOrEqualTo(History.SLICES + 1);
		assertThat(slices.stream().mapToLong((slice) -> slice.durations().length).sum()).isLessThan(512 * 1024);
		assertThat(this.history.events(Duration.ofDays(1))).hasSize(History.EVENTS);
	}

}
