package io.github.agentresilience.llm.internal.history;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import com.google.genai.Client;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.HttpRetryOptions;
import io.github.agentresilience.llm.CallParams;
import io.github.agentresilience.support.StrictAnthropic;
import io.github.agentresilience.support.StrictEndpoint;
import io.github.agentresilience.support.StrictEndpoint.Rules;
import io.github.agentresilience.support.StrictGemini;
import io.github.agentresilience.support.StrictOllama;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TurnEndpoint;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.ai.anthropic.AnthropicChatModel;
import org.springframework.ai.anthropic.AnthropicChatOptions;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.advisor.MessageChatMemoryAdvisor;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.memory.MessageWindowChatMemory;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage.ToolResponse;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.google.genai.GoogleGenAiChatModel;
import org.springframework.ai.google.genai.GoogleGenAiChatOptions;
import org.springframework.ai.ollama.OllamaChatModel;
import org.springframework.ai.ollama.api.OllamaApi;
import org.springframework.ai.ollama.api.OllamaChatOptions;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.core.retry.RetryTemplate;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

/**
 * A turn of three tool calls, two of them at once, that one endpoint begins and another
 * one of each kind goes on with, cut at every step: the right answer, each tool asked
 * once, and no conversation that the strict endpoints refuse.
 */
@Timeout(60)
class HistoryMatrixTests {

	private static final String PAGE = "docs/history-matrix.md";

	private static final Map<String, TurnEndpoint> ENDPOINTS = new LinkedHashMap<>();

	/** How many turns of a pair ended as they should, by its row and column. */
	private static final Map<String, Map<String, Integer>> TURNS = new LinkedHashMap<>();

	private static ConfigurableApplicationContext context;

	private static ChatClient client;

	@BeforeAll
	static void start() {
		List<String> properties = new ArrayList<>(List.of("resilience.llm.retry.max-attempts=1",
				"resilience.llm.breaker.minimum-calls=100000", "resilience.llm.breaker.window=100000",
				"resilience.llm.timeout=20s", "resilience.llm.chains.default=openai"));
		for (Rules rules : Rules.values()) {
			StrictEndpoint endpoint = new StrictEndpoint(rules);
			String name = rules.name().toLowerCase(Locale.ROOT);
			ENDPOINTS.put(name, endpoint);
			properties.add("resilience.llm.targets." + name + ".base-url=" + endpoint.baseUrl());
			properties.add("resilience.llm.targets." + name + ".model=" + rules.model());
		}
		Map.of("native-anthropic", new StrictAnthropic(), "native-gemini", new StrictGemini(), "native-ollama",
				new StrictOllama())
			.entrySet()
			.stream()
			.sorted(Map.Entry.comparingByKey())
			.forEach((entry) -> {
				ENDPOINTS.put(entry.getKey(), entry.getValue());
				properties.add("resilience.llm.targets." + entry.getKey() + ".bean=" + entry.getKey());
				properties.add("test." + entry.getKey() + "=" + entry.getValue().root());
			});
		pairs().map(Arguments::get)
			.forEach((pair) -> properties
				.add("resilience.llm.chains." + pair[0] + "-" + pair[1] + "=" + pair[0] + "," + pair[1]));
		ENDPOINTS.keySet().forEach((name) -> properties.add("resilience.llm.chains.only-" + name + "=" + name));
		context = TestApplication.start(WebApplicationType.NONE, Beans.class, properties);
		client = context.getBean(ChatClient.Builder.class).build();
	}

	@AfterAll
	static void stop() throws IOException {
		context.close();
		ENDPOINTS.values().forEach(TurnEndpoint::close);
		if (TURNS.values().stream().mapToInt(Map::size).sum() == pairs().count()) {
			thePageIsWhatWasFound();
		}
	}

	static Stream<Arguments> pairs() {
		return ENDPOINTS.keySet()
			.stream()
			.flatMap((maker) -> ENDPOINTS.keySet()
				.stream()
				.filter((other) -> !other.equals(maker))
				.map((other) -> Arguments.of(maker, other)));
	}

	static Stream<Arguments> neighbours() {
		List<String> names = List.copyOf(ENDPOINTS.keySet());
		return Stream.iterate(0, (i) -> i + 1)
			.limit(names.size())
			.flatMap((i) -> Stream.of(true, false)
				.map((streaming) -> Arguments.of(names.get(i), names.get((i + 1) % names.size()), streaming)));
	}

	static Stream<String> endpoints() {
		return ENDPOINTS.keySet().stream();
	}

	@ParameterizedTest(name = "{0}, then {1}")
	@MethodSource("pairs")
	void aTurnGoesOnElsewhere(String maker, String other) {
		int turns = 0;
		for (int answered = 0; answered < 3; answered++) {
			for (boolean comesBack : new boolean[] { false, true }) {
				for (boolean streaming : new boolean[] { false, true }) {
					turn(maker, other, answered, comesBack, streaming);
					turns++;
				}
			}
		}
		TURNS.computeIfAbsent(maker, (row) -> new LinkedHashMap<>()).put(other, turns);
	}

	private static void turn(String maker, String other, int answered, boolean comesBack, boolean streaming) {
		ENDPOINTS.get(maker).begin(answered, comesBack);
		ENDPOINTS.get(other).begin(Integer.MAX_VALUE, false);
		Tools tools = new Tools();
		String answer = ask(client.prompt("How warm is it?").tools(tools), maker + "-" + other, streaming);
		String how = "cut after %d, back %s, stream %s".formatted(answered, comesBack, streaming);
		assertThat(ENDPOINTS.get(maker).refusals()).as("refused by the first, " + how).isEmpty();
		assertThat(ENDPOINTS.get(other).refusals()).as("refused by the second, " + how).isEmpty();
		assertThat(answer).as(how).endsWith(TurnEndpoint.ANSWER);
		assertThat(tools.weather).as(how).hasValue(2);
		assertThat(tools.sum).as(how).hasValue(1);
	}

	private static String ask(ChatClient.ChatClientRequestSpec request, String chain, boolean streaming) {
		request.advisors((advisors) -> advisors.param(CallParams.CHAIN, chain));
		if (streaming) {
			return String.join("", request.stream().content().collectList().block());
		}
		List<String> texts = request.call()
			.chatResponse()
			.getResults()
			.stream()
			.map((each) -> each.getOutput().getText())
			.toList();
		return texts.get(texts.size() - 1);
	}

	/** Memory keeps what users and models said, and leaves out the tools. */
	@ParameterizedTest(name = "{0}, then {1}, stream {2}")
	@MethodSource("neighbours")
	void aConversationInMemoryGoesOnElsewhere(String maker, String other, boolean streaming) {
		ChatMemory memory = MessageWindowChatMemory.builder().build();
		ENDPOINTS.get(other).begin(Integer.MAX_VALUE, false);
		for (int turn = 0; turn < 2; turn++) {
			ENDPOINTS.get(maker).begin((turn == 0) ? Integer.MAX_VALUE : 0, false);
			Tools tools = new Tools();
			String answer = ask(
					client.prompt("How warm is it?")
						.tools(tools)
						.advisors(MessageChatMemoryAdvisor.builder(memory).build())
						.advisors((advisors) -> advisors.param(ChatMemory.CONVERSATION_ID, "c1")),
					maker + "-" + other, streaming);
			assertThat(ENDPOINTS.get(other).refusals()).isEmpty();
			assertThat(answer).endsWith(TurnEndpoint.ANSWER);
			assertThat(tools.weather).hasValue(2);
		}
		assertThat(ENDPOINTS.get(other).requests()).last(InstanceOfAssertFactories.STRING)
			.contains(TurnEndpoint.ANSWER);
	}

	@ParameterizedTest
	@MethodSource("endpoints")
	void aHistoryThatTheApplicationBuiltIsTaken(String endpoint) {
		List<Message> messages = List.of(new UserMessage("Hi"), new UserMessage("How warm is it?"),
				AssistantMessage.builder()
					.content("")
					.properties(Map.of(Privates.REASONING, "Hm", Privates.TOOL_CALL_PROPERTIES,
							Map.of("", "{\"extra_content\":{\"google\":{\"thought_signature\":\"x\"}}}"),
							Privates.THOUGHT_SIGNATURES, List.of(new byte[] { 1 })))
					.toolCalls(List.of(new ToolCall("", "function", "weather", "{\"city\":\"Paris\"}"),
							new ToolCall("", "function", "weather", "{\"city\":\"Rome\"}")))
					.build(),
				results("", "20"), results("", "30"));
		ENDPOINTS.get(endpoint).begin(Integer.MAX_VALUE, false);
		for (boolean streaming : new boolean[] { false, true }) {
			Tools tools = new Tools();
			String answer = ask(client.prompt().messages(messages).tools(tools), "only-" + endpoint, streaming);
			assertThat(ENDPOINTS.get(endpoint).refusals()).isEmpty();
			assertThat(answer).endsWith(TurnEndpoint.ANSWER);
			assertThat(tools.weather).hasValue(0);
			assertThat(tools.sum).hasValue(1);
		}
	}

	private static Message results(String id, String result) {
		return ToolResponseMessage.builder().responses(List.of(new ToolResponse(id, "weather", result))).build();
	}

	@ParameterizedTest
	@MethodSource("endpoints")
	void theSameConversationIsAlwaysSentAlike(String endpoint) {
		List<Message> messages = List.of(new UserMessage("How warm is it?"),
				AssistantMessage.builder()
					.content("")
					.properties(Map.of(PortableHistory.MAKER, "another", Privates.REASONING, "Hm"))
					.toolCalls(List.of(new ToolCall("functions.weather:0", "function", "weather", "{}"),
							new ToolCall("", "function", "weather", "{}")))
					.build(),
				results("functions.weather:0", "20"), results("", "30"), new AssistantMessage("20 and 30"),
				new UserMessage("And tomorrow?"));
		TurnEndpoint asked = ENDPOINTS.get(endpoint);
		asked.begin(Integer.MAX_VALUE, false);
		int before = asked.requests().size();
		ask(client.prompt().messages(messages).tools(new Tools()), "only-" + endpoint, false);
		int between = asked.requests().size();
		ask(client.prompt().messages(messages).tools(new Tools()), "only-" + endpoint, false);
		assertThat(asked.requests().get(before)).isEqualTo(asked.requests().get(between));
		assertThat(asked.refusals()).isEmpty();
	}

	private static void thePageIsWhatWasFound() throws IOException {
		Path page = Path.of("..", PAGE);
		String found = page();
		if (!Files.exists(page) || !Files.readString(page).equals(found)) {
			Path written = Path.of("target/history-matrix.md");
			Files.createDirectories(written.getParent());
			Files.writeString(written, found);
			fail(PAGE + " is out of date. To write it anew: cp resilience-autoconfigure/" + written + " " + PAGE);
		}
	}

	private static String page() {
		StringBuilder page = new StringBuilder(
				"""
						# The matrix of histories

						<!-- Written by HistoryMatrixTests, which fails where it finds something else. -->

						One endpoint begins a turn of three tool calls, two of them at once, and fails at one of its three steps, for good or for
						one request, as call and as stream. Another one goes on with the turn. Each row began, each column went on, and each number
						says how many of the 12 turns of a pair ended with the right answer and with each tool run once. The endpoints refuse
						what [histories](histories.md) says that the real ones refuse. "Native" are Spring AI's own models for Anthropic (extended
						thinking on), Google GenAI and Ollama; the others are targets with a `base-url`.

						""");
		List<String> names = List.copyOf(ENDPOINTS.keySet());
		page.append("| begins \\ goes on |");
		names.forEach((name) -> page.append(' ').append(ENDPOINTS.get(name).title()).append(" |"));
		page.append("\n|---|").append("---|".repeat(names.size())).append('\n');
		for (String row : names) {
			page.append("| **").append(ENDPOINTS.get(row).title()).append("** |");
			names.forEach((column) -> page.append(' ')
				.append(row.equals(column) ? "-" : TURNS.get(row).get(column))
				.append(" |"));
			page.append('\n');
		}
		return page.toString();
	}

	static class Tools {

		private final AtomicInteger weather = new AtomicInteger();

		private final AtomicInteger sum = new AtomicInteger();

		@Tool
		int weather(String city) {
			this.weather.incrementAndGet();
			return city.equals("Paris") ? 20 : 30;
		}

		@Tool
		int sum(int a, int b) {
			this.sum.incrementAndGet();
			return a + b;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Beans {

		@Bean("native-anthropic")
		AnthropicChatModel anthropic(Environment environment) {
			return AnthropicChatModel.builder()
				.options(AnthropicChatOptions.builder()
					.baseUrl(environment.getProperty("test.native-anthropic"))
					.apiKey("sk-ant-test")
					.model("claude")
					.maxTokens(4096)
					.maxRetries(0)
					.timeout(Duration.ofSeconds(20))
					.thinkingEnabled(2048)
					.build())
				.build();
		}

		@Bean("native-gemini")
		GoogleGenAiChatModel gemini(Environment environment) {
			return GoogleGenAiChatModel.builder()
				.genAiClient(Client.builder()
					.apiKey("AIza-test")
					.httpOptions(HttpOptions.builder()
						.baseUrl(environment.getProperty("test.native-gemini"))
						.retryOptions(HttpRetryOptions.builder().attempts(1).httpStatusCodes(List.of()).build())
						.build())
					.build())
				.options(GoogleGenAiChatOptions.builder().model("gemini-3-pro").build())
				.retryTemplate(new RetryTemplate(RetryPolicy.withMaxRetries(0)))
				.build();
		}

		@Bean("native-ollama")
		OllamaChatModel ollama(Environment environment) {
			return OllamaChatModel.builder()
				.ollamaApi(OllamaApi.builder()
					.baseUrl(environment.getProperty("test.native-ollama"))
					.restClientBuilder(RestClient.builder().requestFactory(new JdkClientHttpRequestFactory()))
					.build())
				.options(OllamaChatOptions.builder().model("tiny").build())
				.retryTemplate(new RetryTemplate(RetryPolicy.withMaxRetries(0)))
				.build();
		}

	}

}
