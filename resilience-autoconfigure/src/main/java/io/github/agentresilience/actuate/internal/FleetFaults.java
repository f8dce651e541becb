package io.github.agentresilience.actuate.internal;

import java.util.Map;

import io.github.agentresilience.chaos.ActiveFault;

/**
 * Faults that are injected into all instances of a fleet.
 */
public interface FleetFaults {

	/** What a field of a fault says of its scope. */
	String SCOPE = "fleet";

	/** What the ids of such faults begin with, and of no others. */
	String PREFIX = "fleet-";

	static boolean isOfFleet(String id) {
		return id.startsWith(PREFIX);
	}

	/**
	 * Injects a fault into all instances.
	 * @param fields what describes it
	 * @return the injection in this one
	 * @throws io.github.agentresilience.chaos.InvalidFaultException when it cannot be
	 * injected
	 */
	ActiveFault inject(FaultForm.Wanted wanted, Map<String, String> fields);

	/**
	 * Takes a fault away from all instances.
	 * @return whether it was there
	 */
	boolean remove(String id);

	/** Takes all such faults away from all instances. */
	void clear();

}
