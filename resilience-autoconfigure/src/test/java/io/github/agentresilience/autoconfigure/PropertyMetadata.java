package io.github.agentresilience.autoconfigure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.ClassUtils;

/**
 * The metadata of the properties, as it was built, beside the properties that there are.
 * Those below a name, such as those of one target, are not in the metadata themselves:
 * editors take them from the type of the map, so they are looked up in its source.
 *
 * @param properties the properties of the metadata, by name
 * @param groups the groups of the metadata
 * @param hints the hints of the metadata
 * @param settings every property that there is, {@code *} for a name
 * @param javadocs what the source says of components of records
 */
record PropertyMetadata(Map<String, JsonNode> properties, List<JsonNode> groups, List<JsonNode> hints,
		Map<String, RecordComponent> settings, Map<String, String> javadocs) {

	private static final String FILE = "META-INF/spring-configuration-metadata.json";

	private static final Path SOURCE = Path
		.of("src/main/java/io/github/agentresilience/autoconfigure/ResilienceProperties.java");

	private static final Pattern RECORD = Pattern
		.compile("/\\*\\*((?:(?!\\*/).)*)\\*/\\s*(?:@\\w+\\([^)]*\\)\\s*)?public record (\\w+)\\(", Pattern.DOTALL);

	static PropertyMetadata read() {
		try {
			Path classes = Path
				.of(ResilienceProperties.class.getProtectionDomain().getCodeSource().getLocation().toURI());
			JsonNode built = JsonMapper.shared().readTree(Files.readString(classes.resolve(FILE)));
			Map<String, RecordComponent> settings = new TreeMap<>();
			walk(ResilienceProperties.PREFIX, ResilienceProperties.class, settings);
			Map<String, JsonNode> properties = built.path("properties")
				.valueStream()
				.collect(Collectors.toMap((property) -> property.path("name").asString(), (property) -> property,
						(one, other) -> one, TreeMap::new));
			return new PropertyMetadata(properties, built.path("groups").valueStream().toList(),
					built.path("hints").valueStream().toList(), settings, javadocs(Files.readString(SOURCE)));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (URISyntaxException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static Map<String, String> javadocs(String source) {
		Map<String, String> javadocs = new TreeMap<>();
		Matcher record = RECORD.matcher(source);
		while (record.find()) {
			Stream.of(record.group(1).replaceAll("\\s*\\n\\s*\\*\\s?", " ").split("@param "))
				.skip(1)
				.map((param) -> param.strip().split("\\s+", 2))
				.forEach((param) -> javadocs.put(record.group(2) + "." + param[0], (param.length > 1) ? param[1] : ""));
		}
		return javadocs;
	}

	private static void walk(String prefix, Class<?> type, Map<String, RecordComponent> settings) {
		for (RecordComponent component : type.getRecordComponents()) {
			String name = prefix + "." + kebabCase(component.getName());
			if (component.getType().isRecord()) {
				walk(name, component.getType(), settings);
				continue;
			}
			settings.put(name, component);
			if (component.getGenericType() instanceof ParameterizedType map && component.getType() == Map.class) {
				Type value = map.getActualTypeArguments()[1];
				if (value instanceof Class<?> nested && nested.isRecord()) {
					walk(name + ".*", nested, settings);
				}
			}
		}
	}

	/** What the source says of a component. */
	String javadoc(RecordComponent component) {
		return this.javadocs.getOrDefault(component.getDeclaringRecord().getSimpleName() + "." + component.getName(),
				"");
	}

	/** The annotation is one of the constructor's parameters only. */
	static boolean hasDefault(RecordComponent component) {
		Class<?> type = component.getDeclaringRecord();
		RecordComponent[] components = type.getRecordComponents();
		Class<?>[] types = Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
		List<String> names = Arrays.stream(components).map(RecordComponent::getName).toList();
		DefaultValue value = Objects.requireNonNull(ClassUtils.getConstructorIfAvailable(type, types))
			.getParameters()[names.indexOf(component.getName())].getAnnotation(DefaultValue.class);
		return value != null && value.value().length > 0;
	}

	static String kebabCase(String name) {
		return name.replaceAll("(?<=.)([A-Z])", "-$1").toLowerCase(Locale.ROOT);
	}

}
