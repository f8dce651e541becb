package io.github.agentresilience.sample.world;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What the embedded provider is strict about, without which the scenario of a turn that
 * is cut would show nothing.
 */
class EmbeddedProviderTests {

	private static final String CALL = "\"tool_calls\":[{\"id\":\"call_1\",\"type\":\"function\","
			+ "\"function\":{\"name\":\"search_docs\",\"arguments\":\"{}\"}}]";

	private static final EmbeddedProvider provider = new EmbeddedProvider("key",
			new Latency(Duration.ZERO, Duration.ZERO), EmbeddedModel.plain("plain"),
			EmbeddedModel.thinking("thinking"));

	@AfterAll
	static void stop() {
		provider.close();
	}

	private static HttpResponse<String> ask(String model, boolean stream, String question, String assistant)
			throws Exception {
		String history = (assistant != null) ? ",{\"role\":\"assistant\"," + assistant
				+ "},{\"role\":\"tool\",\"tool_call_id\":\"call_1\",\"content\":\"found\"}" : "";
		String body = "{\"model\":\"" + model + "\",\"stream\":" + stream
				+ ",\"messages\":[{\"role\":\"user\",\"content\":\"" + question + "\"}" + history
				+ "],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"search_docs\"}}]}";
		return HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(URI.create(provider.baseUrl() + "/chat/completions"))
				.header("Authorization", "Bearer key")
				.POST(HttpRequest.BodyPublishers.ofString(body))
				.build(), HttpResponse.BodyHandlers.ofString());
	}

	@Test
	void aPlainModelRefusesThoughtsAndAThinkingOneDemandsThem() throws Exception {
		String thought = CALL + ",\"reasoning_content\":\"I think\"";
		HttpResponse<String> refused = ask("plain", false, "Search for hedging", thought);
		assertThat(refused.statusCode()).isEqualTo(400);
		assertThat(refused.body()).contains("'reasoning_content' is unsupported");
		assertThat(ask("plain", false, "Search for hedging", CALL).body()).contains("Here is what I found. found");
		HttpResponse<String> missed = ask("thinking", false, "Search for hedging", CALL);
		assertThat(missed.statusCode()).isEqualTo(400);
		assertThat(missed.body()).contains("Missing `reasoning_content`");
		assertThat(ask("thinking", false, "Search for hedging", thought).body()).contains("Here is what I found. found",
				"\"reasoning_content\"");
	}

	@Test
	void aModelAsksForOneToolAfterTheOther() throws Exception {
		assertThat(ask("plain", false, "Search for hedging, then for jitter.", null).body()).contains("hedging")
			.doesNotContain("jitter");
		assertThat(ask("plain", false, "Search for hedging, then for jitter.", CALL).body()).contains("jitter");
	}

	@Test
	void aModelThatThinksDiesWhenItIsToldTo() throws Exception {
		String thought = CALL + ",\"reasoning_content\":\"I think\"";
		String question = "Search for hedging. Who thinks dies after tool 1.";
		assertThat(ask("thinking", false, question, null).statusCode()).isEqualTo(200);
		assertThatThrownBy(() -> ask("thinking", false, question, thought)).isInstanceOf(IOException.class);
		assertThat(ask("thinking", true, question, thought).body()).contains("Here")
			.doesNotContain("[DONE]", "\"stop\"");
		assertThat(ask("plain", false, question, CALL).statusCode()).isEqualTo(200);
	}

}
