package io.github.agentresilience.actuate;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chaos.ActiveFault;
import io.github.agentresilience.chaos.BrownoutFault;
import io.github.agentresilience.chaos.BurstFault;
import io.github.agentresilience.chaos.Fault;
import io.github.agentresilience.chaos.InvalidFaultException;
import io.github.agentresilience.chaos.McpTimeoutFault;
import io.github.agentresilience.chaos.McpToolFault;
import io.github.agentresilience.chaos.RandomFault;
import io.github.agentresilience.chaos.RateLimitFault;
import io.github.agentresilience.chaos.StreamCutFault;
import org.jspecify.annotations.Nullable;

/**
 * Faults as flat JSON, both ways.
 */
final class FaultJson {

	private static final String FAULTS = "burst, random, brownout, rate-limit, stream-cut, mcp-tool, mcp-timeout";

	private FaultJson() {
	}

	static Injection parse(FaultFields fields) {
		String kind = fields.required("fault", FAULTS);
		Fault fault = switch (kind) {
			case "burst" -> new BurstFault(fields.integer("count", BurstFault.DEFAULT_COUNT),
					fields.integer("status", BurstFault.DEFAULT_STATUS));
			case "random" -> new RandomFault(fields.requiredRate("rate"),
					fields.integer("status", BurstFault.DEFAULT_STATUS));
			case "brownout" -> new BrownoutFault(fields.duration("latency", BrownoutFault.DEFAULT_LATENCY),
					fields.duration("jitter", Duration.ZERO));
			case "rate-limit" -> new RateLimitFault(fields.duration("retryAfter", RateLimitFault.DEFAULT_RETRY_AFTER),
					fields.integer("count"));
			case "stream-cut" -> new StreamCutFault(fields.integer("afterChunks", StreamCutFault.DEFAULT_AFTER_CHUNKS),
					fields.integer("count"));
			case "mcp-tool" -> new McpToolFault(fields.text("tool"), fields.integer("count"));
			case "mcp-timeout" -> new McpTimeoutFault(fields.text("tool"), fields.integer("count"));
			default -> throw new InvalidFaultException("fault", "must be one of " + FAULTS + ", not '" + kind + "'");
		};
		Layer layer = layer(fields, fault);
		String target = fields.text("target");
		Duration ttl = fields.duration("ttl", Fault.DEFAULT_TTL);
		fields.requireAllRead(kind);
		return new Injection(fault, layer, target, ttl);
	}

	private static Layer layer(FaultFields fields, Fault fault) {
		String text = fields.text("layer");
		if (text == null && fault.layers().size() == 1) {
			return fault.layers().iterator().next();
		}
		if (text == null) {
			throw new InvalidFaultException("layer", "is missing; it is one of llm, mcp");
		}
		for (Layer layer : Layer.values()) {
			if (layer.id().equals(text.toLowerCase(Locale.ROOT))) {
				fault.requireLayer(layer);
				return layer;
			}
		}
		throw new InvalidFaultException("layer", "must be one of llm, mcp, not '" + text + "'");
	}

	static Map<String, Object> of(ActiveFault active) {
		Map<String, Object> json = new LinkedHashMap<>();
		Fault fault = active.fault();
		json.put("id", active.id());
		json.put("fault", fault.kind());
		json.put("layer", active.layer().id());
		json.put("target", active.target());
		if (fault instanceof BurstFault burst) {
			json.put("status", burst.status());
		}
		else if (fault instanceof RandomFault random) {
			json.put("rate", random.rate());
			json.put("status", random.status());
		}
		else if (fault instanceof BrownoutFault brownout) {
			json.put("latency", text(brownout.latency()));
			json.put("jitter", text(brownout.jitter()));
		}
		else if (fault instanceof RateLimitFault limit) {
			json.put("retryAfter", text(limit.retryAfter()));
		}
		else if (fault instanceof StreamCutFault cut) {
			json.put("afterChunks", cut.afterChunks());
		}
		else {
			json.put("tool", fault.tool());
		}
		if (!(fault instanceof RandomFault || fault instanceof BrownoutFault)) {
			json.put("count", fault.count());
			json.put("left", active.left());
		}
		json.put("ttl", text(active.ttl()));
		json.put("until", active.until().toString());
		return json;
	}

	private static String text(Duration duration) {
		return (duration.toMillisPart() == 0) ? duration.toSeconds() + "s" : duration.toMillis() + "ms";
	}

	/** A fault that somebody wants, and where. */
	record Injection(Fault fault, Layer layer, @Nullable String target, Duration ttl) {
	}

}
