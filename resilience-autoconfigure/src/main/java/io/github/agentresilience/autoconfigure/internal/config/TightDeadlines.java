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

import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.env.Environment;

/**
 * Warns of a deadline that is over when the first target of a chain has had its time: the
 * second one is then never asked when the first is silent. Warns too of one that ends
 * requests before the time is over which a property of Spring AI gives them.
 */
public final class TightDeadlines {

	private static final Logger logger = LoggerFactory.getLogger(TightDeadlines.class);

	private TightDeadlines() {
	}

	public static void warn(ResilienceProperties properties, Environment environment) {
		warn(properties);
		cutsShort("resilience.mcp", properties.mcp().deadline(), "spring.ai.mcp.client.request-timeout", environment);
		if (properties.llm().targets().isEmpty()) {
			Duration deadline = properties.llm().deadline();
			cutsShort("resilience.llm", deadline, "spring.ai.openai.timeout", environment);
			cutsShort("resilience.llm", deadline, "spring.ai.openai.chat.timeout", environment);
		}
	}

	private static void warn(ResilienceProperties properties) {
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

	private static void cutsShort(String prefix, Duration deadline, String key, Environment environment) {
		Duration wanted = wanted(key, environment);
		if (wanted != null && wanted.compareTo(deadline) > 0) {
			logger.warn("{} is {}, and {}.deadline ends every call after {}. Raise the deadline to wait as long.", key,
					text(wanted), prefix, text(deadline));
		}
	}

	private static @Nullable Duration wanted(String key, Environment environment) {
		try {
			return Binder.get(environment).bind(key, Duration.class).orElse(null);
		}
		catch (BindException isSaidByItsOwner) {
			return null;
		}
	}

	private static String text(Duration duration) {
		return DurationStyle.SIMPLE.print(duration,
				(duration.toMillisPart() == 0) ? ChronoUnit.SECONDS : ChronoUnit.MILLIS);
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

	}

}
