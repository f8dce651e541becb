package io.github.agentresilience.autoconfigure.internal.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

import io.github.agentresilience.autoconfigure.ResilienceConfigurationException;
import io.github.agentresilience.autoconfigure.ResilienceProperties;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.UnboundElementsSourceFilter;

/**
 * Warns of keys under {@code resilience} that are unknown: a misspelled timeout is none.
 * As everywhere in Spring Boot they do not stop start-up, since they may be meant for
 * another version. Environment variables and system properties are left out: others may
 * have put them there.
 */
public final class UnknownKeys {

	private static final Logger logger = LoggerFactory.getLogger(UnknownKeys.class);

	/** More letters changed than this make another word. */
	private static final int FARTHEST = 3;

	private UnknownKeys() {
	}

	static void warn(List<ConfigurationPropertyName> names) {
		names.forEach((name) -> logger.warn("The property '{}' is unknown. {}", name, fix(name)));
	}

	/** Finds them while the properties are bound. */
	static Finder finder() {
		return new Finder(new UnboundElementsSourceFilter());
	}

	/**
	 * Finds an unknown key.
	 * @param binder of all sources that are looked at
	 * @return what is wrong, {@code null} where all keys are known, or a value is wrong
	 */
	public static @Nullable ResilienceConfigurationException find(Binder binder) {
		Finder finder = new Finder((source) -> true);
		try {
			binder.bind(ResilienceProperties.PREFIX, Bindable.of(ResilienceProperties.class), finder);
		}
		catch (BindException ex) {
			return null;
		}
		return finder.found()
			.stream()
			.findFirst()
			.map((name) -> new ResilienceConfigurationException(name.toString(), "is unknown", fix(name)))
			.orElse(null);
	}

	/** Whether keys stand under this one, so that it can have no value itself. */
	public static boolean isGroup(ConfigurationPropertyName name) {
		Class<?> type = ResilienceProperties.class;
		for (int i = 1; i < name.getNumberOfElements(); i++) {
			RecordComponent component = component(type, name.getElement(i, Form.UNIFORM));
			if (component == null) {
				return false;
			}
			Type value = component.getGenericType();
			if (value instanceof ParameterizedType map && map.getRawType() == Map.class
					&& ++i < name.getNumberOfElements()) {
				value = map.getActualTypeArguments()[1];
			}
			type = (value instanceof Class<?> next) ? next : Object.class;
		}
		return type.isRecord();
	}

	private static String fix(ConfigurationPropertyName name) {
		Class<?> type = ResilienceProperties.class;
		StringBuilder path = new StringBuilder(ResilienceProperties.PREFIX);
		boolean target = false;
		for (int i = 1; i < name.getNumberOfElements(); i++) {
			String key = name.getElement(i, Form.UNIFORM);
			RecordComponent component = component(type, key);
			if (component == null) {
				return target ? fixOfTarget(name, i, type) : fix(key, type, path);
			}
			path.append('.').append(kebab(component));
			Type value = component.getGenericType();
			if (value instanceof ParameterizedType map && map.getRawType() == Map.class) {
				i++;
				path.append('.').append(i < name.getNumberOfElements() ? name.getElement(i, Form.ORIGINAL) : "<name>");
				value = map.getActualTypeArguments()[1];
				target = true;
			}
			type = (value instanceof Class<?> next) ? next : Object.class;
		}
		return "Remove it.";
	}

	/** What a layer knows and one of its targets does not is no spelling mistake. */
	private static String fixOfTarget(ConfigurationPropertyName name, int element, Class<?> type) {
		Class<?> reached = ResilienceProperties.class;
		StringBuilder path = new StringBuilder(ResilienceProperties.PREFIX);
		for (int i = 1; i < name.getNumberOfElements(); i++) {
			// The name of the map and that of its entry are what the layer does not have
			if (i == 2 || i == 3) {
				continue;
			}
			RecordComponent component = component(reached, name.getElement(i, Form.UNIFORM));
			if (component == null) {
				break;
			}
			path.append('.').append(kebab(component));
			reached = component.getType();
			if (i >= element) {
				return "It holds for the whole layer and cannot be set for one of it; set '" + path
						+ (i + 1 < name.getNumberOfElements() ? "." + name.getElement(i + 1, Form.ORIGINAL) : "")
						+ "'.";
			}
		}
		return fix(name.getElement(element, Form.UNIFORM), type, new StringBuilder(name.chop(element).toString()));
	}

	private static String fix(String key, Class<?> type, CharSequence path) {
		if (!type.isRecord()) {
			return "Remove it; '" + path + "' has no keys.";
		}
		List<String> known = Arrays.stream(type.getRecordComponents()).map(UnknownKeys::kebab).toList();
		String closest = known.stream()
			.min(Comparator.comparingInt((each) -> distance(key, each.replace("-", ""))))
			.orElse("");
		return distance(key, closest.replace("-", "")) <= FARTHEST ? "Did you mean '" + path + "." + closest + "'?"
				: "Under '" + path + "' there are: " + String.join(", ", known) + ".";
	}

	private static @Nullable RecordComponent component(Class<?> type, String key) {
		if (!type.isRecord()) {
			return null;
		}
		return Arrays.stream(type.getRecordComponents())
			.filter((each) -> each.getName().equalsIgnoreCase(key))
			.findFirst()
			.orElse(null);
	}

	private static String kebab(RecordComponent component) {
		return component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
	}

	/** Levenshtein's. */
	private static int distance(String one, String other) {
		int[] previous = new int[other.length() + 1];
		for (int j = 0; j <= other.length(); j++) {
			previous[j] = j;
		}
		for (int i = 1; i <= one.length(); i++) {
			int[] current = new int[other.length() + 1];
			current[0] = i;
			for (int j = 1; j <= other.length(); j++) {
				int changed = previous[j - 1] + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
				current[j] = Math.min(changed, 1 + Math.min(previous[j], current[j - 1]));
			}
			previous = current;
		}
		return previous[other.length()];
	}

	/** Does not stop the binding, other than the handler that it is one of. */
	static final class Finder extends NoUnboundElementsBindHandler {

		private List<ConfigurationPropertyName> found = List.of();

		private Finder(Function<ConfigurationPropertySource, Boolean> filter) {
			super(BindHandler.DEFAULT, filter);
		}

		List<ConfigurationPropertyName> found() {
			return this.found;
		}

		@Override
		public void onFinish(ConfigurationPropertyName name, Bindable<?> target, BindContext context,
				@Nullable Object result) throws Exception {
			try {
				super.onFinish(name, target, context, result);
			}
			catch (UnboundConfigurationPropertiesException ex) {
				this.found = ex.getUnboundProperties().stream().map(ConfigurationProperty::getName).toList();
			}
		}

	}

}
