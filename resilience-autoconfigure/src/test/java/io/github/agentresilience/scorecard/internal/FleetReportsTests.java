package io.github.agentresilience.scorecard.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.scorecard.internal.ChainReport.Span;
import io.github.agentresilience.scorecard.internal.FleetReports.Dated;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

/**
 * Reports of several instances, as they come out of the store, made into one.
 */
class FleetReportsTests {

	private static final long HOUR = TimeUnit.HOURS.toMicros(1);

	private static ChainReport report(CallCounts counts, Histogram micros, Span... incidents) {
		return new ChainReport(Layer.LLM, "default", counts, micros, List.of(incidents), HOUR);
	}

	private static ChainReport stored(ChainReport report) {
		byte[] bytes = ChainReportFormat.write(report);
		assertThat(bytes.length).isLessThanOrEqualTo(ChainReportFormat.MOST_BYTES);
		return ChainReportFormat.read(report.layer(), report.chain(), bytes);
	}

	private static CallCounts counts(long succeeded, long failed) {
		return new CallCounts(succeeded, failed, 1, 2, 3, 4, 5, 6);
	}

	private static Span seconds(long began, long ended) {
		return new Span(TimeUnit.SECONDS.toMicros(began), (ended < 0) ? Span.OPEN : TimeUnit.SECONDS.toMicros(ended));
	}

	@Test
	void percentilesAreThoseOfAllCalls() {
		Random random = new Random(15);
		List<Dated> reports = new ArrayList<>();
		List<Long> all = new ArrayList<>();
		for (int instance = 0; instance < 5; instance++) {
			Histogram micros = SlidingHistogram.emptyHistogram();
			for (int call = 0; call < 10_000; call++) {
				// Instances that are not alike: one is slow, and asked little
				long value = (long) Math.exp(random.nextGaussian() * 0.7 + 10 + instance);
				if (call < 10_000 >> instance) {
					micros.recordValue(value);
					all.add(value);
				}
			}
			reports.add(new Dated(stored(report(counts(micros.getTotalCount(), 0), micros)), instance));
		}
		all.sort(null);
		Summary merged = FleetReports.merge(reports);
		assertThat(merged.calls()).isEqualTo(all.size());
		assertThat(merged.p50Ms()).isCloseTo(exact(all, 0.50), within(exact(all, 0.50) * 0.01));
		assertThat(merged.p95Ms()).isCloseTo(exact(all, 0.95), within(exact(all, 0.95) * 0.01));
		assertThat(merged.p99Ms()).isCloseTo(exact(all, 0.99), within(exact(all, 0.99) * 0.01));
	}

	private static double exact(List<Long> sorted, double share) {
		return sorted.get((int) Math.ceil(sorted.size() * share) - 1) / 1000.0;
	}

	@Test
	void aReportOfAnyDurationsIsShortEnough() {
		Random random = new Random(15);
		Histogram micros = SlidingHistogram.emptyHistogram();
		for (int i = 0; i < 1_000_000; i++) {
			micros.recordValue((long) Math.exp(random.nextDouble() * Math.log(SlidingHistogram.LONGEST_MICROS)));
		}
		IncidentLog log = new IncidentLog();
		for (int i = 0; i < 1_000; i++) {
			log.ended(i * 1_000_000_007L, i * 1_000_000_007L + 1_000_003);
		}
		long now = 1_000 * 1_000_000_007L;
		ChainReport report = new ChainReport(Layer.LLM, "default", counts(1L << 40, 1L << 40), micros,
				log.spans(now, Incidents.Snapshot.NONE), log.completeForMicros(now));
		ChainReport read = stored(report);
		assertThat(read.counts()).isEqualTo(report.counts());
		assertThat(read.micros().getTotalCount()).isEqualTo(1_000_000);
		assertThat((double) read.micros().getValueAtPercentile(99)).isCloseTo(micros.getValueAtPercentile(99),
				within(micros.getValueAtPercentile(99) * 0.1));
		assertThat(read.incidents().size()).isIn(0, IncidentLog.MOST);
	}

	@Test
	void anIncidentIsOpenWhileThatOfAnyInstanceIs() {
		Histogram none = SlidingHistogram.emptyHistogram();
		Summary merged = FleetReports
			.merge(List.of(new Dated(report(counts(5, 1), none, seconds(100, 90), seconds(50, 45)), 0),
					new Dated(report(counts(5, 1), none, seconds(85, 70)), TimeUnit.SECONDS.toMicros(10)),
					new Dated(report(counts(5, 1), none, seconds(20, 15)), 0)));
		assertThat(merged.calls()).isEqualTo(18);
		assertThat(merged.toolErrors()).isEqualTo(3);
		assertThat(merged.incidents()).as("the first two are one, from 100 to 80 seconds ago").isEqualTo(3);
		assertThat(merged.openIncident()).isFalse();
		assertThat(merged.mttrMs()).isEqualTo(10_000);
		Summary open = FleetReports
			.merge(List.of(new Dated(report(counts(5, 1), none, seconds(100, 90), seconds(20, 5)), 0),
					new Dated(report(counts(5, 1), none, seconds(10, -1)), 0)));
		assertThat(open.incidents()).isEqualTo(2);
		assertThat(open.openIncident()).isTrue();
		assertThat(open.mttrMs()).isEqualTo(10_000);
	}

	@Test
	void incidentsOfSeveralChainsAreCountedApart() {
		Histogram none = SlidingHistogram.emptyHistogram();
		ChainReport other = new ChainReport(Layer.MCP, "default", counts(1, 0), none, List.of(seconds(100, 90)), HOUR);
		assertThat(FleetReports
			.merge(List.of(new Dated(report(counts(5, 1), none, seconds(100, 90)), 0), new Dated(other, 0)))
			.incidents()).isEqualTo(2);
	}

	@Test
	void incidentsReachBackAsFarAsNoneIsMissing() {
		Histogram none = SlidingHistogram.emptyHistogram();
		ChainReport busy = new ChainReport(Layer.LLM, "default", counts(1, 1), none, List.of(seconds(30, 20)),
				TimeUnit.SECONDS.toMicros(60));
		Summary merged = FleetReports
			.merge(List.of(new Dated(busy, 0), new Dated(report(counts(1, 1), none, seconds(300, 200)), 0)));
		assertThat(merged.incidents()).isEqualTo(1);
	}

	@Test
	void whatIsNoReportIsRefused() {
		byte[] good = ChainReportFormat.write(report(counts(5, 1), SlidingHistogram.emptyHistogram(), seconds(9, 8)));
		Random random = new Random(15);
		for (int i = 0; i < 20_000; i++) {
			byte[] bad = (i % 2 == 0) ? good.clone() : new byte[random.nextInt(60)];
			for (int j = 0; j < bad.length; j++) {
				if (i % 2 == 1 || random.nextInt(10) == 0) {
					bad[j] = (byte) random.nextInt();
				}
			}
			try {
				FleetReports.merge(List.of(new Dated(ChainReportFormat.read(Layer.LLM, "x", bad), 0)));
			}
			catch (IllegalArgumentException refused) {
				// Nothing else may come of it
			}
		}
		assertThatIllegalArgumentException()
			.isThrownBy(() -> ChainReportFormat.read(Layer.LLM, "x", new byte[ChainReportFormat.MOST_BYTES + 1]));
		good[0] = 2;
		assertThatIllegalArgumentException().isThrownBy(() -> ChainReportFormat.read(Layer.LLM, "x", good));
	}

}
