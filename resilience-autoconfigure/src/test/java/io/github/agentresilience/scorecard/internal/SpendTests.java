package io.github.agentresilience.scorecard.internal;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Stream;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.llm.internal.model.ResilientChatModel;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TwoProviders;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.WebApplicationType;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/**
 * What calls spend, and what of that is the price of resilience, in the scorecard and in
 * the meters. Target a costs 2 and 10 per million tokens, b costs 1 and 5.
 */
@Timeout(90)
class SpendTests extends TwoProviders {

	private static final Spend UNKNOWN = new Spend(0, 0, 0, 0, 1, 0, 0);

	private ResilientChatModel model;

	private void start(String... more) {
		start(WebApplicationType.NONE, more);
	}

	private void startWeb(String... more) {
		start(WebApplicationType.SERVLET, more);
	}

	private void start(WebApplicationType type, String... more) {
		this.primary.always(Reply.text("from a").usage(1_000, 100));
		this.fallback.always(Reply.text("from b").usage(1_000, 100));
		this.context = TestApplication.start(type, TestApplication.Application.class, Stream
			.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(), "resilience.llm.targets.a.model=m",
					"resilience.llm.targets.a.price.input-per-million=2",
					"resilience.llm.targets.a.price.output-per-million=10",
					"resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(), "resilience.llm.targets.b.model=m",
					"resilience.llm.targets.b.price.input-per-million=1",
					"resilience.llm.targets.b.price.output-per-million=5", "resilience.llm.chains.default=a,b",
					"resilience.llm.retry.initial-backoff=1ms", "management.endpoints.web.exposure.include=scorecard")
			.toList(), more);
		this.model = this.context.getBean(ResilientChatModel.class);
	}

	private void ask(boolean stream) {
		if (stream) {
			this.model.stream(new Prompt("hi")).blockLast();
		}
		else {
			this.model.call(new Prompt("hi"));
		}
	}

	private Spending of(String target) {
		Spending spending = this.context.getBean(Scorecard.class)
			.snapshot()
			.layers()
			.get(Layer.LLM)
			.targets()
			.get(target)
			.spending();
		expectMeters(target, "answer", spending.answers());
		expectMeters(target, "resilience", spending.resilience());
		return spending;
	}

	/** The meters say the same. */
	private void expectMeters(String target, String purpose, Spend spend) {
		assertThat(count("resilience.tokens", target, purpose, "type", "input")).isEqualTo(spend.input());
		assertThat(count("resilience.tokens", target, purpose, "type", "output")).isEqualTo(spend.output());
		assertThat(count("resilience.cost", target, purpose)).isCloseTo(spend.cost(), within(1e-9));
		assertThat(count("resilience.usage.unknown", target, purpose)).isEqualTo(spend.unknown());
	}

	private double count(String name, String target, String purpose, String... more) {
		return this.context.getBean(MeterRegistry.class)
			.find(name)
			.tags("layer", "llm", "chain", "default", "target", target, "purpose", purpose)
			.tags(more)
			.counters()
			.stream()
			.mapToDouble(Counter::count)
			.sum();
	}

	private static Spend spend(long calls, double cost) {
		return new Spend(calls * 1_000, calls * 100, calls * 1_100, cost, 0, 0, 0);
	}

	private JsonNode card(String query) throws Exception {
		HttpResponse<String> answer = send("GET", query);
		assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
		return JsonMapper.shared().readTree(answer.body());
	}

	private HttpResponse<String> send(String method, String query) throws Exception {
		return HttpClient.newHttpClient()
			.send(HttpRequest
				.newBuilder(
						URI.create("http://127.0.0.1:" + this.context.getEnvironment().getProperty("local.server.port")
								+ "/actuator/scorecard" + query))
				.method(method, HttpRequest.BodyPublishers.noBody())
				.build(), HttpResponse.BodyHandlers.ofString());
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whatTargetsRefuseCostsNothing(boolean stream) {
		start();
		ask(stream);
		this.primary.always(Reply.status(503));
		ask(stream);
		assertThat(of("a")).isEqualTo(new Spending(spend(1, 0.003), Spend.NONE));
		assertThat(of("b")).isEqualTo(new Spending(spend(1, 0.0015), Spend.NONE));
	}

	@Test
	void aTargetThatCannotBeReachedUsesNothing() {
		start();
		this.primary.down();
		ask(false);
		ask(true);
		assertThat(of("a")).isEqualTo(Spending.NONE);
	}

	@Test
	void anAnswerThatIsNotAcceptedIsThePriceOfResilience() {
		start("resilience.llm.accept=length");
		this.primary.always(Reply.finished("length", "cut off").usage(1_000, 100));
		ask(false);
		assertThat(of("a")).isEqualTo(new Spending(Spend.NONE, spend(1, 0.003)));
		assertThat(of("b")).isEqualTo(new Spending(spend(1, 0.0015), Spend.NONE));
	}

	@Test
	void anAnswerThatIsReturnedForWantOfABetterOneServedItsCall() {
		start("resilience.llm.accept=length");
		this.primary.always(Reply.finished("length", "cut off").usage(1_000, 100));
		this.fallback.always(Reply.finished("length", "cut off too").usage(1_000, 100));
		ask(false);
		assertThat(of("a")).isEqualTo(new Spending(spend(1, 0.003), Spend.NONE));
		assertThat(of("b")).isEqualTo(new Spending(Spend.NONE, spend(1, 0.0015)));
	}

	@Test
	void anAttemptThatAHedgeSupersedesHasUsedWhoKnowsHowMuch() {
		start("resilience.llm.hedge.enabled=true", "resilience.llm.hedge.after=100ms");
		this.primary.always(Reply.hang());
		ask(false);
		assertThat(of("a")).isEqualTo(new Spending(Spend.NONE, UNKNOWN));
		assertThat(of("b")).isEqualTo(new Spending(spend(1, 0.0015), Spend.NONE));
	}

	@Test
	void whatAnAttemptOfUnknownUsageWasAskedIsEstimatedWhereItHasBeenCounted() throws Exception {
		startWeb("resilience.llm.hedge.enabled=true", "resilience.llm.hedge.after=100ms",
				"resilience.llm.targets.a.limits.tokens-per-minute=1000000");
		this.primary.always(Reply.hang());
		this.model.call(new Prompt("word ".repeat(1_000)));
		Spend wasted = of("a").resilience();
		assertThat(wasted.unknown()).isEqualTo(1);
		assertThat(wasted.tokens()).isZero();
		assertThat(wasted.estimated()).isBetween(1_000L, 1_300L);
		assertThat(wasted.estimatedCost()).isCloseTo(wasted.estimated() * 2 / 1e6, within(1e-9));
		JsonNode said = card("").at("/llm/targets/a/spend/resilience");
		assertThat(said.propertyNames()).containsExactly("inputTokens", "outputTokens", "cost", "unknownAttempts",
				"estimatedInputTokens", "estimatedCost");
		assertThat(said.get("estimatedInputTokens").asLong()).isEqualTo(wasted.estimated());
	}

	@Test
	void aSilentTargetHasUsedWhoKnowsHowMuch() {
		start("resilience.llm.targets.a.timeout=200ms");
		this.primary.always(Reply.hang());
		ask(false);
		assertThat(of("a")).isEqualTo(new Spending(Spend.NONE, UNKNOWN));
	}

	@Test
	void aStreamThatBreaksHasUsedWhoKnowsHowMuch() {
		start();
		this.primary.always(Reply.text("one two three").cutAfter(2));
		assertThatThrownBy(() -> ask(true)).isInstanceOf(StreamInterruptedException.class);
		assertThat(of("a")).isEqualTo(new Spending(Spend.NONE, UNKNOWN));
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void anAnswerThatDoesNotSayIsNotGuessedAt(boolean stream) {
		start();
		this.primary.always(Reply.text("from a").withoutUsage());
		ask(stream);
		assertThat(of("a")).isEqualTo(new Spending(UNKNOWN, Spend.NONE));
	}

	@Test
	void probesOfExperimentsArePaidForLikeAnyCall() {
		start();
		this.model.probe(new Prompt("hi"));
		assertThat(of("a")).isEqualTo(new Spending(Spend.NONE, spend(1, 0.003)));
	}

	@Test
	void theScorecardSaysItForLayerChainTargetAndHour() throws Exception {
		startWeb("resilience.llm.accept=length", "resilience.llm.chains.other=b");
		this.primary.always(Reply.finished("length", "cut off").usage(1_000, 100));
		ask(false);
		this.context.getBean("otherChatModel", ResilientChatModel.class).call(new Prompt("hi"));
		JsonNode card = card("?hours=3");
		assertThat(card.at("/llm/chains/default/summary/spend").toString())
			.isEqualTo("{\"inputTokens\":2000,\"outputTokens\":200,\"cost\":0.0045,\"unknownAttempts\":0,"
					+ "\"resilience\":{\"inputTokens\":1000,\"outputTokens\":100,\"cost\":0.003,\"unknownAttempts\":0}}");
		assertThat(card.at("/llm/summary/spend/cost").asDouble()).isEqualTo(0.006);
		assertThat(card.at("/llm/targets/b/spend/cost").asDouble()).isEqualTo(0.003);
		assertThat(card.at("/mcp/summary").has("spend")).isFalse();
		JsonNode hours = card.get("hours");
		assertThat(hours.size()).isBetween(1, 2);
		double cost = 0;
		for (JsonNode hour : hours) {
			assertThat(hour.get("at").asString()).endsWith(":00:00Z");
			cost += hour.at("/chains/other/b/cost").asDouble();
		}
		assertThat(cost).isEqualTo(0.0015);
		assertThat(card("").has("hours")).isFalse();
		send("DELETE", "");
		card = card("?hours=24");
		assertThat(card.at("/llm/summary/spend").toString())
			.isEqualTo("{\"inputTokens\":0,\"outputTokens\":0,\"cost\":null,\"unknownAttempts\":0,"
					+ "\"resilience\":{\"inputTokens\":0,\"outputTokens\":0,\"cost\":null,\"unknownAttempts\":0}}");
		assertThat(card.get("hours").isEmpty()).isTrue();
	}

	@Test
	void tokensWithoutAPriceAreSaidToHaveNone() throws Exception {
		startWeb("resilience.llm.targets.c.base-url=" + this.primary.baseUrl(), "resilience.llm.targets.c.model=m",
				"resilience.llm.chains.default=c,b");
		ask(false);
		this.primary.always(Reply.status(503));
		ask(false);
		JsonNode card = card("");
		assertThat(card.at("/llm/targets/c/spend/cost").isNull()).isTrue();
		assertThat(card.at("/llm/targets/c/spend/unpricedTokens").asInt()).isEqualTo(1_100);
		assertThat(card.at("/llm/summary/spend/cost").asDouble()).isEqualTo(0.0015);
		assertThat(card.at("/llm/summary/spend/unpricedTokens").asInt()).isEqualTo(1_100);
		assertThat(this.context.getBean(MeterRegistry.class).find("resilience.cost").tag("target", "c").counters())
			.isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "0", "25", "-1", "1h", "", "240" })
	void aBadNumberOfHoursIsRefusedByName(String hours) throws Exception {
		startWeb();
		HttpResponse<String> answer = send("GET", "?hours=" + hours);
		assertThat(answer.statusCode()).isEqualTo(400);
		assertThat(answer.body()).contains("\"field\":\"hours\"", "at most 24");
	}

	@Test
	void theMetersStandAtZeroBeforeTheFirstCall() {
		start();
		for (String purpose : List.of("answer", "resilience")) {
			assertThat(this.context.getBean(MeterRegistry.class)
				.get("resilience.cost")
				.tags("chain", "default", "target", "b", "purpose", purpose)
				.counter()
				.count()).isZero();
		}
	}

}
