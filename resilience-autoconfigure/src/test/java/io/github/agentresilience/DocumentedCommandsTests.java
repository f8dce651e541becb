package io.github.agentresilience;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.github.agentresilience.support.Documents;
import io.github.agentresilience.support.Documents.Block;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The commands that the documents show: those to endpoints of ours are sent to an
 * application, of the others it is looked whether what they name is there.
 */
@Timeout(120)
class DocumentedCommandsTests {

	private static final Pattern WORD = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\\S+)");

	/** What stands between two commands of a line, and in no quotes. */
	private static final Pattern BETWEEN = Pattern.compile("(?: \\| | && |; )(?=(?:[^']*'[^']*')*[^']*$)");

	private static final Pattern PROFILE = Pattern.compile("<id>([\\w.-]+)</id>");

	/** What the sample and the application of getting started answer. */
	private static final List<String> OF_OTHERS = List.of("/agent", "/agent/stream", "/ask");

	private static final List<String> TARGETS = List.of("gateway-8b", "gateway-70b", "raw-groq-8b");

	/** A command, and what is shown of its answer. */
	record Command(String place, String text, String answer) {
	}

	static List<Command> commands() {
		List<Command> commands = new ArrayList<>();
		for (Block block : Documents.blocks("")) {
			boolean session = block.text().startsWith("$ ");
			List<String> lines = block.text().replace("\\\n", " ").lines().toList();
			for (int i = 0; i < lines.size(); i++) {
				String line = lines.get(i);
				String next = (session && i + 1 < lines.size()) ? lines.get(i + 1) : "";
				if (!session && isCommand(line) || line.startsWith("$ ")) {
					String[] parts = BETWEEN.split(line.replaceFirst("^\\$ ", ""));
					for (int part = 0; part < parts.length; part++) {
						commands.add(new Command(block.place(), parts[part].replaceFirst(" > [\\w.-]+$", "").strip(),
								(part == parts.length - 1) ? next : ""));
					}
				}
			}
		}
		return commands;
	}

	private static boolean isCommand(String line) {
		return line.matches("(mvn|java|curl|jq|\\.ci/|redis-server).*");
	}

	@Test
	void requestsAreAnsweredAsShown() throws Exception {
		List<Command> requests = commands().stream().filter((each) -> each.text().startsWith("curl ")).toList();
		assertThat(requests).hasSizeGreaterThan(10);
		List<String> properties = new ArrayList<>(List.of("management.endpoints.web.exposure.include=*",
				"management.endpoint.chaos.access=unrestricted", "management.endpoint.experiments.access=unrestricted",
				"resilience.chaos.enabled=true", "resilience.mcp.chains.tools=mcp-primary"));
		for (String target : TARGETS) {
			properties.add("resilience.llm.targets." + target + ".base-url=http://127.0.0.1:9/v1");
			properties.add("resilience.llm.targets." + target + ".model=any");
		}
		try (McpTestServer server = new McpTestServer("primary")) {
			properties.add("spring.ai.mcp.client.streamable-http.connections.mcp-primary.url=" + server.url());
			try (ConfigurableApplicationContext application = TestApplication.runWeb(properties)) {
				String port = application.getEnvironment().getProperty("local.server.port");
				for (Command command : requests) {
					send(command, port);
				}
			}
		}
	}

	private void send(Command command, String port) throws Exception {
		List<String> words = words(command.text());
		String method = null;
		String body = null;
		String address = null;
		Map<String, String> headers = new TreeMap<>();
		for (int i = 1; i < words.size(); i++) {
			switch (words.get(i)) {
				case "-X" -> method = words.get(++i);
				case "-d" -> body = words.get(++i);
				case "-H" -> {
					String[] header = words.get(++i).split(": ", 2);
					headers.put(header[0], header[1]);
				}
				case "-o", "-w" -> i++;
				case "-s", "-sN" -> {
				}
				default -> address = words.get(i);
			}
		}
		if (body != null && body.startsWith("@")) {
			body = "{\"policy\": \"resilience.llm.timeout: 5s\"}";
		}
		assertThat(address).as("%s", command).startsWith("localhost:8080/");
		String path = address.substring("localhost:8080".length());
		if (OF_OTHERS.contains(path)) {
			return;
		}
		HttpRequest.BodyPublisher content = (body != null) ? HttpRequest.BodyPublishers.ofString(body)
				: HttpRequest.BodyPublishers.noBody();
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
			.method((method != null) ? method : (body != null) ? "POST" : "GET", content);
		headers.forEach(request::header);
		HttpResponse<String> response = HttpClient.newHttpClient()
			.send(request.build(), HttpResponse.BodyHandlers.ofString());
		if (command.answer().startsWith("{\"error\"")) {
			assertThat(response.statusCode()).as("%s", command).isEqualTo(400);
			assertThat(response.body()).isEqualTo(command.answer());
		}
		else if (command.answer().matches("\\d{3}")) {
			assertThat(response.statusCode()).as("%s", command).isEqualTo(Integer.parseInt(command.answer()));
		}
		else {
			assertThat(response.statusCode()).as("%s: %s", command, response.body()).isBetween(200, 204);
			if (command.answer().startsWith("{")) {
				assertThat(names(response.body())).as("%s: %s", command, response.body())
					.containsAll(names(command.answer()));
			}
		}
	}

	private static List<String> names(String json) {
		return Pattern.compile("\"(\\w+)\":").matcher(json).results().map((name) -> name.group(1)).distinct().toList();
	}

	@Test
	void whatOtherCommandsNameIsThere() throws Exception {
		List<String> profiles = new ArrayList<>();
		for (String pom : List.of("pom.xml", "resilience-autoconfigure/pom.xml")) {
			PROFILE.matcher(Documents.text(Documents.TOP.resolve(pom)))
				.results()
				.forEach((id) -> profiles.add(id.group(1)));
		}
		String sample = everything(Documents.TOP.resolve("sample-agent-app/src/main/java"));
		List<Command> others = commands().stream().filter((each) -> !each.text().startsWith("curl ")).toList();
		assertThat(others).hasSizeGreaterThan(5);
		for (Command command : others) {
			List<String> words = words(command.text());
			for (String word : words) {
				String place = command.place() + ": " + word;
				if (word.startsWith("-P")) {
					assertThat(profiles).as(place).contains(word.substring(2));
				}
				else if (word.startsWith("-Dtest=")) {
					assertThat(testClass(word.substring(7))).as(place).isTrue();
				}
				else if (word.startsWith("resilience-")) {
					assertThat(Documents.TOP.resolve(word)).as(place).exists();
				}
				else if (word.matches("--[a-z-]+") && command.text().contains("sample-agent-app.jar")) {
					assertThat(sample).as(place).contains('"' + word + '"');
				}
				else if (word.startsWith(".ci/")) {
					assertThat(Documents.TOP.resolve(word)).as(place).exists();
				}
			}
			assertThat(words.get(0)).as(command.place()).matches("mvn|java|echo|jq|redis-server|\\.ci/.*");
		}
	}

	private static boolean testClass(String name) throws Exception {
		try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
			return files.anyMatch((file) -> file.endsWith(name + ".java"));
		}
	}

	private static String everything(Path folder) throws Exception {
		StringBuilder text = new StringBuilder();
		try (Stream<Path> files = Files.walk(folder)) {
			files.filter((file) -> file.toString().endsWith(".java"))
				.forEach((file) -> text.append(Documents.text(file)));
		}
		return text.toString();
	}

	private static List<String> words(String command) {
		List<String> words = new ArrayList<>();
		Matcher word = WORD.matcher(command);
		while (word.find()) {
			words
				.add((word.group(1) != null) ? word.group(1) : (word.group(2) != null) ? word.group(2) : word.group(3));
		}
		return words;
	}

}
