package io.github.agentresilience.llm.internal.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.llm.StreamRestarts;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.ChatClientRequest;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.client.advisor.MessageChatMemoryAdvisor;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisor;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisorChain;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.memory.MessageWindowChatMemory;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.MessageType;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.model.MessageAggregator;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * What Spring AI's own aggregation keeps of a stream that was begun anew: the last
 * version, in chat memory, tool loop and advisors.
 */
class RestartedMemoryTests extends LlmFixture {

	private static final Map<String, Object> CONVERSATION = Map.of(ChatMemory.CONVERSATION_ID, "c1");

	private final ChatMemory memory = MessageWindowChatMemory.builder().build();

	private final Lookup lookup = new Lookup();

	private ChatClient.ChatClientRequestSpec ask() {
		return this.context.getBean(ChatClient.Builder.class)
			.defaultAdvisors(MessageChatMemoryAdvisor.builder(this.memory).build())
			.build()
			.prompt("hi")
			.tools(this.lookup)
			.advisors((advisors) -> advisors.params(CONVERSATION));
	}

	private List<Message> remembered() {
		return this.memory.get("c1");
	}

	private static String shown(Flux<ChatResponse> stream) {
		return StreamRestarts.text(stream)
			.map((piece) -> (piece.restart() ? "|" : "") + piece.text())
			.collect(Collectors.joining())
			.block();
	}

	@Test
	void chatMemoryKeepsTheLastVersionOnly() {
		model(StreamRestartTests.RESTART);
		this.primary.always(Reply.text("I am the primary").cutAfter(2));
		assertThat(shown(ask().stream().chatResponse())).isEqualTo("I am |I am the fallback");
		assertThat(remembered()).extracting(Message::getText).containsExactly("hi", "I am the fallback");
		assertThat(remembered().get(1)).isExactlyInstanceOf(AssistantMessage.class);
		shown(ask().stream().chatResponse());
		assertThat(this.fallback.requests().get(1).body()).contains("\"I am the fallback\"")
			.doesNotContain("I am I am");
	}

	@Test
	void chatMemoryKeepsAnAnswerThatDidNotBreak() {
		model(StreamRestartTests.RESTART);
		assertThat(shown(ask().stream().chatResponse())).isEqualTo("I am the primary");
		assertThat(remembered()).extracting(Message::getText).containsExactly("hi", "I am the primary");
	}

	@Test
	void anAnswerThatIsBegunAnewAfterAToolCallRunsTheToolOnce() {
		model(StreamRestartTests.RESTART);
		this.primary.then(Reply.toolCall("lookup", "{}")).then(Reply.text("I am the primary").cutAfter(2));
		assertThat(shown(ask().stream().chatResponse())).isEqualTo("I am |I am the fallback");
		assertThat(this.lookup.runs).isEqualTo(1);
		assertThat(remembered()).filteredOn((message) -> message.getMessageType() == MessageType.ASSISTANT)
			.last()
			.extracting(Message::getText)
			.isEqualTo("I am the fallback");
		assertThat(remembered()).noneMatch((message) -> message.getText().contains("I am I am"));
	}

	@Test
	void aVersionThatIsBegunAnewMayCallTools() {
		model(StreamRestartTests.RESTART);
		this.primary.then(Reply.text("Let me see").cutAfter(2));
		this.fallback.then(Reply.toolCall("lookup", "{}"));
		assertThat(shown(ask().stream().chatResponse())).startsWith("Let me ").endsWith("I am the fallback");
		assertThat(this.lookup.runs).isEqualTo(1);
		assertThat(remembered()).noneMatch((message) -> message.getText().contains("Let me"));
	}

	@Test
	void aToolThatAVoidVersionCalledDoesNotRun() {
		model(CallsAndBreaks.class, StreamRestartTests.RESTART, "resilience.llm.targets.bean.bean=callsAndBreaks",
				"resilience.llm.chains.default=bean,b");
		assertThat(shown(ask().stream().chatResponse())).isEqualTo("Let me see|I am the fallback");
		assertThat(this.lookup.runs).isZero();
		assertThat(remembered()).extracting(Message::getText).containsExactly("hi", "I am the fallback");
	}

	@Test
	void whoeverAggregatesByItselfGetsTheLastVersion() {
		ChatModel model = model(StreamRestartTests.RESTART);
		this.primary.always(Reply.text("I am the primary").cutAfter(2));
		AtomicReference<ChatResponse> whole = new AtomicReference<>();
		new MessageAggregator().aggregate(model.stream(new Prompt("hi")), whole::set).blockLast();
		assertThat(text(whole.get())).isEqualTo("I am the fallback");
		assertThat(whole.get().getMetadata().getModel()).isEqualTo("model-b");
		assertThat(whole.get().getMetadata().getUsage().getTotalTokens()).isPositive();
		assertThat(whole.get().getResult().getMetadata().getFinishReason()).isEqualToIgnoringCase("stop");
	}

	@Test
	void anAdvisorOfTheApplicationSeesEveryChunkAsItComes() {
		model(StreamRestartTests.RESTART);
		this.primary.always(Reply.text("I am the primary").cutAfter(2));
		SeesChunks advisor = new SeesChunks();
		ask().advisors(advisor).stream().chatResponse().blockLast();
		assertThat(String.join("", advisor.seen)).isEqualTo("I am I am the fallback");
	}

	@Test
	void aClientsStreamOfMereTextIsInterrupted() {
		model(StreamRestartTests.RESTART);
		this.primary.always(Reply.text("I am the primary").cutAfter(2));
		StringBuilder seen = new StringBuilder();
		StreamInterruptedException thrown = catchThrowableOfType(StreamInterruptedException.class,
				() -> ask().stream().content().doOnNext(seen::append).blockLast());
		assertThat(thrown.textSoFar()).isEqualTo("I am ");
		assertThat(seen).hasToString("I am ");
		assertThat(remembered()).extracting(Message::getText).containsExactly("hi");
		this.primary.always(Reply.text("I am the primary"));
		assertThat(ask().stream().content().collect(Collectors.joining()).block()).isEqualTo("I am the primary");
	}

	static class Lookup {

		private int runs;

		@Tool
		String lookup() {
			this.runs++;
			return "found";
		}

	}

	static class SeesChunks implements StreamAdvisor {

		private final List<String> seen = new ArrayList<>();

		@Override
		public Flux<ChatClientResponse> adviseStream(ChatClientRequest request, StreamAdvisorChain chain) {
			return chain.nextStream(request).doOnNext((chunk) -> this.seen.add(chunkText(chunk.chatResponse())));
		}

		@Override
		public String getName() {
			return "sees chunks";
		}

		@Override
		public int getOrder() {
			return 0;
		}

	}

	@Import(TestApplication.Application.class)
	static class CallsAndBreaks {

		/** A model of another kind, which shows a tool call before its stream ends. */
		@Bean
		ChatModel callsAndBreaks() {
			return new ChatModel() {

				@Override
				public ChatResponse call(Prompt prompt) {
					throw new IllegalStateException("down");
				}

				@Override
				public Flux<ChatResponse> stream(Prompt prompt) {
					AssistantMessage call = AssistantMessage.builder()
						.content("")
						.toolCalls(List.of(new AssistantMessage.ToolCall("call_1", "function", "lookup", "{}")))
						.build();
					return Flux.just(new AssistantMessage("Let me see"), call)
						.map((message) -> new ChatResponse(List.of(new Generation(message))))
						.concatWith(Flux.error(new UncheckedIOException(new IOException("cut"))));
				}

				@Override
				public ChatOptions getOptions() {
					return ToolCallingChatOptions.builder().build();
				}

			};
		}

	}

}
