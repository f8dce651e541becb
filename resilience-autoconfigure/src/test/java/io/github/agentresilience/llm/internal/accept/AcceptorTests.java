package io.github.agentresilience.llm.internal.accept;

import java.util.Collections;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.llm.Accept;
import io.github.agentresilience.llm.AnswerAcceptor;
import io.github.agentresilience.llm.CallParams;
import io.github.agentresilience.llm.internal.history.PortableHistory;
import io.github.agentresilience.llm.internal.model.LlmFixture;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What a call accepts, and what acceptors see.
 */
@ExtendWith(OutputCaptureExtension.class)
class AcceptorTests extends AcceptFixture {

	@ParameterizedTest
	@CsvSource({ "length, false", "length, true", "LENGTH, false" })
	void aCallMaySayWhatItAccepts(Object accept, boolean stream) {
		model();
		this.primary.then(Reply.finished("length", "I am the pri"));
		assertThat(ask(stream, Map.of(CallParams.ACCEPT, accept))).isEqualTo("I am the fallback");
	}

	@Test
	void aCallMayTakeWhateverComes() {
		model(LENGTH);
		this.primary.then(Reply.finished("length", "I am the pri"));
		assertThat(ask(false, Map.of(CallParams.ACCEPT, List.of()))).isEqualTo("I am the pri");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aCallMayHaveItsOwnAcceptor(boolean stream) {
		model();
		AnswerAcceptor acceptor = (prompt, answer) -> text(answer).contains("fallback");
		assertThat(ask(stream, Map.of(CallParams.ACCEPT, List.of(Accept.LENGTH, acceptor))))
			.isEqualTo("I am the fallback");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void anAcceptorSeesTheMetadataOfTheMessage(boolean stream) {
		model();
		AnswerAcceptor acceptor = (prompt, answer) -> "b"
			.equals(answer.getResult().getOutput().getMetadata().get(PortableHistory.MAKER));
		assertThat(ask(stream, Map.of(CallParams.ACCEPT, acceptor))).isEqualTo("I am the fallback");
	}

	@Test
	void aStreamAsAWholeHasItsMediaAndAllThatItsChunksSay() {
		Media media = Media.builder().mimeType(Media.Format.IMAGE_PNG).data(new byte[] { 1 }).build();
		List<ChatResponse> chunks = List.of(chunk("I ", Map.of("refusal", "no", "index", 0), List.of()),
				chunk("am", Map.of("refusal", "", "index", 1), List.of(media)));
		AssistantMessage whole = Said.of(chunks).whole(chunks).getResult().getOutput();
		assertThat(whole.getText()).isEqualTo("I am");
		assertThat(whole.getMedia()).containsExactly(media);
		assertThat(whole.getMetadata()).containsEntry("refusal", "no").containsEntry("index", 1);
	}

	private static ChatResponse chunk(String text, Map<String, Object> metadata, List<Media> media) {
		AssistantMessage message = AssistantMessage.builder().content(text).properties(metadata).media(media).build();
		return new ChatResponse(List.of(new Generation(message)));
	}

	@Test
	void theToolContextSaysItToo() {
		ChatModel model = model();
		this.primary.then(Reply.finished("length", "I am the pri"));
		assertThat(text(model.call(new Prompt("hi",
				OpenAiChatOptions.builder().toolContext(Map.of(CallParams.ACCEPT, Accept.LENGTH)).build()))))
			.isEqualTo("I am the fallback");
	}

	@Test
	void whatIsUnknownIsSaid() {
		model();
		assertThatThrownBy(() -> ask(false, Map.of(CallParams.ACCEPT, "lenght")))
			.isInstanceOf(IllegalArgumentException.class)
			.hasMessageContaining("'lenght'")
			.hasMessageContaining("tool-arguments");
		assertThatThrownBy(() -> ask(false, Map.of(CallParams.ENTITY, "Person")))
			.hasMessageContaining("resilience.entity is a String");
		assertThatThrownBy(() -> ask(false, Map.of(CallParams.ACCEPT, Collections.singletonList(null))))
			.isInstanceOf(IllegalArgumentException.class)
			.hasMessageContaining("resilience.accept holds null");
	}

	@Test
	void acceptorsJudgeTheirChains() {
		model(Acceptors.class, "resilience.llm.chains.other=a,b");
		this.primary.always(Reply.text("bad"));
		assertThat(ask(false, Map.of())).isEqualTo("I am the fallback");
		assertThat(ask(false, Map.of(CallParams.CHAIN, "other"))).isEqualTo("bad");
	}

	@Test
	void anAcceptorThatThrowsHasAccepted(CapturedOutput output) {
		model(Throwing.class);
		assertThat(ask(false, Map.of())).isEqualTo("I am the primary");
		assertThat(output.getOut()).contains("which is ignored from now on");
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Acceptors {

		@Bean
		AnswerAcceptor notBad() {
			return new AnswerAcceptor() {

				@Override
				public boolean accepts(Prompt prompt, ChatResponse answer) {
					return !LlmFixture.text(answer).equals("bad");
				}

				@Override
				public boolean judges(String chain) {
					return chain.equals("default");
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Throwing {

		@Bean
		AnswerAcceptor throwing() {
			return (prompt, answer) -> {
				throw new StackOverflowError();
			};
		}

	}

}
