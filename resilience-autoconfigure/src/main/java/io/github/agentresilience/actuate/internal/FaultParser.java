package io.github.agentresilience.actuate.internal;

import java.time.Duration;
import java.util.Locale;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chaos.BrownoutFault;
import io.github.agentresilience.chaos.BurstFault;
import io.github.agentresilience.chaos.EmptyFault;
import io.github.agentresilience.chaos.ExpiredCredentialsFault;
import io.github.agentresilience.chaos.Fault;
import io.github.agentresilience.chaos.InvalidFaultException;
import io.github.agentresilience.chaos.MalformedFault;
import io.github.agentresilience.chaos.McpTimeoutFault;
import io.github.agentresilience.chaos.McpToolFault;
import io.github.agentresilience.chaos.RandomFault;
import io.github.agentresilience.chaos.RateLimitFault;
import io.github.agentresilience.chaos.RefuseHistoryFault;
import io.github.agentresilience.chaos.ResetFault;
import io.github.agentresilience.chaos.SchemaDriftFault;
import io.github.agentresilience.chaos.SessionLossFault;
import io.github.agentresilience.chaos.SlowDripFault;
import io.github.agentresilience.chaos.StaleFault;
import io.github.agentresilience.chaos.StreamCutFault;
import io.github.agentresilience.chaos.TruncatedFault;
import org.jspecify.annotations.Nullable;

/**
 * Makes faults of their fields.
 */
final class FaultParser {

	private static final String FAULTS = "burst, random, brownout, rate-limit, stream-cut, malformed, empty, truncated, "
			+ "slow-drip, reset, expired-credentials, refuse-history, mcp-tool, mcp-timeout, session-loss, schema-drift, "
			+ "stale";

	private FaultParser() {
	}

	static FaultForm.Wanted parse(FaultFields fields) {
		String kind = fields.required("fault", FAULTS);
		Fault fault = switch (kind) {
			case "burst" -> new BurstFault(fields.integer("count", BurstFault.DEFAULT_COUNT),
					fields.integer("status", BurstFault.DEFAULT_STATUS));
			case "random" ->
				new RandomFault(fields.requiredRate("rate"), fields.integer("status", BurstFault.DEFAULT_STATUS));
			case "brownout" -> new BrownoutFault(fields.duration("latency", BrownoutFault.DEFAULT_LATENCY),
					fields.duration("jitter", Duration.ZERO));
			case "rate-limit" -> new RateLimitFault(fields.duration("retryAfter", RateLimitFault.DEFAULT_RETRY_AFTER),
					fields.integer("count"));
			case "stream-cut" -> new StreamCutFault(fields.integer("afterChunks", StreamCutFault.DEFAULT_AFTER_CHUNKS),
					fields.integer("count"));
			case "malformed" -> new MalformedFault(fields.integer("count"));
			case "empty" -> new EmptyFault(fields.integer("count"));
			case "truncated" -> new TruncatedFault(fields.integer("count"));
			case "slow-drip" ->
				new SlowDripFault(fields.duration("interval", SlowDripFault.DEFAULT_INTERVAL), fields.integer("count"));
			case "reset" -> new ResetFault(fields.integer("afterChunks", 0), fields.integer("count"));
			case "expired-credentials" -> new ExpiredCredentialsFault(fields.integer("count"));
			case "refuse-history" -> new RefuseHistoryFault(fields.integer("count"));
			case "session-loss" -> new SessionLossFault(fields.integer("count"));
			case "schema-drift" -> new SchemaDriftFault(fields.text("tool"), fields.integer("count"));
			case "stale" -> new StaleFault(fields.text("tool"), fields.integer("count"));
			case "mcp-tool" -> new McpToolFault(fields.text("tool"), fields.integer("count"));
			case "mcp-timeout" -> new McpTimeoutFault(fields.text("tool"), fields.integer("count"));
			default -> throw new InvalidFaultException("fault", "must be one of " + FAULTS + ", not '" + kind + "'");
		};
		Layer layer = layer(fields, fault);
		String target = fields.text("target");
		Duration ttl = fields.duration("ttl", Fault.DEFAULT_TTL);
		fields.requireAllRead(kind);
		return new FaultForm.Wanted(fault, layer, target, ttl);
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

}
