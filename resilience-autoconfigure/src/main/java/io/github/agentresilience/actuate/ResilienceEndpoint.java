package io.github.agentresilience.actuate;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

import io.github.agentresilience.chain.ChainRegistry;
import io.github.agentresilience.chain.GuardedTarget;
import io.github.agentresilience.chain.Layer;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

/**
 * Shows chains and the policies in force, and takes a target out of service or back in.
 */
@Endpoint(id = "resilience")
public class ResilienceEndpoint {

	private static final String STATES = "CLOSED, FORCED_OPEN or DISABLED";

	private final ChainRegistry registry;

	private final Supplier<Map<String, Object>> policies;

	/**
	 * An endpoint.
	 * @param policies describes chains and targets, without secrets
	 */
	public ResilienceEndpoint(ChainRegistry registry, Supplier<Map<String, Object>> policies) {
		this.registry = registry;
		this.policies = policies;
	}

	@ReadOperation
	public Map<String, Object> policies() {
		return this.policies.get();
	}

	/**
	 * Sets the state of a target's breaker.
	 * @param target the target's name, or the id of its breaker where both legs have a target of that name
	 * @param state {@code CLOSED} puts it back into service, whatever Retry-After it gave, {@code FORCED_OPEN} takes it out, {@code DISABLED} asks it
	 * whatever happens
	 */
	@WriteOperation
	public WebEndpointResponse<Map<String, Object>> set(@Selector String target, @Nullable String state) {
		Map<String, GuardedTarget<?, ?>> found = find(target);
		if (found.isEmpty()) {
			return answer(WebEndpointResponse.STATUS_NOT_FOUND, "target", "There is no target '" + target + "'");
		}
		if (found.size() > 1) {
			return answer(WebEndpointResponse.STATUS_BAD_REQUEST, "target",
					"'target' names targets of both legs; use one of " + String.join(", ", found.keySet()));
		}
		Map.Entry<String, GuardedTarget<?, ?>> only = found.entrySet().iterator().next();
		CircuitBreaker breaker = only.getValue().breaker();
		switch (String.valueOf(state).toUpperCase(Locale.ROOT)) {
			case "CLOSED" -> {
				breaker.transitionToClosedState();
				only.getValue().endLeavingAlone();
			}
			case "FORCED_OPEN" -> breaker.transitionToForcedOpenState();
			case "DISABLED" -> breaker.transitionToDisabledState();
			default -> {
				return answer(WebEndpointResponse.STATUS_BAD_REQUEST, "state",
						(state == null) ? "'state' is missing; it is " + STATES : "'state' must be " + STATES);
			}
		}
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("target", target);
		json.put("breaker", only.getKey());
		json.put("state", breaker.getState().name());
		return new WebEndpointResponse<>(json);
	}

	private Map<String, GuardedTarget<?, ?>> find(String target) {
		Map<String, GuardedTarget<?, ?>> found = new LinkedHashMap<>();
		for (Layer layer : Layer.values()) {
			List<GuardedTarget<?, ?>> targets = this.registry.targets(layer);
			targets.stream()
				.filter((each) -> each.name().equals(target) || layer.breakerId(each.name()).equals(target))
				.forEach((each) -> found.put(layer.breakerId(each.name()), each));
		}
		return found;
	}

	private static WebEndpointResponse<Map<String, Object>> answer(int status, String field, String error) {
		return new WebEndpointResponse<>(Map.of("error", error, "field", field), status);
	}

}
