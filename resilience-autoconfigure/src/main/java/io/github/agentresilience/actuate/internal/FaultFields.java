package io.github.agentresilience.actuate.internal;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import io.github.agentresilience.chaos.InvalidFaultException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.convert.DurationStyle;

/**
 * The fields of a described fault. Reading one marks it as understood; what is left over
 * at the end was a mistake.
 */
final class FaultFields {

	private final Map<String, String> values = new LinkedHashMap<>();

	private final Set<String> read = new HashSet<>();

	FaultFields put(String field, @Nullable String value) {
		if (value != null) {
			this.values.put(field, value);
		}
		return this;
	}

	Map<String, String> values() {
		return Map.copyOf(this.values);
	}

	@Nullable String text(String field) {
		this.read.add(field);
		String value = this.values.get(field);
		if (value != null && value.isBlank()) {
			throw new InvalidFaultException(field, "must not be blank");
		}
		return value;
	}

	String required(String field, String choices) {
		String value = text(field);
		if (value == null) {
			throw new InvalidFaultException(field, "is missing; it is one of " + choices);
		}
		return value;
	}

	@Nullable Integer integer(String field) {
		String value = text(field);
		try {
			return (value != null) ? Integer.valueOf(value.trim()) : null;
		}
		catch (NumberFormatException ex) {
			throw new InvalidFaultException(field, "must be a whole number, not '" + value + "'");
		}
	}

	int integer(String field, int fallback) {
		Integer value = integer(field);
		return (value != null) ? value : fallback;
	}

	double requiredRate(String field) {
		String value = text(field);
		if (value == null) {
			throw new InvalidFaultException(field, "is missing; it is a number from 0 to 1");
		}
		try {
			return Double.parseDouble(value.trim());
		}
		catch (NumberFormatException ex) {
			throw new InvalidFaultException(field, "must be a number from 0 to 1, not '" + value + "'");
		}
	}

	Duration duration(String field, Duration fallback) {
		String value = text(field);
		if (value == null) {
			return fallback;
		}
		try {
			return DurationStyle.detectAndParse(value.trim());
		}
		catch (IllegalArgumentException | DateTimeParseException | ArithmeticException ex) {
			throw new InvalidFaultException(field, "must be a duration such as 500ms or 2s, not '" + value + "'");
		}
	}

	void requireAllRead(String fault) {
		for (String field : this.values.keySet()) {
			if (!this.read.contains(field)) {
				throw new InvalidFaultException(field, "is unknown to the fault '" + fault + "'");
			}
		}
	}

}
