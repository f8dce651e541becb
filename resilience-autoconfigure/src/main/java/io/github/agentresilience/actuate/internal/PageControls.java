package io.github.agentresilience.actuate.internal;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.OperationType;
import org.springframework.boot.actuate.endpoint.web.ExposableWebEndpoint;
import org.springframework.boot.actuate.endpoint.web.WebEndpointsSupplier;

/**
 * What the scorecard's page may offer besides looking: only what the application lets its
 * readers do over HTTP.
 *
 * @param path the page's own path below the actuator's base path
 * @param chaos where faults are listed and injected, {@code null} where they cannot be
 * listed
 * @param experiments where experiments are listed and run, {@code null} where they cannot
 * be listed
 */
public record PageControls(String path, @Nullable Control chaos, @Nullable Control experiments) {

	/** Nothing but looking. */
	public static final PageControls NONE = new PageControls(ScorecardEndpoint.ID, null, null);

	/**
	 * One of the endpoints beside the page.
	 *
	 * @param path its path below the actuator's base path, as it is mapped
	 * @param write whether its access lets readers change anything
	 */
	public record Control(String path, boolean write) {
	}

	/**
	 * What the endpoints that are exposed over HTTP, with the operations that their
	 * access leaves, make possible.
	 */
	public static PageControls of(WebEndpointsSupplier endpoints) {
		ExposableWebEndpoint page = find(endpoints, ScorecardEndpoint.ID);
		return new PageControls((page != null) ? page.getRootPath() : ScorecardEndpoint.ID,
				control(find(endpoints, ChaosEndpoint.ID)), control(find(endpoints, ExperimentsEndpoint.ID)));
	}

	private static @Nullable ExposableWebEndpoint find(WebEndpointsSupplier endpoints, String id) {
		EndpointId wanted = EndpointId.of(id);
		return endpoints.getEndpoints()
			.stream()
			.filter((endpoint) -> endpoint.getEndpointId().equals(wanted))
			.findFirst()
			.orElse(null);
	}

	private static @Nullable Control control(@Nullable ExposableWebEndpoint endpoint) {
		return (endpoint == null || !offers(endpoint, OperationType.READ)) ? null
				: new Control(endpoint.getRootPath(), offers(endpoint, OperationType.WRITE));
	}

	private static boolean offers(ExposableWebEndpoint endpoint, OperationType type) {
		return endpoint.getOperations().stream().anyMatch((operation) -> operation.getType() == type);
	}

}
