package io.github.agentresilience.actuate.internal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

import io.github.agentresilience.actuate.internal.answer.PoliciesAnswer;
import io.github.agentresilience.actuate.internal.answer.ProblemAnswer;
import io.github.agentresilience.actuate.internal.answer.TargetStateAnswer;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;
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

	private final Supplier<PoliciesAnswer> policies;

	/**
	 * An endpoint.
	 * @param policies describes chains and targets, without secrets
	 */
	public ResilienceEndpoint(ChainRegistry registry, Supplier<PoliciesAnswer> policies) {
		this.registry = registry;
		this.policies = policies;
	}

	@ReadOperation
	public PoliciesAnswer policies() {
		return this.policies.get();
	}

	/**
	 * Sets the state of a target's breaker.
	 * @param target the target's name, or the id of its breaker where both layers have a
	 * target of that name
	 * @param state {@code CLOSED} puts it back into service, whatever Retry-After it
	 * gave, {@code FORCED_OPEN} takes it out, {@code DISABLED} asks it whatever happens
	 */
	@WriteOperation
	public WebEndpointResponse<OperationResponseBody> set(@Selector String target, @Nullable String state) {
		Map<String, GuardedTarget<?, ?>> found = find(target);
		if (found.isEmpty()) {
			return problem(WebEndpointResponse.STATUS_NOT_FOUND, "target", "There is no target '" + target + "'");
		}
		if (found.size() > 1) {
			return problem(WebEndpointResponse.STATUS_BAD_REQUEST, "target",
					"'target' names targets of both layers; use one of " + String.join(", ", found.keySet()));
		}
		Map.Entry<String, GuardedTarget<?, ?>> only = found.entrySet().iterator().next();
		CircuitBreaker breaker = only.getValue().breaker();
		switch (String.valueOf(state).toUpperCase(Locale.ROOT)) {
			case "CLOSED" -> {
				breaker.transitionToClosedState();
				only.getValue().endCooldown();
			}
			case "FORCED_OPEN" -> breaker.transitionToForcedOpenState();
			case "DISABLED" -> breaker.transitionToDisabledState();
			default -> {
				return problem(WebEndpointResponse.STATUS_BAD_REQUEST, "state",
						(state == null) ? "'state' is missing; it is " + STATES : "'state' must be " + STATES);
			}
		}
		return new WebEndpointResponse<>(new TargetStateAnswer(target, only.getKey(), breaker.getState().name()));
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

	private static WebEndpointResponse<OperationResponseBody> problem(int status, String field, String error) {
		return new WebEndpointResponse<>(new ProblemAnswer(error, field), status);
	}

}
