package io.github.agentresilience.sample.tour;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.github.agentresilience.sample.SampleAgentApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(180)
class TourTests {

	private static final Pattern ADDRESS = Pattern.compile("The scorecard: (\\S+)");

	/** Patience with a busy machine: only what is broken on purpose may fail. */
	private static final String[] OPTIONS = { "--server.port=0", "--sample.latency.min=1ms", "--sample.latency.max=2ms",
			"--resilience.llm.timeout=1500ms", "--resilience.llm.first-token-timeout=10s",
			"--resilience.llm.breaker.slow-call=10s", "--resilience.llm.breaker.open-for=500ms",
			"--resilience.llm.targets.reasoner.hedge.enabled=true",
			"--resilience.llm.targets.reasoner.hedge.after=50ms", "--resilience.mcp.timeout=10s",
			"--resilience.mcp.breaker.slow-call=10s", "--logging.level.io.github.agentresilience.events=off" };

	private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

	private boolean run(Pause pause, String... more) {
		return Tour.run(Stream.concat(Stream.of(OPTIONS), Stream.of(more)).toArray(String[]::new),
				SampleAgentApplication::start, new PrintStream(this.printed, true, StandardCharsets.UTF_8), pause);
	}

	private String output() {
		return this.printed.toString(StandardCharsets.UTF_8);
	}

	@Test
	void eachStepShowsWhatItIsForWhileThePageIsThere() {
		List<String> pauses = new ArrayList<>();
		boolean shown = run((what) -> {
			pauses.add(what);
			assertThat(page()).contains("<html", "gateway-8b");
		});
		assertThat(shown).as(output()).isTrue();
		assertThat(pauses).hasSize(9).startsWith("for \"All is well\"").endsWith("to end the tour");
		assertThat(output())
			.contains("Step 1 of 8", "Step 8 of 8: All faults are removed", "[x] a stream breaks and is begun anew",
					"8 of 8 steps have shown what they are for.")
			.containsPattern("LLM: success rate 100.0 %, fallback rate [1-9][0-9.]+ %, p95 \\d+ ms, MTTR \\d+ ms")
			.containsPattern("MCP: success rate 100.0 %, fallback rate [1-9][0-9.]+ %, p95 \\d+ ms, MTTR \\d+ ms")
			.containsPattern("gateway-8b: breaker OPEN, failed attempts \\d+ \\(transient=\\d+\\), skipped [1-9]")
			.doesNotContain("[ ]", "\r");
	}

	private String page() {
		Matcher address = ADDRESS.matcher(output());
		assertThat(address.find()).isTrue();
		try {
			return HttpClient.newHttpClient()
				.send(HttpRequest.newBuilder(URI.create(address.group(1))).build(),
						HttpResponse.BodyHandlers.ofString())
				.body();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void aTourThatHasNoTimeToShowItSaysWhatItHasNotShown() {
		assertThat(run(Pause.none(), "--sample.tour.longest=1ms")).isFalse();
		assertThat(output()).contains("Step 8 of 8", "[ ] gateway-70b serves", "Not shown: The primary model fails");
	}

	@Test
	void aTourThatMayBreakNothingEnds() {
		assertThat(run(Pause.none(), "--resilience.chaos.enabled=false")).isFalse();
		assertThat(output()).contains("The tour cannot go on: 404").doesNotContain("Step 2");
	}

}
