package io.github.agentresilience.autoconfigure.internal.llm;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Gives the fields of an extra body the types that JSON wants. Bound to a map of
 * anything, a list comes as a map of indices, and what comes from a properties file or
 * the environment is text.
 */
public final class ExtraBody {

	private ExtraBody() {
	}

	public static Map<String, Object> typed(Map<String, Object> bound) {
		Map<String, Object> typed = new LinkedHashMap<>();
		bound.forEach((name, value) -> typed.put(name, value(value)));
		return typed;
	}

	@SuppressWarnings("unchecked")
	private static Object value(Object bound) {
		if (bound instanceof Map<?, ?> map) {
			List<Object> list = list(map);
			return list.isEmpty() ? typed((Map<String, Object>) map) : list;
		}
		return (bound instanceof String text) ? scalar(text) : bound;
	}

	private static List<Object> list(Map<?, ?> map) {
		boolean indexed = IntStream.range(0, map.size()).allMatch((i) -> map.containsKey(String.valueOf(i)));
		return indexed ? IntStream.range(0, map.size())
			.mapToObj((i) -> value(Objects.requireNonNull(map.get(String.valueOf(i)))))
			.toList() : List.of();
	}

	private static Object scalar(String text) {
		if (text.equals("true") || text.equals("false")) {
			return Boolean.valueOf(text);
		}
		if (!text.matches("-?(0|[1-9]\\d{0,17})(\\.\\d+)?")) {
			return text;
		}
		return text.contains(".") ? (Object) new BigDecimal(text) : (Object) Long.valueOf(text);
	}

}
