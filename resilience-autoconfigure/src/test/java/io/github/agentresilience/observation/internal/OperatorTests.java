package io.github.agentresilience.observation.internal;

import java.io.File;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TwoProviders;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * What the operator gets: metrics, rules, logs, and the endpoint that takes targets out
 * of service.
 */
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class OperatorTests extends TwoProviders {

	private static final Path DOCS = Path.of("..", "docs");

	private final HttpClient http = HttpClient.newHttpClient();

	private ChatModel start(String... more) {
		this.context = TestApplication
			.runWeb(Stream
				.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(), "resilience.llm.targets.a.model=m",
						"resilience.llm.targets.a.api-key=sk-secret-operator",
						"resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
						"resilience.llm.targets.b.model=m", "resilience.llm.chains.default=a,b",
						"resilience.llm.targets.a.timeout=9s", "resilience.llm.breaker.window=10",
						"resilience.llm.retry.initial-backoff=1ms", "management.endpoints.web.exposure.include=*")
				.toList(), more);
		return this.context.getBean(ChatModel.class);
	}

	private HttpResponse<String> send(String method, String url, String body) throws Exception {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
			.method(method,
					body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
		if (body != null) {
			request.header("Content-Type", "application/json");
		}
		return this.http.send(request.build(), HttpResponse.BodyHandlers.ofString());
	}

	private String actuator(String path) {
		return "http://127.0.0.1:" + this.context.getEnvironment().getProperty("local.server.port") + "/actuator"
				+ path;
	}

	private void failOver(ChatModel model) {
		this.primary.always(Reply.status(503));
		for (int i = 0; i < 6; i++) {
			model.call(new Prompt("my prompt is private"));
		}
		this.primary.always(Reply.text("back"));
	}

	@Test
	void rulesAreGoodAndARealPrometheusScrapesUs(@TempDir Path folder) throws Exception {
		assumeTrue(Files.isExecutable(Path.of("/usr/bin/promtool")), "There is no Prometheus to check with");
		promtool("check", "rules", DOCS.resolve("prometheus-rules.yml").toString());
		ChatModel model = start();
		failOver(model);
		int port;
		try (java.net.ServerSocket free = new java.net.ServerSocket(0)) {
			port = free.getLocalPort();
		}
		Path config = folder.resolve("prometheus.yml");
		Files.writeString(config, """
				global: { scrape_interval: 1s, evaluation_interval: 1s }
				rule_files: [ %s ]
				scrape_configs:
				  - job_name: agent
				    metrics_path: /actuator/prometheus
				    static_configs: [ { targets: [ "127.0.0.1:%s" ] } ]
				""".formatted(DOCS.resolve("prometheus-rules.yml").toAbsolutePath().normalize(),
				this.context.getEnvironment().getProperty("local.server.port")));
		Process prometheus = new ProcessBuilder("/usr/bin/prometheus", "--config.file=" + config,
				"--storage.tsdb.path=" + folder.resolve("data"), "--web.listen-address=127.0.0.1:" + port)
			.redirectErrorStream(true)
			.redirectOutput(new File("target/prometheus.log"))
			.start();
		try {
			String query = "http://127.0.0.1:" + port + "/api/v1/query?query=" + URLEncoder.encode(
					"histogram_quantile(0.95, sum by (le) (resilience_call_seconds_bucket{layer=\"llm\",chain=\"default\"}))",
					StandardCharsets.UTF_8);
			Awaitility.await().atMost(40, TimeUnit.SECONDS).ignoreExceptions().until(() -> {
				JsonNode result = JsonMapper.shared()
					.readTree(send("GET", query, null).body())
					.at("/data/result/0/value/1");
				double p95 = Double.parseDouble(result.asString());
				return p95 > 0 && p95 < 120;
			});
			send("POST", actuator("/resilience/b"), "{\"state\":\"FORCED_OPEN\"}");
			String breakers = JsonMapper.shared()
				.readTree(Files.readString(DOCS.resolve("grafana-dashboard.json")))
				.at("/panels")
				.valueStream()
				.filter((panel) -> panel.at("/title").asString().equals("Breakers"))
				.findFirst()
				.orElseThrow()
				.at("/targets/0/expr")
				.asString()
				.replace("$job", "agent");
			Awaitility.await().atMost(40, TimeUnit.SECONDS).until(() -> {
				String row = "http://127.0.0.1:" + port + "/api/v1/query?query="
						+ URLEncoder.encode(breakers, StandardCharsets.UTF_8);
				return send("GET", row, null).body().matches(".*\"llm-b\"},\"value\":\\[[\\d.]+,\"3\"].*");
			});
			String total = "http://127.0.0.1:" + port + "/api/v1/query?query=resilience_fallbacks_total";
			assertThat(send("GET", total, null).body()).contains("\"target\":\"b\"");
		}
		finally {
			prometheus.destroy();
		}
	}

	@Test
	void alertsFireWhereTheyMustAndNowhereElse() throws Exception {
		assumeTrue(Files.isExecutable(Path.of("/usr/bin/promtool")), "There is no promtool to test with");
		Path resources = Path.of("src", "test", "resources");
		promtool("test", "rules", resources.resolve("prometheus-rules-tests.yml").toString(),
				resources.resolve("prometheus-rules-spend-tests.yml").toString(),
				resources.resolve("prometheus-rules-limit-tests.yml").toString());
	}

	private static void promtool(String... arguments) throws Exception {
		Process process = new ProcessBuilder(
				Stream.concat(Stream.of("/usr/bin/promtool"), Stream.of(arguments)).toList())
			.redirectErrorStream(true)
			.start();
		String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(process.waitFor()).as(said).isZero();
	}

	@Test
	void theDashboardAsksForNothingThatDoesNotExist() throws Exception {
		String dashboard = Files.readString(DOCS.resolve("grafana-dashboard.json"));
		String rules = Files.readString(DOCS.resolve("prometheus-rules.yml"));
		JsonMapper.shared().readTree(dashboard);
		Matcher names = Pattern.compile("resilience:\\w+:(5m|1h)").matcher(dashboard);
		while (names.find()) {
			assertThat(rules).contains("record: " + names.group());
		}
		start("resilience.llm.targets.a.price.input-per-million=1",
				"resilience.llm.targets.a.price.output-per-million=2", "resilience.llm.targets.a.limits.concurrency=8",
				"resilience.llm.targets.a.limits.tokens-per-minute=20000",
				"resilience.llm.targets.a.limits.requests-per-minute=60");
		failOver(this.context.getBean(ChatModel.class));
		String scraped = send("GET", actuator("/prometheus"), null).body();
		for (String name : List.of("resilience_call_seconds_bucket", "resilience_attempt_seconds_count",
				"resilience_fallbacks_total", "resilience_retries_total", "resilience_skips_total",
				"resilience_incidents_total", "resilience_unacceptable_total", "resilience_tokens_total",
				"resilience_cost_total", "resilience_usage_unknown_total", "resilience_stream_restarts_total",
				"resilience_turn_budget_exhausted_total", "resilience_limit_in_flight", "resilience_limit_concurrency",
				"resilience_limit_waiting", "resilience_limit_requests_left", "resilience_limit_tokens_left",
				"resilience_limit_wait_seconds_count", "resilience4j_circuitbreaker_state")) {
			assertThat(dashboard + rules).contains(name);
			assertThat(scraped).contains("\n" + name + "{");
		}
		assertThat(scraped).doesNotContain("private", "sk-secret");
	}

	@Test
	void theLogTellsTheStoryInFewLines(CapturedOutput output) {
		ChatModel model = start("resilience.llm.breaker.open-for=300ms",
				"logging.level.io.github.agentresilience=INFO");
		failOver(model);
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> {
			model.call(new Prompt("my prompt is private"));
			return output.getOut().contains("answers again");
		});
		assertThat(output).contains("The llm target 'a' fails: 503", "The breaker of the llm target 'a' is OPEN",
				"The llm chain 'default' falls back on 'b'", "The llm target 'a' answers again, after");
		assertThat(output.getOut().split("falls back on", -1)).hasSize(2);
		assertThat(output.getOut()).doesNotContain("private", "sk-secret");
	}

	@Test
	void policiesShowWhereTheyComeFromAndNoSecret() throws Exception {
		start();
		String body = send("GET", actuator("/resilience"), null).body();
		JsonNode report = JsonMapper.shared().readTree(body);
		assertThat(report.at("/llm/targets/a/timeout/value").asString()).isEqualTo("9000ms");
		assertThat(report.at("/llm/targets/a/timeout/from").asString()).isEqualTo("resilience.llm.targets.a.timeout");
		assertThat(report.at("/llm/targets/b/timeout/from").asString()).isEqualTo("default");
		assertThat(report.at("/llm/targets/b/breaker.window/value").asInt()).isEqualTo(10);
		assertThat(report.at("/llm/targets/b/breaker.window/from").asString())
			.isEqualTo("resilience.llm.breaker.window");
		assertThat(report.at("/llm/chains/default/routing/value").asString()).isEqualTo("priority");
		assertThat(body).doesNotContain("sk-secret");
	}

	@Test
	void aTargetIsTakenOutOfServiceAndPutBack() throws Exception {
		ChatModel model = start();
		assertThat(send("POST", actuator("/resilience/a"), "{\"state\":\"FORCED_OPEN\"}").body())
			.contains("\"state\":\"FORCED_OPEN\"");
		assertThat(model.call(new Prompt("hi")).getMetadata().<String>get("resilience.target")).isEqualTo("b");
		assertThat(send("POST", actuator("/resilience/llm-a"), "{\"state\":\"closed\"}").statusCode()).isEqualTo(200);
		assertThat(model.call(new Prompt("hi")).getMetadata().<String>get("resilience.target")).isEqualTo("a");
		assertThat(send("POST", actuator("/resilience/a"), "{\"state\":\"DISABLED\"}").statusCode()).isEqualTo(200);
		HttpResponse<String> wrong = send("POST", actuator("/resilience/a"), "{\"state\":\"BROKEN\"}");
		assertThat(wrong.statusCode()).isEqualTo(400);
		assertThat(wrong.body()).contains("state", "FORCED_OPEN");
		assertThat(send("POST", actuator("/resilience/a"), "{}").statusCode()).isEqualTo(400);
		assertThat(send("POST", actuator("/resilience/unknown"), "{\"state\":\"CLOSED\"}").statusCode()).isEqualTo(404);
	}

}
