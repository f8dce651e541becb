package io.github.agentresilience.actuate.internal;

import java.util.List;
import java.util.Objects;
import java.util.function.BiPredicate;
import java.util.function.Supplier;

import io.github.agentresilience.actuate.internal.answer.FaultAnswer;
import io.github.agentresilience.actuate.internal.answer.ProblemAnswer;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chaos.ActiveFault;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.chaos.InvalidFaultException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

/**
 * Injects faults and takes them away. Has no access unless it is given.
 */
@Endpoint(id = "chaos", defaultAccess = Access.NONE)
public class ChaosEndpoint {

	static final String ID = "chaos";

	private final Chaos chaos;

	private final BiPredicate<Layer, String> knownTarget;

	private final Supplier<@Nullable FleetFaults> fleet;

	/**
	 * An endpoint.
	 * @param chaos injects
	 * @param knownTarget whether a layer has a target of that name
	 * @param fleet the faults of all instances, where there are others
	 */
	public ChaosEndpoint(Chaos chaos, BiPredicate<Layer, String> knownTarget, Supplier<@Nullable FleetFaults> fleet) {
		this.chaos = chaos;
		this.knownTarget = knownTarget;
		this.fleet = fleet;
	}

	/** The faults that may still hit. */
	@ReadOperation
	public List<FaultAnswer> list() {
		return this.chaos.active().stream().map(FaultAnswer::of).toList();
	}

	/**
	 * Injects a fault. Every value comes as text, so that bad ones are refused here, by
	 * name.
	 * @see FaultParser
	 */
	@WriteOperation
	public WebEndpointResponse<OperationResponseBody> inject(@Nullable String fault, @Nullable String layer,
			@Nullable String target, @Nullable String ttl, @Nullable String count, @Nullable String status,
			@Nullable String rate, @Nullable String latency, @Nullable String jitter, @Nullable String retryAfter,
			@Nullable String afterChunks, @Nullable String interval, @Nullable String tool, @Nullable String scope) {
		FaultFields fields = new FaultFields();
		fields.put("fault", fault).put("layer", layer).put("target", target).put("ttl", ttl);
		fields.put("count", count).put("status", status).put("rate", rate).put("latency", latency);
		fields.put("jitter", jitter).put("retryAfter", retryAfter).put("afterChunks", afterChunks);
		fields.put("interval", interval).put("tool", tool);
		try {
			FaultForm.Wanted wanted = FaultParser.parse(fields);
			if (wanted.target() != null && !this.knownTarget.test(wanted.layer(), wanted.target())) {
				throw new InvalidFaultException("target",
						"names no target of the layer '" + wanted.layer().id() + "': " + wanted.target());
			}
			FleetFaults all = fleet(scope);
			ActiveFault injected = (all != null) ? all.inject(wanted, fields.values())
					: this.chaos.inject(wanted.fault(), wanted.layer(), wanted.target(), wanted.ttl());
			return new WebEndpointResponse<>(FaultAnswer.of(injected));
		}
		catch (InvalidFaultException ex) {
			return badRequest(ex.field(), Objects.requireNonNull(ex.getMessage()).substring(ex.field().length() + 3));
		}
	}

	/** The fleet where that is the scope, {@code null} where this instance is. */
	private @Nullable FleetFaults fleet(@Nullable String scope) {
		if (scope == null || scope.equalsIgnoreCase("instance")) {
			return null;
		}
		if (!scope.equalsIgnoreCase(FleetFaults.SCOPE)) {
			throw new InvalidFaultException("scope", "must be one of instance, fleet, not '" + scope + "'");
		}
		FleetFaults fleet = this.fleet.get();
		if (fleet == null) {
			throw new InvalidFaultException("scope", "cannot be fleet, since resilience.fleet.enabled is not set");
		}
		return fleet;
	}

	static WebEndpointResponse<OperationResponseBody> badRequest(String field, String problem) {
		return new WebEndpointResponse<>(ProblemAnswer.of(field, problem), WebEndpointResponse.STATUS_BAD_REQUEST);
	}

	/** Takes a fault away. */
	@DeleteOperation
	public WebEndpointResponse<Void> remove(@Selector String id) {
		FleetFaults fleet = FleetFaults.isOfFleet(id) ? this.fleet.get() : null;
		boolean removed = (fleet != null) ? fleet.remove(id) : this.chaos.remove(id);
		return new WebEndpointResponse<>(
				removed ? WebEndpointResponse.STATUS_NO_CONTENT : WebEndpointResponse.STATUS_NOT_FOUND);
	}

	/** Takes all faults away, those of the fleet from all instances. */
	@DeleteOperation
	public void clear() {
		this.chaos.clear();
		FleetFaults fleet = this.fleet.get();
		if (fleet != null) {
			fleet.clear();
		}
	}

}
