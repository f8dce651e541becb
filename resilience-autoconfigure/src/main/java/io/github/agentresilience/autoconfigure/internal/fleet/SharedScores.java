package io.github.agentresilience.autoconfigure.internal.fleet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.actuate.internal.FleetScores;
import io.github.agentresilience.actuate.internal.answer.FleetScoreAnswer;
import io.github.agentresilience.actuate.internal.answer.FleetScoreAnswer.FleetChain;
import io.github.agentresilience.actuate.internal.answer.FleetScoreAnswer.FleetLayer;
import io.github.agentresilience.actuate.internal.answer.FleetScoreAnswer.HeardInstance;
import io.github.agentresilience.actuate.internal.answer.FleetScoreAnswer.SilentInstance;
import io.github.agentresilience.actuate.internal.answer.ScorecardAnswer.Figures;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.time.Nanos;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.fleet.FleetEntry;
import io.github.agentresilience.fleet.internal.Fleet;
import io.github.agentresilience.scorecard.internal.ChainReport;
import io.github.agentresilience.scorecard.internal.ChainReportFormat;
import io.github.agentresilience.scorecard.internal.FleetReports;
import io.github.agentresilience.scorecard.internal.FleetReports.Dated;
import io.github.agentresilience.scorecard.internal.Scorecard;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * Reports the scorecard of this instance to its fleet every ten seconds, and makes one of
 * all that are reported when somebody asks.
 */
public final class SharedScores implements FleetScores, AutoCloseable {

	private static final Duration EVERY = Duration.ofSeconds(10);

	/** An instance that has not reported for so long is told apart. */
	private static final long HEARD_MICROS = TimeUnit.SECONDS.toMicros(25);

	/** For how long it is known that an instance does not report any more. */
	private static final Duration TTL = Duration.ofMinutes(5);

	private static final String TOPIC = "scores";

	/** Whoever asks more often gets the same answer. */
	private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

	private final Fleet fleet;

	private final Scorecard scorecard;

	private final Time time;

	private final Disposable reporting;

	private volatile @Nullable Known last;

	/**
	 * Whether it was all read once, which takes away what instances have left that are
	 * gone: perhaps nobody ever asks for it.
	 */
	private volatile boolean swept;

	/**
	 * Scores of a fleet.
	 * @param threads make the reports
	 */
	public SharedScores(Fleet fleet, Scorecard scorecard, Time time, Executor threads) {
		this.fleet = fleet;
		this.scorecard = scorecard;
		this.time = time;
		this.reporting = time.scheduleWithFixedDelay(this::report, EVERY, threads);
	}

	/** Reports now. */
	public void report() {
		if (!this.fleet.status().isConnected()) {
			return;
		}
		if (!this.swept) {
			this.swept = this.fleet.ask(TOPIC) != null;
		}
		for (ChainReport report : this.scorecard.reports()) {
			this.fleet.keep(TOPIC, key(this.fleet.status().instance(), report.layer(), report.chain()),
					Base64.getEncoder().encodeToString(ChainReportFormat.write(report)), TTL);
		}
	}

	private static String key(String instance, Layer layer, String chain) {
		return instance + '/' + layer.id() + '/' + chain;
	}

	/** Two who ask at once may both make an answer; none waits for what another asks. */
	@Override
	public FleetScoreAnswer now() {
		Known known = this.last;
		if (known == null || this.time.nanos() - known.at() > FRESH_NANOS) {
			known = new Known(answer(), this.time.nanos());
			this.last = known;
		}
		return known.answer();
	}

	private FleetScoreAnswer answer() {
		List<FleetEntry> entries = this.fleet.ask(TOPIC);
		String here = this.fleet.status().instance();
		Map<String, List<Dated>> heard = new LinkedHashMap<>();
		heard.put(here, this.scorecard.reports().stream().map((report) -> new Dated(report, 0)).toList());
		Map<String, Long> reported = new TreeMap<>();
		for (FleetEntry entry : (entries != null) ? entries : List.<FleetEntry>of()) {
			Dated report = entry.instance().equals(here) ? null : read(entry);
			if (report != null) {
				reported.merge(entry.instance(), report.ageMicros(), Math::min);
				if (report.ageMicros() <= HEARD_MICROS) {
					heard.computeIfAbsent(entry.instance(), (id) -> new ArrayList<>()).add(report);
				}
			}
		}
		List<SilentInstance> silent = reported.entrySet()
			.stream()
			.filter((each) -> !heard.containsKey(each.getKey()))
			.map((each) -> new SilentInstance(each.getKey(), TimeUnit.MICROSECONDS.toMillis(each.getValue())))
			.toList();
		List<HeardInstance> instances = heard.entrySet()
			.stream()
			.map((each) -> new HeardInstance(each.getKey(), each.getKey().equals(here), ageMs(each.getValue()),
					Figures.of(FleetReports.merge(each.getValue()), null, null)))
			.toList();
		return new FleetScoreAnswer(this.fleet.status().fleet(), entries != null,
				Math.max(heard.size(), this.fleet.status().instances()), instances, silent,
				Figures.of(FleetReports.merge(all(heard, null, null)), null, null), layer(Layer.LLM, heard),
				layer(Layer.MCP, heard));
	}

	/** A report of another instance, {@code null} where it cannot be one. */
	private @Nullable Dated read(FleetEntry entry) {
		for (Layer layer : Layer.values()) {
			String start = key(entry.instance(), layer, "");
			if (entry.key().startsWith(start) && entry.key().length() > start.length()) {
				long age = TimeUnit.NANOSECONDS.toMicros(Math.max(0, Nanos.of(TTL) - Nanos.of(entry.left())));
				try {
					return new Dated(ChainReportFormat.read(layer, entry.key().substring(start.length()),
							Base64.getDecoder().decode(entry.value())), age);
				}
				catch (IllegalArgumentException ex) {
					break;
				}
			}
		}
		this.fleet.ignored("value");
		return null;
	}

	private static long ageMs(List<Dated> reports) {
		return TimeUnit.MICROSECONDS.toMillis(reports.stream().mapToLong(Dated::ageMicros).max().orElse(0));
	}

	private static FleetLayer layer(Layer layer, Map<String, List<Dated>> heard) {
		Map<String, FleetChain> chains = new LinkedHashMap<>();
		for (Dated each : all(heard, layer, null)) {
			chains.computeIfAbsent(each.report().chain(), (chain) -> chain(layer, chain, heard));
		}
		return new FleetLayer(Figures.of(FleetReports.merge(all(heard, layer, null)), layer, null), chains);
	}

	private static FleetChain chain(Layer layer, String chain, Map<String, List<Dated>> heard) {
		Map<String, Figures> instances = new LinkedHashMap<>();
		heard.forEach((id, reports) -> {
			List<Dated> own = reports.stream().filter((each) -> is(each, layer, chain)).toList();
			if (!own.isEmpty()) {
				instances.put(id, Figures.of(FleetReports.merge(own), layer, null));
			}
		});
		return new FleetChain(Figures.of(FleetReports.merge(all(heard, layer, chain)), layer, null), instances);
	}

	private static List<Dated> all(Map<String, List<Dated>> heard, @Nullable Layer layer, @Nullable String chain) {
		return heard.values().stream().flatMap(List::stream).filter((each) -> is(each, layer, chain)).toList();
	}

	private static boolean is(Dated each, @Nullable Layer layer, @Nullable String chain) {
		return (layer == null || each.report().layer() == layer)
				&& (chain == null || each.report().chain().equals(chain));
	}

	@Override
	public void close() {
		this.reporting.dispose();
	}

	/** An answer, and when it was made. */
	private record Known(FleetScoreAnswer answer, long at) {

	}

}
