package io.github.agentresilience.scorecard.internal;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import io.github.agentresilience.scorecard.internal.ChainReport.Span;
import org.HdrHistogram.Histogram;

/**
 * Makes one scorecard of what several instances report.
 */
public final class FleetReports {

	private FleetReports() {
	}

	/**
	 * The figures of all reports together. Durations are merged, so that percentiles are
	 * those of all calls. An incident of a chain is open while one is on any instance;
	 * incidents are those of the last hour, as far back as no report misses any.
	 */
	public static Summary merge(Collection<Dated> reports) {
		Histogram micros = SlidingHistogram.emptyHistogram();
		CallCounts counts = CallCounts.NONE;
		for (Dated each : reports) {
			micros.add(each.report.micros());
			counts = counts.plus(each.report.counts());
		}
		Map<String, List<Dated>> chains = reports.stream()
			.collect(Collectors.groupingBy((each) -> each.report.layer().id() + '/' + each.report.chain()));
		Incidents.Snapshot incidents = chains.values()
			.stream()
			.map(FleetReports::incidents)
			.reduce(Incidents.Snapshot.NONE, Incidents.Snapshot::plus);
		return counts.summary(micros, incidents);
	}

	/** Of one chain: those of its instances laid over each other. */
	private static Incidents.Snapshot incidents(List<Dated> reports) {
		long reach = reports.stream()
			.mapToLong((each) -> each.report.completeForMicros() + each.ageMicros)
			.min()
			.orElse(0);
		List<Span> spans = new ArrayList<>();
		for (Dated each : reports) {
			for (Span span : each.report.incidents()) {
				spans.add(new Span(span.beganMicros() + each.ageMicros,
						span.isOpen() ? Span.OPEN : span.endedMicros() + each.ageMicros));
			}
		}
		spans.sort(Comparator.comparingLong(Span::beganMicros).reversed());
		boolean open = false;
		long closed = 0;
		long closedMicros = 0;
		for (int i = 0; i < spans.size();) {
			long began = spans.get(i).beganMicros();
			long ended = spans.get(i).endedMicros();
			i++;
			while (i < spans.size() && ended != Span.OPEN && spans.get(i).beganMicros() >= ended) {
				long other = spans.get(i).endedMicros();
				ended = Math.min(ended, other);
				i++;
			}
			if (ended == Span.OPEN) {
				// Whatever began later is part of it
				open = true;
				break;
			}
			if (ended <= reach) {
				closed++;
				closedMicros += began - ended;
			}
		}
		return new Incidents.Snapshot(closed + (open ? 1 : 0), open, 0, closed, closedMicros * 1000);
	}

	/**
	 * A report.
	 *
	 * @param ageMicros how long ago it was made
	 */
	public record Dated(ChainReport report, long ageMicros) {
	}

}
