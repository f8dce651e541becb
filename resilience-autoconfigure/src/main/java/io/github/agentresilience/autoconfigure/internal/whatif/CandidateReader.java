package io.github.agentresilience.autoconfigure.internal.whatif;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.github.agentresilience.autoconfigure.ResilienceConfigurationException;
import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.autoconfigure.internal.config.ConfigurationRules;
import io.github.agentresilience.autoconfigure.internal.config.UnknownKeys;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.whatif.internal.BadCandidateException;
import io.github.agentresilience.whatif.internal.CandidatePolicy;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.events.Event;

import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.convert.ConversionException;
import org.springframework.core.convert.ConversionFailedException;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;

/**
 * Makes a policy of properties that stand in front of those of the application, and
 * refuses what makes none. What it says of them never has a value in it: it may be a
 * secret that stands in the wrong place.
 */
public final class CandidateReader {

	private static final int LONGEST = 256 * 1024;

	/** Of a target: where it is, which a replay does not ask. */
	private static final Pattern PLACE = Pattern.compile(
			"resilience\\.llm\\.targets\\.?([^.\\[]+|\\[[^]]+])\\.(base-?url|api-?key|model|bean|headers([.\\[].*)?)",
			Pattern.CASE_INSENSITIVE);

	private static final Pattern OF_TARGET = Pattern.compile("(resilience\\.llm\\.targets)\\.?([^.\\[]+|\\[[^]]+]).*");

	private static final Pattern OF_CONNECTION = Pattern
		.compile("(resilience\\.mcp\\.connections)\\.?([^.\\[]+|\\[[^]]+]).*");

	/** What a replay knows nothing of. */
	private static final Pattern UNUSED = Pattern.compile("resilience\\.(llm|mcp)\\.(sticky|sticky-ttl|accept(\\[.*)?"
			+ "|turn-budget\\..*|probe\\..*|warm-up|portable-history|fallback-on(\\[.*)?|replay|tool-errors|tools\\..*"
			+ "|reset-timeout-on-progress|targets\\..+\\.(context-window|supports(\\[.*)?|accept(\\[.*)?|options\\..*"
			+ "|limits\\.learn))");

	/** Where Spring Boot puts YAML that is no map. */
	private static final String NO_MAP = "document";

	private final Environment environment;

	private final ResilienceProperties properties;

	private final Function<Layer, Collection<String>> targets;

	/**
	 * @param targets the names of the targets of a layer that there are
	 */
	public CandidateReader(Environment environment, ResilienceProperties properties,
			Function<Layer, Collection<String>> targets) {
		this.environment = environment;
		this.properties = properties;
		this.targets = targets;
	}

	/** The policy in force. */
	public CandidatePolicy inForce() {
		return new ConfiguredPolicy(this.properties, this.properties, List.of());
	}

	/**
	 * Reads a candidate.
	 * @param yaml its properties as YAML, of which JSON is a kind
	 */
	public CandidatePolicy read(String yaml) {
		if (yaml.length() > LONGEST) {
			throw new BadCandidateException("policy", "is longer than a policy can be");
		}
		List<PropertySource<?>> sources;
		try {
			checkAliases(yaml);
			sources = new YamlPropertySourceLoader().load("candidate",
					new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)));
		}
		catch (BadCandidateException ex) {
			throw ex;
		}
		catch (IOException | RuntimeException | StackOverflowError ex) {
			throw notYaml();
		}
		if (sources.size() != 1) {
			throw new BadCandidateException("policy",
					sources.isEmpty() ? "is empty; it needs properties under 'resilience.llm' or 'resilience.mcp'"
							: "has several documents; keep one");
		}
		PropertySource<?> source = sources.get(0);
		if (source.containsProperty(NO_MAP)) {
			throw notYaml();
		}
		return of(source);
	}

	/**
	 * Ten lines of aliases of aliases stand for more than any memory holds, and Spring
	 * Boot's loader, which reads what can be trusted, writes all of it out.
	 */
	private static void checkAliases(String yaml) {
		for (Event event : new Yaml().parse(new StringReader(yaml))) {
			if (event.is(Event.ID.Alias)) {
				throw new BadCandidateException("policy", "has aliases; write out what they stand for");
			}
		}
	}

	/**
	 * Makes a policy of single properties.
	 * @param candidate properties by their full names
	 */
	public CandidatePolicy read(Map<String, Object> candidate) {
		return of(new MapPropertySource("candidate", candidate));
	}

	private static BadCandidateException notYaml() {
		return new BadCandidateException("policy", "is no YAML with properties under 'resilience'");
	}

	private CandidatePolicy of(PropertySource<?> candidate) {
		List<String> unused = new ArrayList<>();
		for (String key : ((EnumerablePropertySource<?>) candidate).getPropertyNames()) {
			checkKey(key);
			if (String.valueOf(candidate.getProperty(key)).contains("${")) {
				throw new BadCandidateException(key, "has a placeholder, which is not resolved here; give its value");
			}
			if (UNUSED.matcher(key).matches()) {
				unused.add(key);
			}
		}
		Iterable<ConfigurationPropertySource> own = ConfigurationPropertySources.from(candidate);
		List<ConfigurationPropertySource> all = new ArrayList<>();
		own.forEach(all::add);
		ConfigurationPropertySources.get(this.environment).forEach(all::add);
		try {
			ResilienceConfigurationException unknown = UnknownKeys.find(new Binder(own));
			if (unknown != null) {
				throw unknown;
			}
			ResilienceProperties merged = new Binder(all, new PropertySourcesPlaceholdersResolver(this.environment))
				.bindOrCreate(ResilienceProperties.PREFIX, ResilienceProperties.class);
			checkMembers("resilience.llm.chains", merged.llm().chains(), "target", merged.llm().targets().keySet());
			checkMembers("resilience.mcp.chains", merged.mcp().chains(), "MCP connection",
					this.targets.apply(Layer.MCP));
			ConfigurationRules.check(merged);
			return new ConfiguredPolicy(merged, this.properties, unused);
		}
		catch (ResilienceConfigurationException wrong) {
			throw new BadCandidateException(wrong.property(), wrong.problem() + ". " + wrong.fix());
		}
		catch (BindException ex) {
			throw unreadable(ex);
		}
	}

	private void checkKey(String key) {
		if (!key.startsWith("resilience.llm.") && !key.startsWith("resilience.mcp.")) {
			throw new BadCandidateException(key,
					"is nothing that a replay goes by; a candidate has properties under 'resilience.llm' and 'resilience.mcp'");
		}
		if (PLACE.matcher(key).matches()) {
			throw new BadCandidateException(key,
					"says where a target is and not how it is asked; leave it out, since a replay asks no target");
		}
		if (UnknownKeys.isGroup(ConfigurationPropertyName.adapt(key, '.'))) {
			throw new BadCandidateException(key, "has a value, but is a group of keys; set the keys under it");
		}
		checkName(OF_TARGET.matcher(key), "target", this.properties.llm().targets().keySet());
		checkName(OF_CONNECTION.matcher(key), "MCP connection", this.targets.apply(Layer.MCP));
	}

	private static void checkName(Matcher key, String what, Collection<String> known) {
		if (key.matches()) {
			String name = key.group(2).replaceAll("^\\[|]$", "");
			if (!known.contains(name)) {
				throw new BadCandidateException(key.group(1) + "." + name,
						"names an unknown " + what + "; there are: " + String.join(", ", new TreeSet<>(known)));
			}
		}
	}

	private static void checkMembers(String property, Map<String, List<String>> chains, String what,
			Collection<String> known) {
		chains.forEach((chain, members) -> {
			if (!known.containsAll(members)) {
				throw new BadCandidateException(property + "." + chain,
						"names an unknown " + what + "; there are: " + String.join(", ", new TreeSet<>(known)));
			}
		});
	}

	private static BadCandidateException unreadable(BindException ex) {
		String name = (ex.getProperty() != null) ? ex.getProperty().getName().toString() : ex.getName().toString();
		for (Throwable at = ex; at != null; at = at.getCause()) {
			if (at instanceof ConversionFailedException failed) {
				return new BadCandidateException(name, wanted(failed.getTargetType().getType()));
			}
		}
		return new BadCandidateException(name, (ex.getCause() instanceof ConversionException)
				? "has keys or a value of the wrong kind" : "cannot be read");
	}

	private static String wanted(Class<?> type) {
		if (type == Duration.class) {
			return "is no duration; use one such as 500ms or 10s";
		}
		if (type.isEnum()) {
			return "is unknown; use one of: " + Arrays.stream(type.getEnumConstants())
				.map((each) -> ((Enum<?>) each).name().toLowerCase(Locale.ROOT).replace('_', '-'))
				.collect(Collectors.joining(", "));
		}
		if (type == boolean.class || type == Boolean.class) {
			return "is neither true nor false";
		}
		return (type.isPrimitive() || Number.class.isAssignableFrom(type)) ? "is no number that fits"
				: "has a value of the wrong kind";
	}

}
