package io.github.agentresilience.support;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One thing that a server really sends, and what is to come of it. The README.txt of a
 * folder says how its files are written.
 *
 * @param file the file that it stands in
 * @param name what it shows
 * @param fields what it says of itself, by its keys
 * @param bytes the response from its status line on
 */
public record WireSample(String file, String name, Map<String, List<String>> fields, byte[] bytes) {

	private static final Pattern FIELD = Pattern.compile("^([a-z]+): (.*)$");

	private static final Pattern HEX = Pattern.compile("⟦([0-9A-F ]+)⟧");

	/**
	 * All samples of a folder of the test resources.
	 * @param macro finds what stands for something else
	 * @param meaning says for what
	 */
	public static List<WireSample> all(String folder, Pattern macro, Function<MatchResult, String> meaning) {
		try (Stream<Path> files = Files.list(Path.of(WireSample.class.getResource(folder).toURI()))) {
			return files.filter((file) -> file.toString().endsWith(".wire"))
				.sorted()
				.flatMap((file) -> read(file, macro, meaning).stream())
				.toList();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static List<WireSample> read(Path file, Pattern macro, Function<MatchResult, String> meaning) {
		try {
			List<WireSample> samples = new ArrayList<>();
			String[] parts = Files.readString(file).split("(?m)^=== ");
			for (int i = 1; i < parts.length; i++) {
				samples.add(parse(file.getFileName().toString(), parts[i], macro, meaning));
			}
			return samples;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static WireSample parse(String file, String sample, Pattern macro, Function<MatchResult, String> meaning) {
		String[] halves = sample.split("(?m)^---\n", 2);
		String[] lines = halves[0].split("\n");
		Map<String, List<String>> fields = new LinkedHashMap<>();
		for (int i = 1; i < lines.length; i++) {
			Matcher field = FIELD.matcher(lines[i]);
			if (!field.matches()) {
				throw new IllegalStateException(file + ", " + lines[0] + ": " + lines[i]);
			}
			fields.computeIfAbsent(field.group(1), (key) -> new ArrayList<>()).add(field.group(2));
		}
		return new WireSample(file, lines[0], fields, bytes(halves[1], macro, meaning));
	}

	private static byte[] bytes(String text, Pattern macro, Function<MatchResult, String> meaning) {
		// The blank line before the next sample belongs to none
		String[] halves = text.replaceAll("\n+$", "\n\n").split("\n\n", 2);
		String head = halves[0].replace("\n", "\r\n") + "\r\n\r\n";
		String body = macro.matcher((halves.length > 1) ? halves[1] : "")
			.replaceAll((found) -> Matcher.quoteReplacement(meaning.apply(found)));
		body = body.replaceAll("␍␊\n?", "\r\n").replaceAll("␍\n?", "\r").replaceAll("⏎\n*", "").replace("␀", "\0");
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		bytes.writeBytes(head.getBytes(StandardCharsets.UTF_8));
		int from = 0;
		for (Matcher hex = HEX.matcher(body); hex.find(); from = hex.end()) {
			bytes.writeBytes(body.substring(from, hex.start()).getBytes(StandardCharsets.UTF_8));
			bytes.writeBytes(HexFormat.ofDelimiter(" ").parseHex(hex.group(1)));
		}
		bytes.writeBytes(body.substring(from).getBytes(StandardCharsets.UTF_8));
		return bytes.toByteArray();
	}

	public String one(String key, String otherwise) {
		return this.fields.containsKey(key) ? this.fields.get(key).get(0) : otherwise;
	}

	public List<String> every(String key) {
		return this.fields.getOrDefault(key, List.of());
	}

	/** How many of the bytes are the status line and the headers. */
	public int headLength() {
		return new String(this.bytes, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n") + 4;
	}

	/** The response without its head, with something put in the place of a mark. */
	public byte[] body(String mark, String value) {
		String text = new String(this.bytes, headLength(), this.bytes.length - headLength(),
				StandardCharsets.ISO_8859_1);
		return text.replace(mark, value).getBytes(StandardCharsets.ISO_8859_1);
	}

	/**
	 * Sends the response, and does with the connection what the sample says.
	 * @param mark stands for the value in it
	 * @return whether the connection may be used again
	 */
	public boolean send(RawServer.Connection connection, String mark, String value) throws IOException {
		byte[] body = body(mark, value);
		String head = new String(Arrays.copyOf(this.bytes, headLength()), StandardCharsets.ISO_8859_1).replace(mark,
				value);
		boolean chunked = head.contains("Transfer-Encoding: chunked");
		connection.send(head.replace("Content-Length: all", "Content-Length: " + body.length));
		if (one("packets", "").equals("bytes")) {
			for (byte each : body) {
				connection.send(new byte[] { each });
			}
		}
		else if (chunked && body.length > 0) {
			connection.send(Integer.toHexString(body.length) + "\r\n");
			connection.send(body);
			connection.send("\r\n");
		}
		else {
			connection.send(body);
		}
		switch (one("then", head.contains("Content-Length") ? "keep" : "close")) {
			case "keep" -> {
				return true;
			}
			case "end" -> {
				connection.send("0\r\n\r\n");
				return true;
			}
			case "open" -> connection.in().read();
			case "pings" -> goOn(connection, chunked ? "8\r\n: ping\n\n\r\n" : ": ping\n\n");
			case "flood" -> goOn(connection, "more and more\n".repeat(1000));
			case "reset" -> connection.reset();
			default -> {
			}
		}
		return false;
	}

	/** Sends until the client has had enough. */
	private static void goOn(RawServer.Connection connection, String what) throws IOException {
		connection.socket().setSoTimeout(20);
		while (true) {
			connection.send(what);
			try {
				if (connection.in().read() < 0) {
					return;
				}
			}
			catch (SocketTimeoutException ex) {
				continue;
			}
		}
	}

	@Override
	public String toString() {
		return this.file.replace(".wire", "") + ": " + this.name;
	}

}
