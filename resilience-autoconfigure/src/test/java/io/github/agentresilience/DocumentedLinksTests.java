package io.github.agentresilience;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.github.agentresilience.support.Documents;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whoever follows a link of the documents arrives, and every page can be found.
 */
class DocumentedLinksTests {

	private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");

	private static final Pattern HEADING = Pattern.compile("^#+ (.+)$", Pattern.MULTILINE);

	private static final Pattern ALERT = Pattern.compile("- alert: (\\w+)");

	static Stream<Path> documents() {
		return Stream.concat(Documents.pages().stream(),
				Stream.of("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "sample-agent-app/README.md")
					.map(Documents.TOP::resolve));
	}

	@ParameterizedTest
	@MethodSource("documents")
	void linksLeadSomewhere(Path document) {
		List<String> broken = new ArrayList<>();
		for (String link : links(document)) {
			int anchor = link.indexOf('#');
			String file = (anchor >= 0) ? link.substring(0, anchor) : link;
			Path to = file.isEmpty() ? document : document.resolveSibling(file);
			if (!Files.exists(to)
					|| (anchor >= 0 && !anchors(Documents.text(to)).contains(link.substring(anchor + 1)))) {
				broken.add(link);
			}
		}
		assertThat(broken).isEmpty();
	}

	@Test
	void everyPageIsInTheGuide() {
		Path guide = Documents.DOCS.resolve("guide.md");
		assertThat(links(guide)).contains(Documents.pages()
			.stream()
			.filter((page) -> !page.endsWith("README.md") && !page.equals(guide))
			.map((page) -> page.getFileName().toString())
			.toArray(String[]::new));
	}

	@Test
	void everyAlertHasItsParagraphAndThreeThingsToLookAt() {
		String page = Documents.text(Documents.DOCS.resolve("operating.md"));
		List<String> alerts = ALERT.matcher(Documents.text(Documents.DOCS.resolve("prometheus-rules.yml")))
			.results()
			.map((alert) -> alert.group(1))
			.toList();
		assertThat(alerts).hasSizeGreaterThan(5).allSatisfy((alert) -> {
			String title = "\n### " + alert + "\n";
			assertThat(page).contains(title);
			String section = page.substring(page.indexOf(title) + title.length()).split("\n##", 2)[0];
			assertThat(section.lines().filter((line) -> line.matches("\\d\\. .*"))).hasSize(3);
		});
	}

	private static List<String> links(Path document) {
		return LINK.matcher(Documents.prose(document))
			.results()
			.map((link) -> link.group(1))
			.filter((link) -> !link.contains("://"))
			.toList();
	}

	/** As those who show Markdown make them of headings. */
	private static Set<String> anchors(String text) {
		Set<String> anchors = new HashSet<>();
		for (MatchResult heading : HEADING.matcher(text.replaceAll("(?ms)^```.*?^```$", "")).results().toList()) {
			String anchor = heading.group(1)
				.toLowerCase(Locale.ROOT)
				.replaceAll("\\]\\([^)]*\\)", "")
				.replaceAll("[^\\w\\- ]", "")
				.replace(' ', '-');
			for (int same = 0; !anchors.add((same > 0) ? anchor + "-" + same : anchor); same++) {
				assertThat(same).isLessThan(10);
			}
		}
		return anchors;
	}

}
