package io.github.agentresilience.llm.internal.failure;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.LinkedHashMap;
import java.util.Map;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.llm.internal.model.LlmFixture;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.support.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the scorecard and the log say of failures between here and a provider.
 */
@ExtendWith(OutputCaptureExtension.class)
class FailureMessageTests extends LlmFixture {

	private String lastFailure(String target) {
		return this.context.getBean(Scorecard.class)
			.snapshot()
			.layers()
			.get(Layer.LLM)
			.targets()
			.get(target)
			.lastFailure()
			.message();
	}

	@Test
	void aBrokenAnswerIsSaidInWords() {
		ChatModel model = model("resilience.llm.retry.max-attempts=1", "resilience.llm.stream-commit=complete",
				"resilience.llm.breaker.minimum-calls=1000", "resilience.llm.breaker.window=1000");
		Map<Reply, String> broken = new LinkedHashMap<>();
		broken.put(Reply.text("one two three").cutAfter(1), "cut stream");
		broken.put(Reply.text("one two three").malformedAfter(1), "malformed chunk");
		broken.put(Reply.close(), "closed before an answer came");
		broken.put(Reply.reset(), "connection reset");
		broken.forEach((reply, words) -> {
			this.primary.always(reply);
			assertThat(streamed(model)).isEqualTo("I am the fallback");
			assertThat(lastFailure("a")).contains(words).doesNotContain("Exception");
		});
		Map<Reply, String> answers = Map.of(Reply.truncatedJson(), "malformed chunk or answer", Reply.close(),
				"closed before an answer came", Reply.noChoices(), "no choices");
		answers.forEach((reply, words) -> {
			this.primary.always(reply);
			assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
			assertThat(lastFailure("a")).contains(words).doesNotContain("Exception");
		});
	}

	@Test
	void aProviderThatCannotBeReachedIsSaidInWords(CapturedOutput output) throws Exception {
		int free;
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			free = socket.getLocalPort();
		}
		ChatModel model = model("resilience.llm.retry.max-attempts=1",
				"resilience.llm.targets.refusing.base-url=http://127.0.0.1:" + free,
				"resilience.llm.targets.refusing.model=m",
				"resilience.llm.targets.nowhere.base-url=http://nowhere.invalid/v1",
				"resilience.llm.targets.nowhere.model=m",
				"resilience.llm.targets.plain.base-url=" + this.primary.baseUrl().replace("http:", "https:"),
				"resilience.llm.targets.plain.model=m", "resilience.llm.chains.default=refusing,nowhere,plain,b");
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		assertThat(lastFailure("refusing")).isEqualTo("connection refused");
		assertThat(lastFailure("nowhere")).isEqualTo("unknown host");
		assertThat(lastFailure("plain")).startsWith("TLS failure");
		assertThat(output.getAll()).contains("The llm target 'refusing' fails: connection refused");
	}

}
