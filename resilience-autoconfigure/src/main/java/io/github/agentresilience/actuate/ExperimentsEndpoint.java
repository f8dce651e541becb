package io.github.agentresilience.actuate;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.github.agentresilience.chaos.Experiment;
import io.github.agentresilience.chaos.ExperimentReport;
import io.github.agentresilience.chaos.Experiments;
import io.github.agentresilience.chaos.PhaseFigures;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

/**
 * Lists experiments with their last reports, and runs one.
 */
@Endpoint(id = ExperimentsEndpoint.ID)
public class ExperimentsEndpoint {

	static final String ID = "experiments";

	private static final int ACCEPTED = 202;

	private static final int CONFLICT = 409;

	private final Experiments experiments;

	public ExperimentsEndpoint(Experiments experiments) {
		this.experiments = experiments;
	}

	@ReadOperation
	public List<Map<String, Object>> list() {
		return this.experiments.all().stream().map(this::json).toList();
	}

	/** Runs one now; its report is in the list when it has ended. */
	@WriteOperation
	public WebEndpointResponse<Map<String, Object>> run(@Selector String name) {
		Experiment experiment = this.experiments.all()
			.stream()
			.filter((each) -> each.name().equals(name))
			.findFirst()
			.orElse(null);
		if (experiment == null) {
			return new WebEndpointResponse<>(Map.of("error", "There is no experiment '" + name + "'", "field", "name"),
					WebEndpointResponse.STATUS_NOT_FOUND);
		}
		if (this.experiments.start(name) == null) {
			return new WebEndpointResponse<>(Map.of("error", "An experiment is running", "field", "name"), CONFLICT);
		}
		return new WebEndpointResponse<>(json(experiment), ACCEPTED);
	}

	private Map<String, Object> json(Experiment experiment) {
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("name", experiment.name());
		json.put("fault", experiment.fault().kind());
		json.put("layer", experiment.layer().id());
		json.put("target", experiment.target());
		json.put("durationMs", experiment.duration().toMillis());
		json.put("running", experiment.name().equals(this.experiments.running()));
		json.put("last", report(this.experiments.report(experiment.name())));
		return json;
	}

	private static @Nullable Map<String, Object> report(@Nullable ExperimentReport report) {
		if (report == null) {
			return null;
		}
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("verdict", report.verdict().name().toLowerCase(Locale.ROOT).replace('_', '-'));
		json.put("reason", report.reason());
		json.put("startedAt", report.startedAt().toString());
		json.put("endedAt", report.endedAt().toString());
		json.put("before", figures(report.before()));
		json.put("during", figures(report.during()));
		json.put("after", figures(report.after()));
		return json;
	}

	private static @Nullable Map<String, Object> figures(@Nullable PhaseFigures figures) {
		if (figures == null) {
			return null;
		}
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("probes", figures.probes());
		json.put("successRate", ScorecardJson.rate(figures.successRate()));
		json.put("p95Ms", ScorecardJson.millis(figures.p95Ms()));
		json.put("longestOutageMs", ScorecardJson.millis(figures.longestOutageMs()));
		return json;
	}

}
