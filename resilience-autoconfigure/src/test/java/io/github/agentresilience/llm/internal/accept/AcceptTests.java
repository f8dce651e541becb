package io.github.agentresilience.llm.internal.accept;

import java.util.ArrayList;
import java.util.List;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.llm.internal.model.AnswerMetadata;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.scorecard.internal.ScorecardSnapshot;
import io.github.agentresilience.support.Reply;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.annotation.ToolParam;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An answer that is not accepted goes to the next target, and to the caller only where no
 * target does better.
 */
@ExtendWith(OutputCaptureExtension.class)
class AcceptTests extends AcceptFixture {

	private static final String COMPLETE = "resilience.llm.stream-commit=complete";

	private static final String PERSON = """
			{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},
			"required":["name","age"]}""";

	/** A message of an answer as a provider sends it. */
	private static Reply message(String finishReason, String fields) {
		return Reply.raw(200, "application/json", """
				{"id":"c","object":"chat.completion","created":1,"model":"m",
				"choices":[{"index":0,"finish_reason":"%s","message":{"role":"assistant",%s}}],
				"usage":{"prompt_tokens":1,"completion_tokens":9,"total_tokens":10}}""".formatted(finishReason,
				fields));
	}

	private static Object accepted(ChatResponse answer) {
		return answer.getMetadata().get(AnswerMetadata.ACCEPTED);
	}

	private static String text(List<ChatResponse> chunks) {
		StringBuilder text = new StringBuilder();
		chunks.forEach((chunk) -> text.append(chunkText(chunk)));
		return text.toString();
	}

	@Test
	void anAnswerThatIsCutOffGoesToTheNextTarget() {
		ChatModel model = model(LENGTH);
		this.primary.then(Reply.finished("length", "I am the pri"));
		ChatResponse answer = model.call(new Prompt("hi"));
		assertThat(text(answer)).isEqualTo("I am the fallback");
		assertThat(accepted(answer)).isNull();
		assertThat(this.primary.requestCount()).as("no retry").isEqualTo(1);
	}

	@Test
	void unlessThatIsNotAskedFor() {
		ChatModel model = model();
		this.primary.then(Reply.finished("length", "I am the pri"));
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the pri");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whereNoTargetDoesBetterTheFirstOfTheBestAnswersIsReturned(boolean stream) {
		ChatModel model = model(LENGTH, COMPLETE);
		this.primary.always(Reply.finished("length", "from the primary"));
		this.fallback.always(Reply.finished("length", "from the fallback"));
		List<ChatResponse> answer = stream ? model.stream(new Prompt("hi")).collectList().block()
				: List.of(model.call(new Prompt("hi")));
		assertThat(text(answer)).isEqualTo("from the primary");
		assertThat(answer).allSatisfy((chunk) -> assertThat(accepted(chunk)).isEqualTo(false));
		assertThat(breaker("a").getMetrics().getNumberOfFailedCalls()).isZero();
	}

	@Test
	void anAnswerThatIsNotAcceptedIsBetterThanNone() {
		ChatModel model = model(LENGTH, "resilience.llm.retry.max-attempts=1");
		this.primary.then(Reply.finished("length", "I am the pri"));
		this.fallback.then(Reply.status(503));
		ChatResponse answer = model.call(new Prompt("hi"));
		assertThat(text(answer)).isEqualTo("I am the pri");
		assertThat(accepted(answer)).isEqualTo(false);
		this.primary.then(Reply.finished("length", "I am the pri"));
		this.fallback.then(Reply.refusal(400));
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the pri");
	}

	@Test
	void whatIsCutOffIsBetterThanARefusal() {
		ChatModel model = model("resilience.llm.accept=length,refusal");
		this.primary.then(message("stop", "\"content\":null,\"refusal\":\"I will not\""));
		this.fallback.then(Reply.finished("length", "I am the fall"));
		ChatResponse answer = model.call(new Prompt("hi"));
		assertThat(text(answer)).isEqualTo("I am the fall");
		assertThat(answer.getMetadata().<Object>get(AnswerMetadata.TARGET)).isEqualTo("b");
		assertThat(accepted(answer)).isEqualTo(false);
	}

	@Test
	void theBreakerOfATargetThatOthersDoBetterThanHearsOfIt() {
		ChatModel model = model(LENGTH, "resilience.llm.breaker.minimum-calls=3");
		this.primary.always(Reply.finished("length", "I am the pri"));
		for (int i = 0; i < 5; i++) {
			assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		}
		assertThat(breaker("a").getState()).isEqualTo(CircuitBreaker.State.OPEN);
		assertThat(this.primary.requestCount()).isEqualTo(3);
	}

	@Test
	void aRefusalGoesToTheNextTarget() {
		ChatModel model = model("resilience.llm.accept=refusal");
		this.primary.then(message("stop", "\"content\":null,\"refusal\":\"I will not\""));
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
	}

	@ParameterizedTest
	@CsvSource({ "length, '\"content\":\"\"'", "length, '\"content\":null,\"reasoning_content\":\"Hmm, let me see\"'",
			"stop, '\"content\":null,\"reasoning_content\":\"Hmm, let me see\"'" })
	void anAnswerThatSaysNothingIsNeverAccepted(String finishReason, String fields) {
		ChatModel model = model();
		this.primary.then(message(finishReason, fields));
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		assertThat(this.primary.requestCount()).isEqualTo(1);
	}

	@Test
	void aStreamThatSaysNothingIsNeverAcceptedEither() {
		ChatModel model = model();
		this.primary.then(Reply.finished("length", ""));
		assertThat(streamed(model)).isEqualTo("I am the fallback");
	}

	@Test
	void theTextOfAnAnswerThatCallsToolsIsNotJudged() {
		ChatModel model = model("resilience.llm.accept=length,refusal,schema");
		this.primary.then(message("length", """
				"content":"Let me look","refusal":"not really","tool_calls":[{"id":"call_1","type":"function",
				"function":{"name":"lookup","arguments":"{}"}}]"""));
		ChatResponse answer = model.call(new Prompt("hi", OpenAiChatOptions.builder().outputSchema(PERSON).build()));
		assertThat(answer.hasToolCalls()).isTrue();
		assertThat(this.fallback.requestCount()).isZero();
	}

	@ParameterizedTest
	@ValueSource(strings = { "I cannot say", "{\\\"name\\\":\\\"Ada\\\"}", "[]" })
	void anAnswerThatIsNotOfTheSchemaGoesToTheNextTarget(String text) {
		ChatModel model = model(SCHEMA);
		this.primary.then(Reply.text(text));
		this.fallback.then(Reply.text("```json\\n" + GOOD_PERSON + "\\n```"));
		Prompt prompt = new Prompt("hi", OpenAiChatOptions.builder().outputSchema(PERSON).build());
		assertThat(text(model.call(prompt))).contains("Ada").contains("36");
		assertThat(this.primary.requestCount()).isEqualTo(1);
	}

	@Test
	void aSchemaThatIsNoneAllowsEverything() {
		ChatModel model = model(SCHEMA);
		this.primary.then(Reply.text("{}"));
		String broken = "{\"type\":\"object\",\"$ref\":\"http://127.0.0.1:1/none.json\"}";
		model.call(new Prompt("hi", OpenAiChatOptions.builder().outputSchema(broken).build()));
		assertThat(this.fallback.requestCount()).isZero();
	}

	@Test
	void aTargetMayHaveItsOwnRules() {
		ChatModel model = model(LENGTH, "resilience.llm.targets.a.accept=");
		this.primary.then(Reply.finished("length", "I am the pri"));
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the pri");
	}

	@ParameterizedTest
	@CsvSource({ "complete, I am the fallback", "first-chunk, I am the pri" })
	void aStreamIsJudgedWhereItIsHeldBack(String commit, String said, CapturedOutput output) {
		ChatModel model = model(LENGTH, "resilience.llm.stream-commit=" + commit);
		this.primary.then(Reply.finished("length", "I am the pri"));
		assertThat(streamed(model)).isEqualTo(said);
		assertThat(output.getOut().contains("judges the answers of calls but not of streams"))
			.isEqualTo(commit.equals("first-chunk"));
	}

	@Test
	void noToolRunsWithArgumentsThatItsSchemaForbids() {
		model("resilience.llm.accept=tool-arguments");
		Lookup lookup = new Lookup();
		this.primary.then(Reply.toolCall("lookup", "{\"wrong\":1}"));
		this.fallback.then(Reply.toolCall("lookup", "{\"id\":7}"));
		assertThat(client().prompt("hi").tools(lookup).call().content()).isEqualTo("I am the fallback");
		assertThat(lookup.ids).containsExactly(7);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "{\"id\":7,\"note\":null,\"page\":null} | true",
					"{\"id\":7,\"page\":{\"from\":1,\"to\":null}} | true", "{\"id\":null,\"note\":\"x\"} | false",
					"{\"id\":7,\"page\":{\"from\":null}} | false", "{\"id\":7,\"note\":5,\"page\":null} | false" })
	void nullMeansNoneForAnArgumentThatIsOptional(String arguments, boolean accepted) {
		model("resilience.llm.accept=tool-arguments");
		Search search = new Search();
		this.primary.then(Reply.toolCall("search", arguments));
		assertThat(client().prompt("hi").tools(search).call().content())
			.isEqualTo(accepted ? "I am the primary" : "I am the fallback");
		assertThat(search.runs).isEqualTo(accepted ? 1 : 0);
	}

	@Test
	void theScorecardAndTheMetricCountThemApartFromFailures() {
		ChatModel model = model(LENGTH);
		this.primary.then(Reply.finished("length", "I am the pri"));
		model.call(new Prompt("hi"));
		ScorecardSnapshot card = this.context.getBean(Scorecard.class).snapshot();
		assertThat(card.overall().succeeded()).isEqualTo(1);
		assertThat(card.overall().unacceptable()).isEqualTo(1);
		assertThat(card.overall().incidents()).isZero();
		ScorecardSnapshot.TargetSnapshot target = card.layers().get(Layer.LLM).targets().get("a");
		assertThat(target.attempts()).isEqualTo(1);
		assertThat(target.failed()).isZero();
		assertThat(target.unacceptable()).isEqualTo(1);
		assertThat(target.breaker()).isEqualTo("CLOSED");
		assertThat(breaker("a").getMetrics().getNumberOfFailedCalls()).isEqualTo(1);
	}

	static class Lookup {

		private final List<Integer> ids = new ArrayList<>();

		@Tool
		String lookup(int id) {
			this.ids.add(id);
			return "found";
		}

	}

	static class Search {

		private int runs;

		@Tool
		String search(int id, @ToolParam(required = false) String note, @ToolParam(required = false) Page page) {
			this.runs++;
			return "found";
		}

	}

	record Page(int from, @ToolParam(required = false) Integer to) {
	}

}
