package io.github.agentresilience.sample.world;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The collection that the sample's search tool looks through.
 */
final class Docs {

	private static final List<String> SENTENCES = List.of(
			"A retry helps against a failure that passes by itself, and hurts a server that is already overloaded.",
			"Exponential backoff doubles the wait after each retry; jitter keeps callers from coming back together.",
			"A circuit breaker stops asking a target that fails, and lets a few probes find out when it is well.",
			"A timeout turns a server that says nothing into one that has failed, so that somebody else can be asked.",
			"A fallback asks the next target of the chain; the last one should depend on as little as possible.",
			"Hedging asks a second target when the first is slow, and takes whichever answer comes first.",
			"A deadline bounds the whole call: every attempt, every wait and every target together.");

	private Docs() {
	}

	static String search(String query) {
		List<String> words = Arrays.stream(query.toLowerCase(Locale.ROOT).split("\\W+"))
			.filter((word) -> word.length() > 3)
			.toList();
		String found = SENTENCES.stream()
			.filter((sentence) -> words.stream().anyMatch(sentence.toLowerCase(Locale.ROOT)::contains))
			.limit(3)
			.collect(Collectors.joining(" "));
		return found.isEmpty() ? "Nothing is known about " + query + "." : found;
	}

}
