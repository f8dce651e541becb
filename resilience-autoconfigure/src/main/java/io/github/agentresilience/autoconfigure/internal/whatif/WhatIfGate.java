package io.github.agentresilience.autoconfigure.internal.whatif;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

import io.github.agentresilience.autoconfigure.ResilienceConfigurationException;
import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.whatif.internal.BadCandidateException;
import io.github.agentresilience.whatif.internal.CandidatePolicy;
import io.github.agentresilience.whatif.internal.Figures;
import io.github.agentresilience.whatif.internal.Recording;
import io.github.agentresilience.whatif.internal.RecordingFormat;
import io.github.agentresilience.whatif.internal.WhatIf;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.json.JsonParserFactory;
import org.springframework.core.env.Environment;

/**
 * Judges a candidate policy by a recording, for a pipeline.
 */
public final class WhatIfGate {

	static final String SHORT = "resilience.whatif";

	static final String CANDIDATE = SHORT + ".candidate";

	private static final String RECORDING = SHORT + ".recording";

	private static final Logger logger = LoggerFactory.getLogger(WhatIfGate.class);

	/** A success rate that is lower by no more than that is no lower. */
	private static final double SAME_RATE = 0.01;

	/**
	 * A figure that is greater by no more than that is no greater: a replay is no real
	 * run.
	 */
	private static final double SAME = 1.1;

	private final Environment environment;

	private final ResilienceProperties properties;

	private final Function<Layer, Collection<String>> targets;

	private final WhatIf whatIf;

	/**
	 * A gate.
	 * @param targets the names of the targets of a layer that there are
	 */
	public WhatIfGate(Environment environment, ResilienceProperties properties,
			Function<Layer, Collection<String>> targets, WhatIf whatIf) {
		this.environment = environment;
		this.properties = properties;
		this.targets = targets;
		this.whatIf = whatIf;
	}

	/**
	 * Replays the recording under the candidate, and logs what comes of it.
	 * @return whether no chain does worse
	 * @throws ResilienceConfigurationException when a file is not what it should be
	 */
	public boolean passes() {
		Recording recording = recording();
		CandidateReader reader = new CandidateReader(this.environment, this.properties,
				(layer) -> targets(layer, recording));
		WhatIf.Outcome outcome = this.whatIf.ask(recording, reader.inForce(), candidate(reader));
		List<String> worse = new ArrayList<>();
		for (WhatIf.ChainOutcome chain : outcome.chains()) {
			String name = chain.chain().layer().id() + " chain '" + chain.chain().name() + "'";
			logger.info("What if: {} was {}, would be {}", name, text(chain.was()), text(chain.would()));
			worse(chain.was(), chain.would()).forEach((how) -> worse.add(name + ": " + how));
		}
		outcome.assumptions().forEach((assumption) -> logger.info("What if: {}", assumption));
		if (outcome.chains().isEmpty()) {
			worse.add("the recording has no call");
		}
		if (outcome.replayed() < outcome.recorded()) {
			worse.add("there was no time for " + (outcome.recorded() - outcome.replayed()) + " of " + outcome.recorded()
					+ " calls");
		}
		worse.forEach((how) -> logger.error("What if: {}", how));
		return worse.isEmpty();
	}

	/** Where more calls are answered, they may take longer and cost more. */
	private static List<String> worse(Figures was, Figures would) {
		List<String> worse = new ArrayList<>();
		double before = rate(was);
		double after = rate(would);
		if (after < before - SAME_RATE) {
			worse.add(String.format(Locale.ROOT, "success rate %.4f instead of %.4f", after, before));
		}
		if (after <= before + SAME_RATE) {
			compare(worse, "p95 in ms", was.p95Ms(), would.p95Ms());
			compare(worse, "attempts", (double) was.attempts(), (double) would.attempts());
			compare(worse, "cost", was.cost(), would.cost());
		}
		return worse;
	}

	private static double rate(Figures figures) {
		Double rate = figures.successRate();
		return (rate != null) ? rate : 1;
	}

	private static void compare(List<String> worse, String what, @Nullable Double was, @Nullable Double would) {
		if (was != null && would != null && would > was * SAME) {
			worse.add(String.format(Locale.ROOT, "%s %s instead of %s", what, number(would), number(was)));
		}
	}

	private static String number(double value) {
		return (value >= 1000) ? String.valueOf(Math.round(value)) : String.format(Locale.ROOT, "%.4g", value);
	}

	private static String text(Figures figures) {
		return String.format(Locale.ROOT, "success rate %.4f, p95 %s ms, MTTR %s ms, %d attempts, cost %s",
				rate(figures), known(figures.p95Ms()), known(figures.mttrMs()), figures.attempts(),
				known(figures.cost()));
	}

	private static String known(@Nullable Double value) {
		return (value != null) ? number(value) : "-";
	}

	private Collection<String> targets(Layer layer, Recording recording) {
		Set<String> all = new LinkedHashSet<>(this.targets.apply(layer));
		recording.chains()
			.stream()
			.filter((chain) -> chain.layer() == layer)
			.forEach((chain) -> all.addAll(chain.targets()));
		return all;
	}

	private CandidatePolicy candidate(CandidateReader reader) {
		String property = this.environment.containsProperty(SHORT) ? SHORT : CANDIDATE;
		String file = this.environment.getProperty(property, "");
		try {
			return reader.read(read(property, file));
		}
		catch (BadCandidateException ex) {
			throw new ResilienceConfigurationException(property,
					"names the file " + file + ", in which '" + ex.field() + "' " + ex.problem(),
					"Correct the file, and start the application again.");
		}
	}

	private Recording recording() {
		String file = this.environment.getProperty(RECORDING, "");
		if (file.isBlank()) {
			throw new ResilienceConfigurationException(RECORDING, "is missing, and there is a candidate to judge",
					"Set it to a file that holds an answer of GET /actuator/whatif.");
		}
		String json = read(RECORDING, file);
		try {
			return RecordingFormat.read(JsonParserFactory.getJsonParser().parseMap(json));
		}
		catch (RuntimeException ex) {
			throw new ResilienceConfigurationException(RECORDING,
					"names the file " + file + ", which is no recording of this version",
					"Get it anew from GET /actuator/whatif.");
		}
	}

	private static String read(String property, String file) {
		try {
			return Files.readString(Path.of(file));
		}
		catch (IOException | InvalidPathException ex) {
			throw new ResilienceConfigurationException(property, "names the file " + file + ", which cannot be read",
					"Set it to the path of a file.");
		}
	}

}
