package io.github.agentresilience.autoconfigure.internal.fleet;

import io.github.agentresilience.autoconfigure.ResilienceConfigurationException;
import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.autoconfigure.internal.config.ConfigurationRules;

import org.springframework.core.env.Environment;

/**
 * The name that tells one fleet from another.
 */
public final class FleetName {

	private static final String FIX = "Set it to up to 64 letters, digits, dots, dashes and underscores, the same for all "
			+ "instances that are to act as one and for no other.";

	private FleetName() {
	}

	/**
	 * The name that is set, or the application's.
	 * @throws ResilienceConfigurationException where neither can be used
	 */
	public static String of(ResilienceProperties properties, Environment environment) {
		String set = properties.fleet().name();
		String name = (set != null) ? set : environment.getProperty("spring.application.name");
		ConfigurationRules.require(name != null && !name.isBlank(), "resilience.fleet.name",
				"is missing, and the application has no name", FIX);
		ConfigurationRules.require(name != null && ConfigurationRules.isFleetName(name), "resilience.fleet.name",
				"is missing, and the application's name cannot take its place", FIX);
		return String.valueOf(name);
	}

}
