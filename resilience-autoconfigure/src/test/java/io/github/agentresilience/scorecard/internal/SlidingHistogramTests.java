package io.github.agentresilience.scorecard.internal;

import java.time.Duration;

import io.github.agentresilience.support.ManualTime;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SlidingHistogramTests {

	private final ManualTime time = ManualTime.standing();

	private final SlidingHistogram histogram = new SlidingHistogram(Duration.ofSeconds(10), this.time);

	private Histogram all() {
		Histogram sum = SlidingHistogram.emptyHistogram();
		this.histogram.addTo(sum);
		return sum;
	}

	private void pass(Duration time) {
		this.time.advance(time);
	}

	@Test
	void forgetsWhatIsOlderThanTheWindowAndNothingElse() {
		this.histogram.record(Duration.ofMillis(10).toNanos());
		pass(Duration.ofSeconds(5));
		this.histogram.record(Duration.ofMillis(20).toNanos());
		assertThat(all().getTotalCount()).isEqualTo(2);
		pass(Duration.ofSeconds(6));
		assertThat(all().getTotalCount()).isEqualTo(1);
		assertThat(Summary.percentileMs(all(), 50)).isBetween(19.8, 20.3);
		pass(Duration.ofHours(1));
		assertThat(all().getTotalCount()).isZero();
		assertThat(Summary.percentileMs(all(), 50)).isNull();
	}

	@Test
	void looksTwiceAndSeesTheSame() {
		this.histogram.record(1_000_000);
		assertThat(all().getTotalCount()).isEqualTo(1);
		assertThat(all().getTotalCount()).isEqualTo(1);
		this.histogram.reset();
		assertThat(all().getTotalCount()).isZero();
	}

	@Test
	void incidentsOpenOnceAndCloseWithTheNextSuccess() {
		Incidents incidents = new Incidents();
		incidents.succeeded(5);
		incidents.failed(1_000_000);
		incidents.failed(2_000_000);
		assertThat(incidents.snapshot().isOpen()).isTrue();
		assertThat(incidents.snapshot().count()).isEqualTo(1);
		assertThat(incidents.snapshot().mttrMs()).isNull();
		incidents.succeeded(4_000_000);
		incidents.succeeded(9_000_000);
		assertThat(incidents.snapshot().mttrMs()).isEqualTo(3.0);
		incidents.failed(10_000_000);
		incidents.succeeded(11_000_000);
		assertThat(incidents.snapshot().mttrMs()).isEqualTo(2.0);
		assertThat(incidents.snapshot().count()).isEqualTo(2);
	}

}
