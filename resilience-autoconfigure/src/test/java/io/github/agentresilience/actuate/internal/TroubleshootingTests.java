package io.github.agentresilience.actuate.internal;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The page on troubleshooting gives the same advice as the scorecard's page, and shows
 * only what an application in that trouble really says.
 */
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class TroubleshootingTests {

	private static final Path PAGE = Path.of("..", "docs", "troubleshooting.md");

	private static final Pattern SHOWN = Pattern.compile("```(?:text|json)\n(.*?)```", Pattern.DOTALL);

	private static final String FALLBACK = "raw-groq-8b";

	private final List<ScriptedProvider> providers = new ArrayList<>();

	private final List<String> properties = new ArrayList<>(List.of("resilience.llm.retry.initial-backoff=1ms",
			"management.endpoints.web.exposure.include=*", "logging.level.io.github.agentresilience=INFO",
			"resilience.chaos.enabled=true", "management.endpoint.chaos.access=unrestricted"));

	@Test
	void thePageGivesTheAdviceOfTheScorecard() throws Exception {
		String page = Files.readString(PAGE);
		JsonNode advice;
		try (var resource = ScorecardPage.class.getResourceAsStream("scorecard-advice.json")) {
			advice = JsonMapper.shared().readTree(resource);
		}
		for (JsonNode each : advice) {
			String title = "## " + each.get("title").asString() + "\n";
			assertThat(page).contains(title);
			String section = page.substring(page.indexOf(title) + title.length()).split("\n## ", 2)[0];
			List<String> steps = IntStream.range(0, 3)
				.mapToObj((i) -> (i + 1) + ". " + each.get("look").get(i).asString())
				.toList();
			assertThat(section.lines().filter((line) -> line.matches("\\d\\. .*"))).as(title).isEqualTo(steps);
			assertThat(SHOWN.matcher(section).find()).as("%s shows what one sees", title).isTrue();
		}
	}

	@Test
	void whatThePageShowsIsSaidByAnApplication(CapturedOutput output) throws Exception {
		Map<String, Reply> troubles = new LinkedHashMap<>();
		troubles.put("down", Reply.status(503));
		troubles.put("slow", Reply.hang());
		troubles.put("busy", Reply.status(429).header("Retry-After", "30"));
		troubles.put("locked",
				Reply.error(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided"));
		troubles.put("renamed",
				Reply.error(404, "invalid_request_error", "model_not_found", "The model does not exist"));
		troubles.put("unpaid",
				Reply.error(429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota"));
		troubles.put("small", Reply.error(400, "invalid_request_error", "context_length_exceeded", "too long"));
		troubles.put("plain", Reply.error(400, "invalid_request_error", "x", "This model does not support tools"));
		troubles.put("proud", Reply.error(400, "invalid_request_error", "x",
				"messages.1: property 'reasoning_content' is unsupported"));
		troubles.put("clumsy",
				Reply.error(400, "invalid_request_error", "tool_use_failed", "Failed to call a function"));
		troubles.put("strict", Reply.error(400, "invalid_request_error", "content_filter", "filtered"));
		troubles.put("closed", Reply.status(405));
		troubles.put("capped", Reply.text("good"));
		troubles.put("full", Reply.text("good"));
		troubles.put("off", Reply.text("good"));
		troubles.forEach((name, reply) -> {
			target(name, provider(reply).baseUrl());
			this.properties.add("resilience.llm.chains." + name + "=" + name + "," + FALLBACK);
		});
		target(FALLBACK, provider(Reply.text("good")).baseUrl());
		target("gateway-8b", provider(Reply.status(502)).baseUrl());
		target("gone", "http://127.0.0.1:9/v1");
		this.properties.addAll(
				List.of("resilience.llm.chains.default=gateway-8b,gone", "resilience.llm.targets.slow.timeout=200ms",
						"resilience.llm.targets.capped.limits.requests-per-minute=1",
						"resilience.llm.targets.full.limits.concurrency=1", "resilience.llm.retires.max-attempts=3",
						"resilience.mcp.chains.search=mcp-primary,mcp-fallback",
						"spring.ai.mcp.client.streamable-http.connections.notes.url=http://127.0.0.1:9"));
		try (McpTestServer first = new McpTestServer("first"); McpTestServer second = new McpTestServer("second")) {
			String connections = "spring.ai.mcp.client.streamable-http.connections.";
			this.properties.add(connections + "mcp-primary.url=" + first.url());
			this.properties.add(connections + "mcp-fallback.url=" + second.url());
			try (ConfigurableApplicationContext context = TestApplication.runWeb(this.properties)) {
				suffer(context, troubles);
			}
		}
		finally {
			this.providers.forEach(ScriptedProvider::close);
		}
		assertThatThrownBy(() -> TestApplication.run(List.of("resilience.llm.targets.gateway-8b.base-url=http://x/v1",
				"resilience.llm.targets.gateway-8b.model=m", "resilience.llm.chains.default=gateway-8b,raw-groq-8b")))
			.isInstanceOf(RuntimeException.class);
		String seen = output.getAll();
		for (String name : troubles.keySet()) {
			seen = seen.replace("chain '" + name + "'", "chain 'default'").replace("'" + name + "'", "'gateway-8b'");
		}
		String said = withoutTimes(seen.replace("gone ", "raw-groq-8b "));
		assertThat(shown()).hasSizeGreaterThan(20).allSatisfy((line) -> assertThat(said).contains(withoutTimes(line)));
	}

	private static List<String> shown() throws Exception {
		return SHOWN.matcher(Files.readString(PAGE))
			.results()
			.map((MatchResult block) -> block.group(1))
			.flatMap(String::lines)
			.filter((line) -> !line.isBlank())
			.toList();
	}

	private static String withoutTimes(String text) {
		return text.replaceAll("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z", "<time>").replaceAll("\\d+ ms", "<n> ms");
	}

	private ScriptedProvider provider(Reply reply) {
		ScriptedProvider provider = new ScriptedProvider();
		provider.always(reply);
		this.providers.add(provider);
		return provider;
	}

	private void target(String name, String baseUrl) {
		this.properties.add("resilience.llm.targets." + name + ".base-url=" + baseUrl);
		this.properties.add("resilience.llm.targets." + name + ".model=m");
	}

	@SuppressWarnings("unchecked")
	private static void suffer(ConfigurableApplicationContext context, Map<String, Reply> troubles) throws Exception {
		String actuator = "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port")
				+ "/actuator/";
		send("POST", actuator + "resilience/off", "{\"state\":\"FORCED_OPEN\"}");
		context.getBean(ChainRegistry.class)
			.targets(Layer.LLM)
			.stream()
			.filter((target) -> target.name().equals("full"))
			.forEach((target) -> target.limits().tryTake(null, 0));
		for (String name : troubles.keySet()) {
			ask(context, name + "ChatModel", name.equals("down") ? 3 : name.equals("capped") ? 2 : 1);
		}
		ask(context, "defaultChatModel", 1);
		List<McpSyncClient> clients = (List<McpSyncClient>) context.getBean("mcpSyncClients");
		send("POST", actuator + "chaos",
				"{\"fault\":\"mcp-tool\",\"layer\":\"mcp\",\"target\":\"mcp-primary\",\"tool\":\"search\"}");
		for (McpSyncClient client : clients) {
			try {
				client.callTool(CallToolRequest.builder("search").arguments(Map.of("text", "x")).build());
			}
			catch (RuntimeException ex) {
				System.out.println(ex);
			}
		}
		for (String path : List.of("scorecard", "resilience", "health")) {
			System.out.println(send("GET", actuator + path, null));
		}
	}

	private static void ask(ConfigurableApplicationContext context, String bean, int times) {
		ChatModel model = context.containsBean(bean) ? context.getBean(bean, ChatModel.class)
				: context.getBean(ChatModel.class);
		for (int i = 0; i < times; i++) {
			try {
				model.call(new Prompt("hi"));
			}
			catch (RuntimeException ex) {
				System.out.println(ex);
			}
		}
	}

	private static String send(String method, String url, String body) throws Exception {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
			.header("Content-Type", "application/json");
		return HttpClient.newHttpClient()
			.send(request
				.method(method,
						(body != null) ? HttpRequest.BodyPublishers.ofString(body)
								: HttpRequest.BodyPublishers.noBody())
				.build(), HttpResponse.BodyHandlers.ofString())
			.body();
	}

}
