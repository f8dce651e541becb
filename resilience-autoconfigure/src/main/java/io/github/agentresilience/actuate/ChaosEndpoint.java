package io.github.agentresilience.actuate;

import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chaos.ActiveFault;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.chaos.InvalidFaultException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.Access;
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

	/**
	 * An endpoint.
	 * @param chaos injects
	 * @param knownTarget whether a leg has a target of that name
	 */
	public ChaosEndpoint(Chaos chaos, BiPredicate<Layer, String> knownTarget) {
		this.chaos = chaos;
		this.knownTarget = knownTarget;
	}

	/** The faults that may still hit. */
	@ReadOperation
	public List<Map<String, Object>> list() {
		return this.chaos.active().stream().map(FaultJson::of).toList();
	}

	/**
	 * Injects a fault. Every value comes as text, so that bad ones are refused here, by name.
	 * @see FaultJson
	 */
	@WriteOperation
	public WebEndpointResponse<Map<String, Object>> inject(@Nullable String fault, @Nullable String layer,
			@Nullable String target, @Nullable String ttl, @Nullable String count, @Nullable String status,
			@Nullable String rate, @Nullable String latency, @Nullable String jitter, @Nullable String retryAfter,
			@Nullable String afterChunks, @Nullable String tool) {
		FaultFields fields = new FaultFields();
		fields.put("fault", fault).put("layer", layer).put("target", target).put("ttl", ttl);
		fields.put("count", count).put("status", status).put("rate", rate).put("latency", latency);
		fields.put("jitter", jitter).put("retryAfter", retryAfter).put("afterChunks", afterChunks).put("tool", tool);
		try {
			FaultJson.Injection wanted = FaultJson.parse(fields);
			if (wanted.target() != null && !this.knownTarget.test(wanted.layer(), wanted.target())) {
				throw new InvalidFaultException("target",
						"names no target of the layer '" + wanted.layer().id() + "': " + wanted.target());
			}
			ActiveFault injected = this.chaos.inject(wanted.fault(), wanted.layer(), wanted.target(), wanted.ttl());
			return new WebEndpointResponse<>(FaultJson.of(injected));
		}
		catch (InvalidFaultException ex) {
			return badRequest(ex.field(), ex.getMessage().substring(ex.field().length() + 3));
		}
	}

	static WebEndpointResponse<Map<String, Object>> badRequest(String field, String problem) {
		return new WebEndpointResponse<>(BadRequest.body(field, problem), WebEndpointResponse.STATUS_BAD_REQUEST);
	}

	/** Takes a fault away. */
	@DeleteOperation
	public WebEndpointResponse<Void> remove(@Selector String id) {
		return new WebEndpointResponse<>(this.chaos.remove(id) ? WebEndpointResponse.STATUS_NO_CONTENT
				: WebEndpointResponse.STATUS_NOT_FOUND);
	}

	/** Takes all faults away. */
	@DeleteOperation
	public void clear() {
		this.chaos.clear();
	}

}
