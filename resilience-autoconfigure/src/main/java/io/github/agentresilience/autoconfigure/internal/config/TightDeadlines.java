package io.github.agentresilience.autoconfigure.internal.config;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Connection;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Llm;
import io.github.agentresilience.autoconfigure.ResilienceProperties.LlmTarget;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Mcp;
import io.github.agentresilience.autoconfigure.internal.guard.Policies;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.convert.DurationStyle;

/**
 * Warns of a deadline that is over when the first target of a chain has had its time: the
 * second one is then never asked when the first is silent.
 */
public final class TightDeadlines {

	private static final Logger logger = LoggerFactory.getLogger(TightDeadlines.class);

	private TightDeadlines() {
	}

	public static void warn(ResilienceProperties properties) {
		Llm llm = properties.llm();
		Chains calls = new Chains("resilience.llm", llm.allChains(), llm.deadline());
		calls.warn("timeout", (name) -> {
			LlmTarget target = llm.targets().get(name);
			return (target != null) ? Policies.first(target.timeout(), llm.timeout()) : llm.timeout();
		});
		calls.warn("first-token-timeout", (name) -> {
			LlmTarget target = llm.targets().get(name);
			return (target != null) ? Policies.firstToken(target.timeout(), target.firstTokenTimeout(), llm)
					: Policies.firstToken(null, null, llm);
		});
		Mcp mcp = properties.mcp();
		new Chains("resilience.mcp", mcp.chains(), mcp.deadline()).warn("timeout", (name) -> {
			Connection connection = mcp.connections().get(name);
			return Policies.first((connection != null) ? connection.timeout() : null, mcp.timeout());
		});
	}

	private record Chains(String prefix, Map<String, List<String>> targets, Duration deadline) {

		void warn(String key, Function<String, Duration> timeout) {
			this.targets.forEach((chain, names) -> {
				if (names.size() > 1) {
					warn(chain, names.get(0), names.get(1), key, timeout.apply(names.get(0)));
				}
			});
		}

		private void warn(String chain, String first, String second, String key, @Nullable Duration timeout) {
			if (timeout != null && timeout.compareTo(this.deadline) >= 0) {
				logger.warn(
						"The deadline of the chain '{}' leaves '{}' no time when '{}' is silent: {}.deadline is {} and the "
								+ "{} of '{}' is {}. Raise the deadline, or lower the {}.",
						chain, second, first, this.prefix, text(this.deadline), key, first, text(timeout), key);
			}
		}

		private static String text(Duration duration) {
			return DurationStyle.SIMPLE.print(duration,
					(duration.toMillisPart() == 0) ? ChronoUnit.SECONDS : ChronoUnit.MILLIS);
		}

	}

}
