package io.github.agentresilience.llm.internal.model;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.support.Reply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Errors in the words of the providers and gateways that send them, as their references
 * document them.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DialectTests extends LlmFixture {

	private ChatModel model;

	private int asked;

	private int askedNext;

	private enum Expected {

		RETRIED, MOVES_ON, MOVES_ON_COUNTED, THROWN

	}

	private record Dialect(String name, Reply reply, Expected expected) {

		@Override
		public String toString() {
			return this.name;
		}

	}

	private static Dialect json(String name, int status, Expected expected, String body) {
		return new Dialect(name, Reply.raw(status, "application/json", body.replace('\'', '"')), expected);
	}

	private static Dialect event(String name, Expected expected, String data) {
		return new Dialect(name, Reply.raw(200, "text/event-stream", "data: " + data.replace('\'', '"') + "\n\n"),
				expected);
	}

	static List<Dialect> errors() {
		return List.of(json("OpenAI rate limit", 429, Expected.RETRIED,
				"{'error':{'message':'Rate limit reached','type':'requests','param':null,'code':'rate_limit_exceeded'}}"),
				json("OpenAI quota", 429, Expected.MOVES_ON,
						"{'error':{'message':'You exceeded your current quota','type':'insufficient_quota','param':null,'code':'insufficient_quota'}}"),
				json("OpenAI context length", 400, Expected.MOVES_ON,
						"{'error':{'message':'This model has a maximum context length of 8192 tokens','type':'invalid_request_error','param':'messages','code':'context_length_exceeded'}}"),
				json("OpenAI unknown model", 404, Expected.MOVES_ON_COUNTED,
						"{'error':{'message':'The model does not exist','type':'invalid_request_error','param':null,'code':'model_not_found'}}"),
				json("OpenAI content policy", 400, Expected.THROWN,
						"{'error':{'message':'Your request was rejected','type':'invalid_request_error','param':null,'code':'content_policy_violation'}}"),
				json("Azure content filter", 400, Expected.THROWN,
						"{'error':{'message':'The response was filtered due to the prompt triggering the content management policy','type':null,'param':'prompt','code':'content_filter','status':400,'innererror':{'code':'ResponsibleAIPolicyViolation'}}}"),
				json("Azure deployment", 404, Expected.MOVES_ON_COUNTED,
						"{'error':{'code':'DeploymentNotFound','message':'The API deployment for this resource does not exist'}}"),
				json("Azure rate limit with a numeric code", 429, Expected.RETRIED,
						"{'error':{'code':429,'message':'Requests have exceeded the call rate limit'}}"),
				json("Azure access denied outside of error", 401, Expected.MOVES_ON_COUNTED,
						"{'statusCode':401,'message':'Unauthorized. Access token is missing'}"),
				json("Groq request too large", 413, Expected.MOVES_ON,
						"{'error':{'message':'Request too large for model on tokens per minute','type':'tokens','code':'rate_limit_exceeded'}}"),
				json("Groq flex tier", 498, Expected.RETRIED,
						"{'error':{'message':'Flex tier capacity exceeded','type':'capacity','code':'capacity_exceeded'}}"),
				json("Groq bad tool call", 400, Expected.MOVES_ON,
						"{'error':{'message':'Failed to call a function','type':'invalid_request_error','code':'tool_use_failed','failed_generation':'x'}}"),
				json("Groq context length", 400, Expected.MOVES_ON,
						"{'error':{'message':'Please reduce the length of the messages or completion.','type':'invalid_request_error','param':'messages'}}"),
				json("LiteLLM rate limit", 429, Expected.RETRIED,
						"{'error':{'message':'litellm.RateLimitError','type':null,'param':null,'code':'429'}}"),
				json("LiteLLM context window", 400, Expected.MOVES_ON,
						"{'error':{'message':'litellm.ContextWindowExceededError: too long','type':null,'param':null,'code':'400'}}"),
				json("LiteLLM content policy", 400, Expected.THROWN,
						"{'error':{'message':'no','type':'ContentPolicyViolationError','param':null,'code':'400'}}"),
				json("LiteLLM budget", 400, Expected.MOVES_ON,
						"{'error':{'message':'Budget has been exceeded! Current cost: 2','type':'budget_exceeded','param':null,'code':'400'}}"),
				json("LiteLLM unknown model", 400, Expected.MOVES_ON,
						"{'error':{'message':'Invalid model name passed in model=x','type':'None','param':'None','code':'400'}}"),
				json("LiteLLM model not for this key", 401, Expected.MOVES_ON_COUNTED,
						"{'error':{'message':'key not allowed','type':'key_model_access_denied','param':'model','code':'401'}}"),
				json("Portkey guardrail", 446, Expected.THROWN,
						"{'hook_results':{},'error':{'message':'denied','type':'hooks_failed'}}"),
				json("Portkey budget", 412, Expected.MOVES_ON, "{'status':'failure','message':'usage limit exceeded'}"),
				json("TrueFoundry upstream failure", 502, Expected.RETRIED,
						"{'status':'failure','message':'upstream request failed'}"),
				json("OpenRouter numeric code", 402, Expected.MOVES_ON,
						"{'error':{'code':402,'message':'Insufficient credits'}}"),
				json("error as text", 503, Expected.RETRIED, "{'error':'loading model'}"),
				json("unknown words", 400, Expected.MOVES_ON,
						"{'error':{'message':'bad','type':'invalid_request_error','param':null,'code':null}}"),
				json("error inside 200", 200, Expected.RETRIED,
						"{'error':{'message':'overloaded','type':'server_error'}}"),
				json("refusal inside 200", 200, Expected.THROWN,
						"{'error':{'message':'Roles must alternate','type':'invalid_request_error','code':400}}"),
				json("rate limit inside 200", 200, Expected.RETRIED, "{'error':{'code':429,'message':'slow down'}}"),
				json("refusal inside 200, not first", 200, Expected.THROWN,
						"{'id':null,'choices':null,'error':{'message':'Roles must alternate','type':'invalid_request_error','code':400}}"),
				json("key inside 200, beside no choices", 200, Expected.MOVES_ON_COUNTED,
						"{'id':'x','choices':[],'error':{'message':'no','code':401}}"),
				json("vLLM inside 200", 200, Expected.THROWN,
						"{'object':'error','message':'At most 1 image(s) may be provided in one request.','type':'BadRequestError','param':null,'code':400}"),
				json("vLLM context length", 400, Expected.MOVES_ON,
						"{'object':'error','message':'This model has a maximum context length of 4096 tokens.','type':'BadRequestError','param':null,'code':400}"),
				json("TrueFoundry failure inside 200", 200, Expected.RETRIED,
						"{'status':'failure','message':'upstream request failed'}"),
				json("Anthropic context length", 400, Expected.MOVES_ON,
						"{'error':{'type':'invalid_request_error','message':'prompt is too long: 210000 tokens > 200000 maximum'}}"),
				json("Gemini context length", 400, Expected.MOVES_ON,
						"{'error':{'code':400,'message':'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).','status':'INVALID_ARGUMENT'}}"),
				json("Bedrock context length", 400, Expected.MOVES_ON,
						"{'message':'Input is too long for requested model.'}"),
				json("Anthropic credit", 400, Expected.MOVES_ON,
						"{'error':{'type':'invalid_request_error','message':'Your credit balance is too low to access the API.'}}"),
				json("Groq account blocked", 400, Expected.MOVES_ON,
						"{'error':{'message':'Access blocked','type':'invalid_request_error','code':'blocked_api_access'}}"),
				json("OpenAI hard limit", 400, Expected.MOVES_ON,
						"{'error':{'message':'Billing hard limit has been reached','type':'invalid_request_error','code':'billing_hard_limit_reached'}}"),
				json("OpenAI account inactive", 429, Expected.MOVES_ON,
						"{'error':{'message':'Your account is not active','type':'billing_not_active','code':'billing_not_active'}}"),
				json("Groq terms", 400, Expected.MOVES_ON,
						"{'error':{'message':'The model requires terms acceptance','type':'invalid_request_error','code':'model_terms_required'}}"),
				json("LiteLLM no provider", 400, Expected.MOVES_ON,
						"{'error':{'message':'litellm.BadRequestError: LLM Provider NOT provided. You passed model=x','type':null,'param':null,'code':'400'}}"));
	}

	static Stream<Dialect> errorEvents() {
		return Stream.of(
				event("server error", Expected.RETRIED, "{'error':{'message':'overloaded','type':'server_error'}}"),
				event("vLLM", Expected.THROWN,
						"{'object':'error','message':'At most 1 image(s) may be provided in one request.','type':'BadRequestError','param':null,'code':400}"),
				event("OpenRouter numeric code", Expected.RETRIED, "{'error':{'code':502,'message':'upstream'}}"),
				event("rate limit", Expected.RETRIED,
						"{'error':{'message':'slow down','type':'tokens','code':'rate_limit_exceeded'}}"),
				event("quota", Expected.MOVES_ON,
						"{'error':{'message':'no','type':'insufficient_quota','code':'insufficient_quota'}}"),
				event("key", Expected.MOVES_ON_COUNTED,
						"{'error':{'message':'no','type':'authentication_error','code':'invalid_api_key'}}"),
				event("content filter", Expected.THROWN,
						"{'error':{'message':'no','type':'invalid_request_error','code':'content_filter'}}"),
				event("invalid request", Expected.THROWN,
						"{'error':{'message':'Roles must alternate','type':'invalid_request_error','code':null}}"));
	}

	@BeforeAll
	void start() {
		// A budget of retries would be spent by all cases together
		this.model = model("resilience.llm.retry.budget=1");
	}

	@BeforeEach
	void forget() {
		breaker("a").reset();
		this.asked = this.primary.requestCount();
		this.askedNext = this.fallback.requestCount();
	}

	/** After each: all cases have one application. */
	@Override
	public void close() {
	}

	@AfterAll
	void stop() {
		super.close();
	}

	@ParameterizedTest
	@MethodSource("errors")
	void anErrorOfACall(Dialect dialect) {
		this.primary.always(dialect.reply);
		expect(dialect, () -> text(this.model.call(new Prompt("hi"))));
	}

	@ParameterizedTest
	@MethodSource({ "errors", "errorEvents" })
	void anErrorOfAStream(Dialect dialect) {
		this.primary.always(dialect.reply);
		expect(dialect, () -> streamed(this.model));
	}

	private void expect(Dialect dialect, Supplier<String> call) {
		if (dialect.expected == Expected.THROWN) {
			assertThatThrownBy(call::get).isNotInstanceOf(ChainExhaustedException.class);
			assertThat(this.primary.requestCount() - this.asked).isEqualTo(1);
			assertThat(this.fallback.requestCount()).isEqualTo(this.askedNext);
		}
		else {
			assertThat(call.get()).isEqualTo("I am the fallback");
			assertThat(this.primary.requestCount() - this.asked)
				.isEqualTo(dialect.expected == Expected.RETRIED ? 2 : 1);
		}
		assertThat(breaker("a").getMetrics().getNumberOfFailedCalls()).isEqualTo(switch (dialect.expected) {
			case RETRIED -> 2;
			case MOVES_ON_COUNTED -> 1;
			default -> 0;
		});
	}

}
