package io.github.agentresilience.actuate.internal;

import java.time.Duration;
import java.util.Map;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chaos.Fault;
import org.jspecify.annotations.Nullable;

/**
 * Reads faults that are described in words, the same words everywhere: in an actuator's
 * body, in configuration, in the annotation of a test.
 */
public final class FaultForm {

	private FaultForm() {
	}

	/**
	 * Reads a fault.
	 * @param fields as in the actuator's JSON; kebab case is understood too
	 * @throws io.github.agentresilience.chaos.InvalidFaultException when a field is
	 * missing, wrong or unknown
	 */
	public static Wanted parse(Map<String, String> fields) {
		FaultFields read = new FaultFields();
		fields.forEach((name, value) -> read.put(camelCase(name), value));
		return FaultParser.parse(read);
	}

	private static String camelCase(String name) {
		StringBuilder camel = new StringBuilder();
		boolean upper = false;
		for (char c : name.toCharArray()) {
			if (c == '-') {
				upper = true;
			}
			else {
				camel.append(upper ? Character.toUpperCase(c) : c);
				upper = false;
			}
		}
		return camel.toString();
	}

	/** A fault that somebody wants, and where. */
	public record Wanted(Fault fault, Layer layer, @Nullable String target, Duration ttl) {
	}

}
