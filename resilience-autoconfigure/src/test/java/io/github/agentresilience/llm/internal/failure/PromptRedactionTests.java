package io.github.agentresilience.llm.internal.failure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.openai.core.ObjectMappers;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

/**
 * What errors repeat of prompts, whatever their length and form.
 */
class PromptRedactionTests {

	private static final int MEGABYTE = 1024 * 1024;

	private static Request request(List<String> texts) {
		List<Map<String, Object>> messages = new ArrayList<>();
		texts.forEach((text) -> messages.add(Map.of("role", "user", "content", text)));
		Map<String, Object> body = new LinkedHashMap<>();
		body.put("model", "a model whose name is long enough");
		body.put("messages", messages);
		body.put("temperature", 1);
		return new Request.Builder().url("http://localhost/")
			.post(RequestBody.create(json(body), MediaType.get("application/json")))
			.build();
	}

	private static String json(Object value) {
		try {
			return ObjectMappers.jsonMapper().writeValueAsString(value);
		}
		catch (JsonProcessingException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String error(String message) {
		return json(Map.of("error", Map.of("message", message, "code", "some_code")));
	}

	private static String words(int letters, long seed) {
		Random random = new Random(seed);
		StringBuilder text = new StringBuilder(letters);
		while (text.length() < letters) {
			text.append((char) ('a' + random.nextInt(26)));
			if (random.nextInt(6) == 0) {
				text.append(' ');
			}
		}
		return text.toString();
	}

	static List<List<String>> megabytes() {
		return List.of(List.of(words(MEGABYTE, 1)), List.of("a".repeat(MEGABYTE)),
				IntStream.range(0, 60_000).mapToObj((i) -> "text no " + i + " of many").toList(),
				IntStream.range(0, 100_000).mapToObj((i) -> "aaaaaaaa" + Integer.toString(i, 36)).toList(),
				IntStream.range(0, 20_000).mapToObj((i) -> words(50, i % 7)).toList(), List.of("\\".repeat(MEGABYTE)),
				List.of("\u4f60\u597d".repeat(MEGABYTE / 4)));
	}

	@ParameterizedTest
	@MethodSource("megabytes")
	void aPromptOfAMegabyteIsLookedThroughInTime(List<String> texts) {
		Request request = request(texts);
		String quoted = texts.get(texts.size() / 2);
		String message = "Cannot take " + quoted.substring(0, Math.min(15_000, quoted.length())) + " from you. "
				+ "a".repeat(15_000) + words(15_000, 3);
		PromptRedaction.removed(error(message), request);
		long start = System.nanoTime();
		for (int i = 0; i < 5; i++) {
			PromptRedaction.removed(error(message), request);
		}
		assertThat(Duration.ofNanos((System.nanoTime() - start) / 5)).isLessThan(Duration.ofSeconds(3));
	}

	@Test
	void aPromptTooLongToLookThroughTakesTheErrorsWordsAway() {
		Request request = request(List.of(words(9 * MEGABYTE, 1), "my secret number is 4711 0815"));
		String error = PromptRedaction.removed(error("You said: my secret number is 4711 0815"), request);
		assertThat(error).contains("some_code").doesNotContain("4711");
	}

	@Test
	void wordsOfTheErrorThatThePromptDoesNotHaveStay() {
		Request request = request(List.of(words(MEGABYTE, 1)));
		String error = error("The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).");
		assertThat(PromptRedaction.removed(error, request)).isEqualTo(error);
	}

	@Test
	void aQuotationIsFoundHoweverItWasEscaped() {
		String prompt = "My \"account\" is\n4711-0815 \u00fcber C:\\new & <more>\tthan\u20ac that";
		Request request = request(List.of(prompt));
		String once = json(prompt);
		String html = prompt.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
		for (String quoted : List.of(prompt, once, json(once), once.replace("\u00fc", "\\u00fc"), html,
				prompt.replace("\n", " "), prompt.toUpperCase(), "'" + prompt.replace("\n", "\\n") + "'",
				prompt.substring(5, 40))) {
			String clean = PromptRedaction.removed(error("Refused: " + quoted + " (end)"), request);
			assertThat(clean).as(quoted).doesNotContain("4711").contains("Refused: ", "(end)", "some_code");
			assertThatCode(() -> ObjectMappers.jsonMapper().readTree(clean)).as(clean).doesNotThrowAnyException();
		}
	}

	@Test
	void aShortTextIsFoundWhereItIsQuotedWhole() {
		Request request = request(List.of("location", "pin 4711", "hi"));
		String error = error("'location' is unknown, relocation too; 'pin 4711' hi");
		assertThat(PromptRedaction.removed(error, request)).contains("'***' is unknown, relocation too; '***' hi");
	}

	@Test
	void whatIsNoTextOfAMessageIsNotLookedFor() {
		Request request = request(List.of("Something else entirely"));
		String error = error("a model whose name is long enough");
		assertThat(PromptRedaction.removed(error, request)).isEqualTo(error);
	}

}
