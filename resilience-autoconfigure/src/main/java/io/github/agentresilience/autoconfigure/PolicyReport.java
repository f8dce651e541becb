package io.github.agentresilience.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import io.github.agentresilience.actuate.LeftAlone;
import io.github.agentresilience.chain.ChainPolicy;
import io.github.agentresilience.chain.ChainRegistry;
import io.github.agentresilience.chain.GuardedTarget;
import io.github.agentresilience.chain.HedgePolicy;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.TargetChain;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;

import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.Environment;

/**
 * Describes chains and targets with the values in force, each with the property that it comes from. Values are taken
 * from what runs, not from what was configured; none of them is a secret.
 */
final class PolicyReport implements Supplier<Map<String, Object>> {

	private static final String DEFAULT = "default";

	private final ChainRegistry registry;

	private final LongSupplier nanoTime;

	private final ResilienceProperties properties;

	private final Environment environment;

	PolicyReport(ChainRegistry registry, LongSupplier nanoTime, ResilienceProperties properties,
			Environment environment) {
		this.registry = registry;
		this.properties = properties;
		this.nanoTime = nanoTime;
		this.environment = environment;
	}

	@Override
	public Map<String, Object> get() {
		Map<String, Object> report = new LinkedHashMap<>();
		for (Layer layer : Layer.values()) {
			Map<String, Object> chains = new LinkedHashMap<>();
			this.registry.chains(layer).forEach((chain) -> chains.put(chain.name(), chain(layer, chain)));
			Map<String, Object> targets = new LinkedHashMap<>();
			this.registry.targets(layer).forEach((target) -> targets.put(target.name(), target(layer, target)));
			Map<String, Object> ofLeg = new LinkedHashMap<>();
			ofLeg.put("policy", (layer == Layer.LLM) ? llm() : mcp());
			ofLeg.put("chains", chains);
			ofLeg.put("targets", targets);
			report.put(layer.id(), ofLeg);
		}
		return report;
	}

	/** What holds for the whole leg and is in no chain and no target to be read off. */
	private Map<String, Object> llm() {
		ResilienceProperties.Llm llm = this.properties.llm();
		Map<String, Object> values = new LinkedHashMap<>();
		values.put("retry.budget", value(llm.retry().budget(), "resilience.llm.retry.budget"));
		values.put("fallback-on", value(llm.fallbackOn().stream().map(PolicyReport::id).toList(),
				"resilience.llm.fallback-on", "resilience.llm.fallback-on[0]"));
		values.put("probe.enabled", value(llm.probe().enabled(), "resilience.llm.probe.enabled"));
		values.put("probe.timeout", value(llm.probe().timeout(), "resilience.llm.probe.timeout"));
		return values;
	}

	private Map<String, Object> mcp() {
		ResilienceProperties.Mcp mcp = this.properties.mcp();
		Map<String, Object> values = new LinkedHashMap<>();
		values.put("retry.budget", value(mcp.retry().budget(), "resilience.mcp.retry.budget"));
		values.put("tool-errors", value(id(mcp.toolErrors()), "resilience.mcp.tool-errors"));
		values.put("replay", value(id(mcp.replay()), "resilience.mcp.replay"));
		values.put("reset-timeout-on-progress",
				value(mcp.resetTimeoutOnProgress(), "resilience.mcp.reset-timeout-on-progress"));
		values.put("probe.enabled", value(mcp.probe().enabled(), "resilience.mcp.probe.enabled"));
		values.put("probe.timeout", value(mcp.probe().timeout(), "resilience.mcp.probe.timeout"));
		mcp.tools().forEach((name, tool) -> {
			String own = under("resilience.mcp.tools", name);
			if (tool.timeout() != null) {
				values.put("tools." + name + ".timeout", value(tool.timeout(), own + ".timeout"));
			}
			if (tool.replay() != null) {
				values.put("tools." + name + ".replay", value(id(tool.replay()), own + ".replay"));
			}
		});
		return values;
	}

	/** A name that holds more than letters, digits and dashes is written in brackets. */
	private static String under(String prefix, String name) {
		return name.matches("[A-Za-z0-9-]+") ? prefix + "." + name : prefix + "[" + name + "]";
	}

	private Map<String, Object> chain(Layer layer, TargetChain<?, ?> chain) {
		ChainPolicy policy = chain.policy();
		String leg = "resilience." + layer.id();
		Map<String, Object> values = new LinkedHashMap<>();
		values.put("targets", chain.targets().stream().map(GuardedTarget::name).toList());
		values.put("deadline", value(policy.deadline(), leg + ".deadline"));
		values.put("when-all-open", value(id(policy.whenAllOpen()), leg + ".when-all-open"));
		values.put("routing", value(id(policy.routing()), leg + ".routing"));
		values.put("hedge.budget", value(policy.hedgeBudget(), leg + ".hedge.budget"));
		return values;
	}

	private Map<String, Object> target(Layer layer, GuardedTarget<?, ?> target) {
		String leg = "resilience." + layer.id();
		String own = under(leg + (layer == Layer.LLM ? ".targets" : ".connections"), target.name());
		Map<String, Object> values = new LinkedHashMap<>();
		values.put("state", target.breaker().getState().name());
		values.put("leftAloneUntil", LeftAlone.until(target, this.nanoTime.getAsLong()));
		values.put("timeout", value(target.timeouts().attempt(), own + ".timeout", leg + ".timeout"));
		if (layer == Layer.LLM) {
			values.put("first-token-timeout",
					value(target.timeouts().firstChunk(), own + ".first-token-timeout", leg + ".first-token-timeout"));
			values.put("stream-idle-timeout",
					value(target.timeouts().idle(), own + ".stream-idle-timeout", leg + ".stream-idle-timeout"));
			values.put("stream-commit", value(id(target.streamCommit()), own + ".stream-commit", leg + ".stream-commit"));
			values.put("weight", value(target.weight(), own + ".weight"));
		}
		values.put("hedge.enabled", value(target.hedge().enabled(), own + ".hedge.enabled", leg + ".hedge.enabled"));
		values.put("hedge.after", value(delay(target.hedge()), own + ".hedge.after", leg + ".hedge.after"));
		retry(values, target, own, leg);
		breaker(values, target.breaker().getCircuitBreakerConfig(), own, leg,
				under("resilience4j.circuitbreaker.instances", layer.breakerId(target.name())));
		return values;
	}

	private static Object delay(HedgePolicy hedge) {
		Duration after = hedge.after();
		return (after != null) ? after : "p95";
	}

	private void retry(Map<String, Object> values, GuardedTarget<?, ?> target, String own, String leg) {
		Map<String, Object> retry = new LinkedHashMap<>();
		retry.put("max-attempts", target.retry().maxAttempts());
		retry.put("initial-backoff", target.retry().initialBackoff());
		retry.put("multiplier", target.retry().multiplier());
		retry.put("max-backoff", target.retry().maxBackoff());
		retry.put("jitter", target.retry().jitter());
		retry.put("max-retry-after", target.retry().maxRetryAfter());
		retry.forEach((key, value) -> values.put("retry." + key,
				value(value, own + ".retry." + key, leg + ".retry." + key)));
	}

	private void breaker(Map<String, Object> values, CircuitBreakerConfig config, String own, String leg,
			String instance) {
		Map<String, List<Object>> breaker = new LinkedHashMap<>();
		breaker.put("window", List.of(config.getSlidingWindowSize(), "sliding-window-size"));
		breaker.put("minimum-calls", List.of(config.getMinimumNumberOfCalls(), "minimum-number-of-calls"));
		breaker.put("failure-rate", List.of(config.getFailureRateThreshold(), "failure-rate-threshold"));
		breaker.put("slow-call", List.of(config.getSlowCallDurationThreshold(), "slow-call-duration-threshold"));
		breaker.put("slow-call-rate", List.of(config.getSlowCallRateThreshold(), "slow-call-rate-threshold"));
		breaker.put("open-for", List.of(Duration.ofMillis(config.getWaitIntervalFunctionInOpenState().apply(1)),
				"wait-duration-in-open-state"));
		breaker.put("half-open-calls", List.of(config.getPermittedNumberOfCallsInHalfOpenState(),
				"permitted-number-of-calls-in-half-open-state"));
		breaker.forEach((key, value) -> values.put("breaker." + key, value(value.get(0),
				instance + "." + value.get(1), own + ".breaker." + key, leg + ".breaker." + key)));
	}

	/** A value, and the first of these properties that is set. */
	private Map<String, Object> value(Object value, String... properties) {
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("value", (value instanceof Duration duration) ? duration.toMillis() + "ms" : value);
		json.put("from", DEFAULT);
		for (String property : properties) {
			ConfigurationProperty set = find(property);
			if (set != null) {
				json.put("from", property);
				if (set.getOrigin() != null) {
					json.put("origin", set.getOrigin().toString());
				}
				break;
			}
		}
		return json;
	}

	private ConfigurationProperty find(String property) {
		ConfigurationPropertyName name = ConfigurationPropertyName.adapt(property, '.');
		List<ConfigurationPropertySource> sources = new ArrayList<>();
		ConfigurationPropertySources.get(this.environment).forEach(sources::add);
		return sources.stream()
			.map((source) -> source.getConfigurationProperty(name))
			.filter((found) -> found != null)
			.findFirst()
			.orElse(null);
	}

	private static String id(Enum<?> value) {
		return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

}
