package io.github.agentresilience.actuate.internal;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chaos.BurstFault;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.chaos.internal.experiment.Experiments;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(90)
class ExperimentsEndpointTests {

	private static final String OUTAGE = "resilience.chaos.experiments.outage.";

	private final ScriptedProvider primary = new ScriptedProvider();

	private final ScriptedProvider fallback = new ScriptedProvider();

	private final HttpClient http = HttpClient.newHttpClient();

	private ConfigurableApplicationContext context;

	@AfterEach
	void close() {
		this.context.close();
		this.primary.close();
		this.fallback.close();
	}

	private void start(String... more) {
		this.context = TestApplication.runWeb(List.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(),
				"resilience.llm.targets.a.model=m", "resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
				"resilience.llm.targets.b.model=m", "resilience.llm.chains.default=a,b",
				"resilience.llm.retry.initial-backoff=1ms", "resilience.chaos.enabled=true",
				"management.endpoint.chaos.access=unrestricted", "management.endpoint.experiments.access=unrestricted",
				"management.endpoints.web.exposure.include=*", OUTAGE + "fault.fault=random", OUTAGE + "fault.rate=1.0",
				OUTAGE + "fault.layer=llm", OUTAGE + "fault.target=a", OUTAGE + "duration=1s",
				OUTAGE + "steady-state.success-rate=0.99", OUTAGE + "probe.prompt=ping", OUTAGE + "probe.rate=20"),
				more);
	}

	private HttpResponse<String> send(String method, String path, String body) throws Exception {
		return send(method, path, body, "application/json");
	}

	private HttpResponse<String> send(String method, String path, String body, String type) throws Exception {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
				+ this.context.getEnvironment().getProperty("local.server.port") + "/actuator" + path));
		if (!type.isEmpty()) {
			request.header("Content-Type", type);
		}
		request.method(method,
				body != null ? HttpRequest.BodyPublishers.ofString(body) : HttpRequest.BodyPublishers.noBody());
		return this.http.send(request.build(), HttpResponse.BodyHandlers.ofString());
	}

	private JsonNode json(HttpResponse<String> response, int status) {
		assertThat(response.statusCode()).isEqualTo(status);
		return JsonMapper.shared().readTree(response.body());
	}

	private JsonNode outage() throws Exception {
		JsonNode all = json(send("GET", "/experiments", null), 200);
		assertThat(all).hasSize(1);
		return all.get(0);
	}

	@Test
	void anExperimentIsRunOnDemandAndReported() throws Exception {
		start();
		JsonNode fresh = outage();
		assertThat(fresh.propertyNames()).containsExactly("name", "fault", "layer", "target", "durationMs", "running",
				"last");
		assertThat(fresh.get("name").asString()).isEqualTo("outage");
		assertThat(fresh.get("fault").asString()).isEqualTo("random");
		assertThat(fresh.get("durationMs").asInt()).isEqualTo(1000);
		assertThat(fresh.get("last").isNull()).isTrue();
		JsonNode started = json(send("POST", "/experiments/outage", "{}"), 202);
		assertThat(started.get("running").asBoolean()).isTrue();
		assertThat(json(send("POST", "/experiments/outage", "{}"), 409).get("error").asString()).isNotBlank();
		Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> !outage().get("last").isNull());
		JsonNode last = outage().get("last");
		assertThat(last.propertyNames()).containsExactly("verdict", "reason", "startedAt", "endedAt", "before",
				"during", "after");
		assertThat(last.get("verdict").asString()).as(last.toString()).isEqualTo("passed");
		assertThat(last.get("reason").isNull()).isTrue();
		for (String phase : List.of("before", "during", "after")) {
			JsonNode figures = last.get(phase);
			assertThat(figures.propertyNames()).containsExactly("probes", "successRate", "p95Ms", "longestOutageMs");
			assertThat(figures.get("probes").asInt()).isPositive();
			assertThat(figures.get("successRate").asDouble()).isEqualTo(1);
			assertThat(figures.get("p95Ms").asDouble()).isPositive();
		}
	}

	@Test
	void anUnknownExperimentIsNotFound() throws Exception {
		start();
		JsonNode answer = json(send("POST", "/experiments/nope", "{}"), 404);
		assertThat(answer.get("field").asString()).isEqualTo("name");
		assertThat(answer.get("error").asString()).contains("nope");
	}

	@Test
	void figuresAreNullWhereThereWereNoProbesAndRatesAreRounded() throws Exception {
		// Refused requests are thrown at once and count for no breaker
		this.primary.by((number) -> (number % 3 == 2) ? Reply.refusal(400) : Reply.text("pong"));
		start(OUTAGE + "probe.rate=50");
		send("POST", "/experiments/outage", "{}");
		Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> !outage().get("last").isNull());
		JsonNode last = outage().get("last");
		assertThat(last.get("verdict").asString()).isEqualTo("not-steady-before");
		assertThat(last.get("reason").asString()).contains("success rate");
		assertThat(last.get("during").isNull()).isTrue();
		assertThat(last.get("after").isNull()).isTrue();
		assertThat(last.at("/before/successRate").toString()).matches("[01]\\.\\d{1,4}");
	}

	@Test
	void figuresOfAnExperimentThatWasStoppedBeforeItsFirstProbeAreNull() throws Exception {
		this.primary.always(Reply.hang());
		this.fallback.always(Reply.hang());
		start();
		send("POST", "/experiments/outage", "{}");
		Awaitility.await().until(() -> this.primary.requestCount() > 0);
		this.context.getBean(Experiments.class).stop();
		JsonNode last = outage().get("last");
		assertThat(last.get("verdict").asString()).isEqualTo("aborted");
		assertThat(last.at("/before/probes").asInt()).isZero();
		assertThat(last.at("/before/successRate").isNull()).isTrue();
		assertThat(last.at("/before/p95Ms").isNull()).isTrue();
		assertThat(last.at("/before/longestOutageMs").isNull()).isTrue();
	}

	/** What a browser sends for a page of another site without asking this one first. */
	@Test
	void nothingIsChangedByWhatAFormOfAnotherSiteCanSend() throws Exception {
		start();
		this.context.getBean(Chaos.class).inject(new BurstFault(), Layer.LLM, "a");
		for (String type : List.of("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain",
				"")) {
			for (String body : List.of("", "{}", "fault=burst&layer=llm&state=FORCED_OPEN",
					"{\"fault\":\"burst\",\"layer\":\"llm\"}")) {
				HttpResponse<String> run = send("POST", "/experiments/outage", body, type);
				assertThat(run.statusCode()).as(type + body).isEqualTo(415);
				assertThat(run.body()).contains("Unsupported Media Type");
				assertThat(run.headers().firstValue("Accept").orElseThrow()).contains("application/json");
				assertThat(send("POST", "/chaos", body, type).statusCode()).as(type + body).isEqualTo(415);
				assertThat(send("POST", "/resilience/a", body, type).statusCode()).as(type + body).isEqualTo(415);
				assertThat(send("POST", "/chaos/fault-1", body, type).statusCode()).as(type + body).isEqualTo(405);
				assertThat(send("POST", "/scorecard", body, type).statusCode()).as(type + body).isEqualTo(405);
			}
		}
		assertThat(this.context.getBean(Experiments.class).running()).isNull();
		assertThat(this.context.getBean(Chaos.class).active()).hasSize(1);
		assertThat(this.context.getBean(ChainRegistry.class).targets(Layer.LLM))
			.allMatch((target) -> target.breaker().getState() == CircuitBreaker.State.CLOSED);
	}

	@Test
	void unlessItIsSaidOtherwiseExperimentsAreToBeReadOnly() throws Exception {
		start("management.endpoint.experiments.access=");
		assertThat(send("GET", "/experiments", null).statusCode()).isEqualTo(200);
		assertThat(send("POST", "/experiments/outage", "{}").statusCode()).isIn(404, 405);
		assertThat(this.context.getBean(Experiments.class).running()).isNull();
	}

	@Test
	void whoMayOnlyReadChangesNothing() throws Exception {
		start("management.endpoint.chaos.access=read-only", "management.endpoint.experiments.access=read-only");
		assertThat(send("GET", "/chaos", null).statusCode()).isEqualTo(200);
		assertThat(send("POST", "/chaos", "{\"fault\":\"burst\",\"layer\":\"llm\"}").statusCode()).isEqualTo(405);
		assertThat(send("DELETE", "/chaos", null).statusCode()).isEqualTo(405);
		assertThat(send("DELETE", "/chaos/fault-1", null).statusCode()).isIn(404, 405);
		assertThat(send("GET", "/experiments", null).statusCode()).isEqualTo(200);
		assertThat(send("POST", "/experiments/outage", "{}").statusCode()).isIn(404, 405);
		assertThat(this.context.getBean(Chaos.class).active()).isEmpty();
		assertThat(this.context.getBean(Experiments.class).running()).isNull();
	}

}
