package io.github.agentresilience.llm.internal.failure;

import com.openai.errors.OpenAIServiceException;
import io.github.agentresilience.chain.AttemptFailureException;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.llm.internal.model.LlmFixture;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.retry.NonTransientAiException;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Providers that quote in their errors what they were asked.
 */
@ExtendWith(OutputCaptureExtension.class)
class PromptSecrecyTests extends LlmFixture {

	private static final String PROMPT = "My account number is 4711-0815 and my \"pin\" is\n1234, please remember both";

	private static final String QUOTED = PROMPT.replace("\"", "\\\"").replace("\n", "\\n");

	private static final String LOGS_ON = "logging.level.org.springframework.ai.chat.model.MessageAggregator=ERROR";

	private static Throwable ask(ChatModel model, boolean stream) {
		return catchThrowable(() -> {
			if (stream) {
				model.stream(new Prompt(PROMPT)).blockLast();
			}
			else {
				model.call(new Prompt(PROMPT));
			}
		});
	}

	private static void expectNothingOfIt(Throwable thrown, CapturedOutput output) {
		assertThat(thrown).isNotNull();
		assertThat(Throwables.getStackTrace(thrown)).doesNotContain("4711", "1234", "My account");
		assertThat(output.getAll()).doesNotContain("4711", "1234", "My account");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void anExhaustedChainHoldsNothingOfIt(boolean stream, CapturedOutput output) {
		this.primary.always(Reply.error(503, "down", "down", "Could not answer: " + QUOTED));
		this.fallback
			.always(Reply.error(500, "down", "down", "Refused '" + QUOTED.substring(3, 40) + "...' (truncated)"));
		Throwable thrown = ask(model(LOGS_ON), stream);
		expectNothingOfIt(thrown, output);
		assertThat(thrown).isInstanceOf(ChainExhaustedException.class);
		assertThat(thrown.getCause()).isInstanceOfSatisfying(AttemptFailureException.class, (cause) -> {
			assertThat(cause.status()).isEqualTo(500);
			assertThat(cause.getMessage()).contains("InternalServerException");
			assertThat(cause.original()).isInstanceOf(OpenAIServiceException.class);
			assertThat(cause.getStackTrace()).isNotEmpty();
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aRefusalKeepsItsOwnWords(boolean stream, CapturedOutput output) {
		this.primary
			.always(Reply.error(400, "invalid_request_error", "bad", "Invalid value for 'top_k'. You said: " + QUOTED));
		Throwable thrown = ask(model(LOGS_ON), stream);
		expectNothingOfIt(thrown, output);
		assertThat(Throwables.getStackTrace(thrown)).contains("Invalid value for 'top_k'");
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"detail\":[{\"msg\":\"Input should be a valid list\",\"input\":\"%s\"}]}",
			"[{\"error\":{\"message\":\"Invalid value: %s\",\"status\":\"INVALID_ARGUMENT\"}}]",
			"{\"error\":\"Invalid value: %s\"}", "Invalid value: %s", "<html><body>Invalid value: %s</body></html>",
			"{\"error\":{},\"message\":\"Invalid value: %s\"}" })
	void aRefusalInAnotherFormHoldsNothingOfItEither(String body, CapturedOutput output) {
		this.primary.always(Reply.raw(400, "text/plain", body.formatted(QUOTED)));
		this.fallback.always(Reply.raw(400, "text/plain", body.formatted(QUOTED)));
		ChatModel model = model(LOGS_ON);
		expectNothingOfIt(ask(model, false), output);
		expectNothingOfIt(ask(model, true), output);
	}

	@Test
	void anErrorTooLongToLookThroughKeepsWhatItIsKnownBy(CapturedOutput output) {
		this.primary.always(Reply.error(400, "invalid_request_error", "context_length_exceeded",
				"Too long: " + QUOTED + "x".repeat(80_000)));
		assertThat(text(model(LOGS_ON).call(new Prompt(PROMPT)))).isEqualTo("I am the fallback");
		assertThat(output.getAll()).doesNotContain("4711", "1234", "My account");
		this.primary.always(Reply.error(422, "invalid_request_error", "invalid_value", QUOTED + "x".repeat(80_000)));
		expectNothingOfIt(catchThrowable(() -> this.context.getBean(ChatModel.class).call(new Prompt(PROMPT))), output);
	}

	@Test
	void aPromptThatSpeaksOfErrorsHidesNone() {
		String code = "context_length_exceeded";
		this.primary.always(Reply.error(400, code, code, "No"));
		assertThat(text(model().call(new Prompt(code)))).isEqualTo("I am the fallback");
	}

	@Test
	void aBrokenStreamHoldsNothingOfIt(CapturedOutput output) {
		this.primary.always(Reply.raw(200, "text/event-stream",
				"data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
						+ "\"delta\":{\"content\":\"Well\"},\"finish_reason\":null}]}\n\n"
						+ "data: {\"error\":{\"message\":\"upstream said no to " + QUOTED
						+ "\",\"type\":\"server_error\"}}\n\n"));
		Throwable thrown = ask(model(LOGS_ON), true);
		expectNothingOfIt(thrown, output);
		assertThat(thrown).isInstanceOf(StreamInterruptedException.class)
			.hasCauseInstanceOf(TargetFailureException.class);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void norDoesThatOfABeanWhoseWireIsNotOurs(boolean stream, CapturedOutput output) {
		ChatModel model = model(Quoting.class, "resilience.llm.targets.q.bean=quoting",
				"resilience.llm.chains.default=q");
		ChainExhaustedException thrown = catchThrowableOfType(ChainExhaustedException.class, () -> {
			throw ask(model, stream);
		});
		expectNothingOfIt(thrown, output);
		assertThat(thrown.attempts()).extracting("status").containsOnly(503);
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Quoting {

		@Bean
		ChatModel quoting() {
			return new ChatModel() {

				@Override
				public ChatResponse call(Prompt prompt) {
					throw new NonTransientAiException("HTTP 503 - cannot answer " + prompt.getContents());
				}

				@Override
				public Flux<ChatResponse> stream(Prompt prompt) {
					return Flux
						.error(() -> new NonTransientAiException("HTTP 503 - cannot answer " + prompt.getContents()));
				}

			};
		}

	}

}
