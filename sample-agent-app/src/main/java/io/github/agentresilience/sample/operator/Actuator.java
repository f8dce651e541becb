package io.github.agentresilience.sample.operator;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.springframework.core.env.Environment;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClient;

/**
 * Does over HTTP what an operator does: injects faults, puts targets back into service,
 * reads the scorecard.
 */
@Component
public class Actuator {

	private final RestClient http = RestClient.create();

	private final Environment environment;

	Actuator(Environment environment) {
		this.environment = environment;
	}

	/** The port is known when the server has started. */
	private String url(String path) {
		return "http://127.0.0.1:" + this.environment.getRequiredProperty("local.server.port") + "/actuator" + path;
	}

	/** Breaks something. */
	public void inject(Map<String, Object> fault) {
		this.http.post().uri(url("/chaos")).body(fault).retrieve().toBodilessEntity();
	}

	/** The kinds of the faults that are active. */
	public List<String> faults() {
		Fault[] active = this.http.get()
			.uri(url("/chaos"))
			.accept(MediaType.APPLICATION_JSON)
			.retrieve()
			.body(Fault[].class);
		return Stream.of(active).map(Fault::fault).toList();
	}

	/** Breaks nothing any more. */
	public void removeFaults() {
		this.http.delete().uri(url("/chaos")).retrieve().toBodilessEntity();
	}

	/** Puts all targets back into service. */
	public void closeBreakers() {
		Layers layers = this.http.get()
			.uri(url("/resilience"))
			.accept(MediaType.APPLICATION_JSON)
			.retrieve()
			.body(Layers.class);
		close("llm", layers.llm());
		close("mcp", layers.mcp());
	}

	private void close(String layer, Layer policies) {
		policies.targets()
			.keySet()
			.forEach((target) -> this.http.post()
				.uri(url("/resilience/" + layer + "-" + target))
				.body(Map.of("state", "CLOSED"))
				.retrieve()
				.toBodilessEntity());
	}

	/** Forgets all figures. */
	public void resetScorecard() {
		this.http.delete().uri(url("/scorecard")).retrieve().toBodilessEntity();
	}

	/** The figures since the last reset, and what happened in the last hour. */
	public ScorecardAnswer scorecard() {
		return this.http.get()
			.uri(url("/scorecard?since=1h"))
			.accept(MediaType.APPLICATION_JSON)
			.retrieve()
			.body(ScorecardAnswer.class);
	}

	private record Fault(String fault) {
	}

	private record Layers(Layer llm, Layer mcp) {
	}

	private record Layer(Map<String, Object> targets) {
	}

}
