package io.github.agentresilience.support;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.TargetChain;
import io.github.agentresilience.llm.internal.model.ResilientChatModel;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.mcp.SyncMcpToolCallbackProvider;
import org.springframework.ai.model.anthropic.autoconfigure.AnthropicChatAutoConfiguration;
import org.springframework.ai.model.google.genai.autoconfigure.chat.GoogleGenAiChatAutoConfiguration;
import org.springframework.ai.model.ollama.autoconfigure.OllamaApiAutoConfiguration;
import org.springframework.ai.model.ollama.autoconfigure.OllamaChatAutoConfiguration;
import org.springframework.aot.AotDetector;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import org.springframework.context.annotation.Scope;

/**
 * An application that is processed ahead of time and then started in a process of its
 * own, where it asks everybody and says what it found, a line each.
 */
public final class AheadOfTimeApplication {

	private final ConfigurableApplicationContext context;

	private AheadOfTimeApplication(ConfigurableApplicationContext context) {
		this.context = context;
	}

	/** Starts it with the given options, says what it found, and ends. */
	public static void main(String[] args) throws Exception {
		AheadOfTimeApplication application = new AheadOfTimeApplication(SpringApplication.run(Agent.class, args));
		application.look();
		System.exit(SpringApplication.exit(application.context));
	}

	private static void say(String name, Object value) {
		System.out.println("FOUND " + name + " = " + value);
	}

	private void look() throws Exception {
		say("generated", AotDetector.useGeneratedArtifacts());
		Clients clients = this.context.getBean(Clients.class);
		say("primary model", this.context.getBean(ChatModel.class).getClass().getSimpleName());
		say("client", clients.client().prompt("hi").call().content());
		say("stream", String.join("", clients.client().prompt("hi").stream().content().collectList().block()));
		say("smart", clients.smart().call(new Prompt("hi")).getMetadata().<String>get("resilience.target"));
		say("own client",
				this.context.getBean("ownClient", ChatClient.class)
					.prompt("hi")
					.call()
					.chatResponse()
					.getMetadata()
					.<String>get("resilience.target"));
		say("late", text("lateChatModel"));
		say("sdk refused", text("sdkChatModel"));
		say("sdk", text("sdkChatModel"));
		say("timeout", this.context.getBean(ChatModel.class) instanceof ResilientChatModel model
				? model.chain().targets().get(0).timeouts().attempt() : null);
		say("tools",
				Arrays.stream(clients.tools().getToolCallbacks())
					.map((tool) -> tool.getToolDefinition().name())
					.sorted()
					.toList());
		McpSyncClient mcp = clients.servers().get(0);
		say("tool", mcp.callTool(McpSchema.CallToolRequest.builder("echo").arguments(Map.of("text", "hi")).build())
			.content());
		say("mcp clients", clients.servers().stream().map(String::valueOf).toList());
		ChainRegistry chains = this.context.getBean(ChainRegistry.class);
		for (Layer layer : Layer.values()) {
			say(layer.id() + " chains",
					chains.chains(layer).stream().map(TargetChain::name).sorted().collect(Collectors.joining(",")));
		}
		for (String path : List.of("scorecard", "scorecard?format=html", "scorecard?since=5m", "resilience", "chaos",
				"experiments", "whatif", "health", "metrics/resilience.call", "circuitbreakers")) {
			say(path, send("GET", path, null));
		}
		say("inject", send("POST", "chaos", "{\"fault\":\"burst\",\"layer\":\"llm\",\"target\":\"raw\",\"count\":1}"));
		say("replay", send("POST", "whatif", "{\"resilience.llm.retry.max-attempts\":3}"));
		say("unknown field", send("POST", "chaos", "{\"fault\":\"burst\",\"layer\":\"llm\",\"cuont\":1}"));
	}

	private String text(String model) {
		try {
			return this.context.getBean(model, ChatModel.class)
				.call(new Prompt("hi"))
				.getResult()
				.getOutput()
				.getText();
		}
		catch (ChainExhaustedException ex) {
			return "exhausted after " + ex.attempts().size();
		}
	}

	private int send(String method, String path, String body) throws Exception {
		URI uri = URI.create("http://127.0.0.1:" + this.context.getEnvironment().getProperty("local.server.port")
				+ "/actuator/" + path);
		HttpRequest request = HttpRequest.newBuilder(uri)
			.header("Content-Type", "application/json")
			.method(method,
					(body != null) ? HttpRequest.BodyPublishers.ofString(body) : HttpRequest.BodyPublishers.noBody())
			.build();
		return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
	}

	/** What the application has injected. */
	public record Clients(ChatClient client, ChatModel smart, List<McpSyncClient> servers,
			SyncMcpToolCallbackProvider tools) {
	}

	/** The application's own beans. */
	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@ImportAutoConfiguration({ AnthropicChatAutoConfiguration.class, GoogleGenAiChatAutoConfiguration.class,
			OllamaApiAutoConfiguration.class, OllamaChatAutoConfiguration.class })
	public static class Agent {

		@Bean
		@Primary
		ChatModel ownModel() {
			return new ChatModel() {

				@Override
				public ChatResponse call(Prompt prompt) {
					return new ChatResponse(List.of(new Generation(new AssistantMessage("own"))));
				}

				@Override
				public Flux<ChatResponse> stream(Prompt prompt) {
					return Flux.just(call(prompt));
				}

			};
		}

		@Bean
		Clients clients(ChatClient.Builder builder, @Qualifier("smartChatModel") ChatModel smart,
				List<McpSyncClient> servers, SyncMcpToolCallbackProvider tools) {
			return new Clients(builder.build(), smart, servers, tools);
		}

		@Bean
		@Scope("prototype")
		ChatClient ownClient(@Qualifier("ownModel") ChatModel model) {
			return ChatClient.create(model);
		}

	}

}
