package io.github.agentresilience.autoconfigure;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

import io.github.agentresilience.autoconfigure.ResilienceProperties.Breaker;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Retry;
import io.github.agentresilience.autoconfigure.internal.guard.Policies;
import io.github.agentresilience.chain.internal.policy.Defaults;
import io.github.agentresilience.chaos.Fault;
import io.github.agentresilience.chaos.RefuseHistoryFault;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an editor shows of a property: its type, what it means, and the default that is in
 * force. Hints have {@code *} for a name; editors that do not know that pass them over.
 */
class PropertyMetadataTests {

	/** Why a property has no default, by a pattern of the names that it holds for. */
	private static final Map<String, String> REASONS = reasons();

	private static final PropertyMetadata METADATA = PropertyMetadata.read();

	private static Map<String, String> reasons() {
		Map<String, String> reasons = new LinkedHashMap<>();
		reasons.put("resilience\\.llm\\.targets", "a map; without targets, the ChatModel beans are protected");
		reasons.put("resilience\\.(llm|mcp)\\.chains", "a map; follows from the targets or connections");
		reasons.put("resilience\\.mcp\\.(connections|tools)", "a map; empty by default");
		reasons.put("resilience\\.chaos\\.experiments", "a map; empty by default");
		reasons.put("resilience\\.chaos\\.run-once", "nothing runs at start-up by default");
		reasons.put("resilience\\.whatif\\.(candidate|recording)", "nothing is judged at start-up by default");
		reasons.put("resilience\\.fleet\\.name", "follows spring.application.name");
		reasons.put("resilience\\.llm\\.(accept|fallback-on)", "a set; empty by default");
		reasons.put("resilience\\.llm\\.first-token-timeout", "follows the timeout, up to 15s");
		reasons.put("resilience\\.llm\\.latency-threshold", "no threshold by default");
		reasons.put("resilience\\.llm\\.turn-budget\\.(tokens|cost|model-calls|tool-calls)", "no limit by default");
		reasons.put("resilience\\.llm\\.turn-budget\\.chains", "a map; empty by default");
		reasons.put("resilience\\.llm\\.turn-budget\\.chains\\.\\*\\..*", "the limit of all chains by default");
		reasons.put("resilience\\.llm\\.targets\\.\\*\\.(base-url|model|bean)", "required: an endpoint, or a bean");
		reasons.put("resilience\\.llm\\.targets\\.\\*\\.api-key", "a secret");
		reasons.put("resilience\\.llm\\.targets\\.\\*\\.headers", "a map; empty by default");
		reasons.put("resilience\\.llm\\.targets\\.\\*\\.(context-window|supports)", "any prompt by default");
		reasons.put("resilience\\.llm\\.targets\\.\\*\\.price\\..*", "no price by default");
		reasons.put("resilience\\.(llm\\.targets|mcp\\.connections)\\.\\*\\.limits\\..*", "no limit by default");
		reasons.put("resilience\\.llm\\.targets\\.\\*\\.options\\..*", "the prompt's by default");
		reasons.put("resilience\\.(llm\\.targets|mcp\\.connections)\\.\\*\\.(hedge|retry|breaker)\\..*",
				"overrides the layer's");
		reasons.put("resilience\\.llm\\.targets\\.\\*\\.((first-token-|stream-idle-)?timeout|stream-commit|accept)",
				"overrides the layer's");
		reasons.put("resilience\\.mcp\\.connections\\.\\*\\.timeout", "overrides the layer's");
		reasons.put("resilience\\.mcp\\.tools\\.\\*\\..*", "overrides the connection's or the layer's");
		reasons.put("resilience\\.chaos\\.experiments\\.\\*\\.(schedule|every)", "runs only when asked by default");
		reasons.put("resilience\\.chaos\\.experiments\\.\\*\\.(fault|steady-state\\..*)", "required, one at least");
		reasons.put("resilience\\.chaos\\.experiments\\.\\*\\.probe\\.(prompt|tool|arguments|chain)",
				"required: a prompt, or a tool");
		reasons.put("resilience\\.chaos\\.experiments\\.\\*\\.probe\\.timeout", "follows the steady state");
		return reasons;
	}

	@Test
	void everyPropertyThatNeedsNoNameIsInTheMetadata() {
		Set<String> listed = new TreeSet<>(METADATA.properties().keySet());
		listed.removeIf((name) -> !name.startsWith(ResilienceProperties.PREFIX + "."));
		assertThat(listed).isEqualTo(METADATA.settings()
			.keySet()
			.stream()
			.filter((name) -> !name.contains("*"))
			.collect(Collectors.toSet()));
	}

	@Test
	void everyPropertyHasATypeAndASentence() {
		METADATA.properties().forEach((name, property) -> {
			assertThat(property.path("type").asString("")).as("type of %s", name).isNotEmpty();
			assertSentence(name, property.path("description").asString(""));
		});
		METADATA.settings().forEach((name, component) -> assertSentence(name, METADATA.javadoc(component)));
		METADATA.groups().forEach((group) -> {
			String name = group.get("name").asString();
			if (name.startsWith(ResilienceProperties.PREFIX)) {
				assertSentence("group " + name, group.path("description").asString(""));
			}
		});
	}

	private static void assertSentence(String name, String description) {
		assertThat(description).as("description of %s", name).matches("[A-Z].*\\.").doesNotContain("{@");
	}

	@Test
	void everyPropertyHasADefaultOrAReason() {
		Set<String> without = new TreeSet<>();
		METADATA.settings().forEach((name, component) -> {
			JsonNode property = METADATA.properties().get(name);
			boolean said = (property != null) ? property.has("defaultValue") : PropertyMetadata.hasDefault(component);
			if (!said) {
				without.add(name);
			}
		});
		METADATA.properties().forEach((name, property) -> {
			if (!METADATA.settings().containsKey(name) && !property.has("defaultValue")) {
				without.add(name);
			}
		});
		assertThat(without).allSatisfy((name) -> assertThat(REASONS.keySet()).as("reason why %s has no default", name)
			.anyMatch(name::matches));
		assertThat(REASONS).allSatisfy((pattern, reason) -> {
			assertThat(reason).isNotBlank();
			assertThat(without).as("properties for which '%s' holds", pattern)
				.anyMatch((name) -> name.matches(pattern));
		});
	}

	@Test
	void everyDefaultIsTheOneInForce() {
		Map<String, String> defaults = new TreeMap<>();
		METADATA.properties().forEach((name, property) -> {
			if (name.startsWith(ResilienceProperties.PREFIX + ".") && property.has("defaultValue")) {
				defaults.put(name, property.get("defaultValue").asString());
			}
		});
		ResilienceProperties unset = bind(Map.of());
		ResilienceProperties said = bind(defaults);
		defaults.keySet().forEach((name) -> {
			Object inForce = value(unset, name);
			if (inForce != null) {
				assertThat(value(said, name)).as(name).isEqualTo(inForce);
			}
			else {
				assertThat(name).as("a default that is not bound").matches(".*\\.(retry|breaker)\\..*");
			}
		});
		assertThat(policies(said)).isEqualTo(policies(unset));
	}

	/** What {@code null} stands for in the properties of retries and breakers. */
	private static List<Object> policies(ResilienceProperties properties) {
		Retry retry = new Retry(null, null, null, null, null, null);
		Breaker breaker = new Breaker(null, null, null, null, null, null, null);
		Duration any = Duration.ofMinutes(1);
		return List.of(Policies.retry(retry, properties.llm().retry().shared()),
				Policies.retry(retry, properties.mcp().retry().shared()),
				Policies.breaker(breaker, properties.llm().breaker(), Defaults.LLM_SLOW_CALL, any),
				Policies.breaker(breaker, properties.mcp().breaker(), Defaults.MCP_SLOW_CALL, any));
	}

	@Test
	void everyHintIsOfAPropertyAndNamesWhatThereIs() {
		METADATA.hints().forEach((hint) -> {
			String name = hint.get("name").asString();
			String property = name.replaceAll("\\.(keys|values)$", "");
			RecordComponent setting = METADATA.settings().get(property);
			if (setting == null) {
				RecordComponent map = METADATA.settings().get(property.replaceAll("\\.[^.]+$", ""));
				assertThat(map).as("property of the hint %s", name)
					.isNotNull()
					.extracting(RecordComponent::getType)
					.isEqualTo(Map.class);
			}
			else if (name.equals(property)) {
				assertConstants(name, setting, hint);
			}
			hint.path("providers").valueStream().forEach((provider) -> {
				String target = provider.path("parameters").path("target").asString("");
				assertThat(target.isEmpty() || ClassUtils.isPresent(target, null)).as(name).isTrue();
			});
		});
	}

	private static void assertConstants(String name, RecordComponent setting, JsonNode hint) {
		Class<?> type = setting.getType();
		if (type == Set.class) {
			type = (Class<?>) ((ParameterizedType) setting.getGenericType()).getActualTypeArguments()[0];
		}
		if (type.isEnum()) {
			assertThat(values(hint)).as(name)
				.containsExactlyInAnyOrderElementsOf(Arrays.stream(type.getEnumConstants())
					.map((constant) -> ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-'))
					.toList());
		}
	}

	@Test
	void everyEnumHasAHint() {
		Set<String> hinted = new TreeSet<>();
		METADATA.hints().forEach((hint) -> hinted.add(hint.get("name").asString()));
		METADATA.settings().forEach((name, setting) -> {
			if (setting.getType().isEnum() || setting.getType() == Set.class) {
				assertThat(hinted).contains(name);
			}
		});
	}

	@Test
	void theFaultsOfExperimentsAreThoseThatAProbeCanMeet() {
		METADATA.hints().forEach((hint) -> {
			if (hint.get("name").asString().endsWith(".fault.fault")) {
				assertThat(values(hint))
					.containsExactlyInAnyOrderElementsOf(Arrays.stream(Fault.class.getPermittedSubclasses())
						.filter((fault) -> fault != RefuseHistoryFault.class)
						.map((fault) -> PropertyMetadata.kebabCase(fault.getSimpleName().replaceAll("Fault$", "")))
						.toList());
			}
		});
	}

	private static List<String> values(JsonNode hint) {
		return hint.path("values").valueStream().map((value) -> {
			assertSentence("a value of " + hint.get("name").asString(), value.path("description").asString(""));
			return value.get("value").asString();
		}).toList();
	}

	private static ResilienceProperties bind(Map<String, String> values) {
		return new Binder(new MapConfigurationPropertySource(values)).bindOrCreate(ResilienceProperties.PREFIX,
				ResilienceProperties.class);
	}

	private static @Nullable Object value(Object root, String name) {
		Object at = root;
		for (String part : name.substring(ResilienceProperties.PREFIX.length() + 1).split("\\.")) {
			Object of = Objects.requireNonNull(at);
			RecordComponent component = Arrays.stream(of.getClass().getRecordComponents())
				.filter((candidate) -> PropertyMetadata.kebabCase(candidate.getName()).equals(part))
				.findFirst()
				.orElseThrow();
			at = ReflectionUtils.invokeMethod(component.getAccessor(), of);
		}
		return at;
	}

}
