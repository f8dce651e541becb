package io.github.agentresilience.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The documents of the project, and the blocks of code that they show.
 */
public final class Documents {

	public static final Path TOP = Path.of("..");

	public static final Path DOCS = TOP.resolve("docs");

	private static final Pattern BLOCK = Pattern.compile("^```([a-z]*)\n(.*?)^```$",
			Pattern.DOTALL | Pattern.MULTILINE);

	private Documents() {
	}

	/** What users read: the README and all pages. */
	public static List<Path> pages() {
		try (Stream<Path> pages = Files.list(DOCS)) {
			return Stream
				.concat(Stream.of(TOP.resolve("README.md")),
						pages.filter((each) -> each.toString().endsWith(".md")).sorted())
				.toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** The blocks of all pages in that language, which is empty for commands. */
	public static List<Block> blocks(String language) {
		return pages().stream()
			.flatMap((page) -> blocks(page).stream())
			.filter((block) -> block.language().equals(language))
			.toList();
	}

	public static List<Block> blocks(Path page) {
		List<Block> found = new ArrayList<>();
		String text = text(page);
		Matcher block = BLOCK.matcher(text);
		while (block.find()) {
			long line = text.substring(0, block.start()).lines().count() + 1;
			found.add(new Block(page.getFileName() + ":" + line, block.group(1), block.group(2)));
		}
		return found;
	}

	public static String text(Path page) {
		try {
			return Files.readString(page);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** The same without what stands in blocks and between backquotes. */
	public static String prose(Path page) {
		return BLOCK.matcher(text(page)).replaceAll("").replaceAll("`[^`\n]*`", "`code`");
	}

	/** A block of a document. */
	public record Block(String place, String language, String text) {

		@Override
		public String toString() {
			return this.place;
		}

	}

}
