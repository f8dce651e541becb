package io.github.agentresilience.llm.internal.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage.ToolResponse;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;

/**
 * What it adds to a call to make a conversation of 50 messages fit: one that its target has had itself, and one that
 * another target has had. "prompt" is what a call makes of every conversation, without translation.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class HistoryBenchmark {

	@Param({ "groq", "mistral", "deepseek", "anthropic" })
	private String dialect;

	private PortableHistory history;

	private Prompt own;

	private Prompt foreign;

	@Setup
	public void make() {
		this.history = new PortableHistory("one", switch (this.dialect) {
			case "groq" -> Dialects.GROQ;
			case "mistral" -> Dialects.MISTRAL;
			case "deepseek" -> Dialects.DEEPSEEK;
			default -> Dialects.ANTHROPIC;
		});
		this.own = conversation("one", "", "call_abcdefghijklmnopqrs");
		this.foreign = conversation("other", "I should ask a tool.", "functions.weather:");
	}

	private static Prompt conversation(String maker, String reasoning, String ids) {
		List<Message> messages = new ArrayList<>(List.of(new UserMessage("Hi"), new AssistantMessage("Hello")));
		messages.get(1).getMetadata().put(PortableHistory.MAKER, maker);
		for (int i = 0; messages.size() < 50; i += 2) {
			messages.add(new UserMessage("How warm is it in city " + i + "?"));
			messages.add(AssistantMessage.builder()
				.content("")
				.properties(Map.of(PortableHistory.MAKER, maker, Privates.REASONING, reasoning))
				.toolCalls(List.of(new ToolCall(ids + i, "function", "weather", "{}"),
						new ToolCall(ids + (i + 1), "function", "weather", "{}")))
				.build());
			messages.add(ToolResponseMessage.builder()
				.responses(List.of(new ToolResponse(ids + i, "weather", "20"),
						new ToolResponse(ids + (i + 1), "weather", "30")))
				.build());
			messages.add(AssistantMessage.builder()
				.content("20 and 30")
				.properties(Map.of(PortableHistory.MAKER, maker, Privates.REASONING, reasoning))
				.build());
		}
		return new Prompt(messages, ChatOptions.builder().build());
	}

	@Benchmark
	public Prompt prompt() {
		return new Prompt(this.own.getInstructions(), this.own.getOptions());
	}

	@Benchmark
	public Prompt sameTarget() {
		return this.history.fit(new Prompt(this.own.getInstructions(), this.own.getOptions()));
	}

	@Benchmark
	public Prompt anotherTarget() {
		return this.history.fit(new Prompt(this.foreign.getInstructions(), this.foreign.getOptions()));
	}

}
