package io.github.agentresilience.autoconfigure.internal.config;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

import io.github.agentresilience.actuate.internal.CooldownTime;
import io.github.agentresilience.actuate.internal.answer.LimitFigures;
import io.github.agentresilience.actuate.internal.answer.PoliciesAnswer;
import io.github.agentresilience.actuate.internal.answer.PoliciesAnswer.ChainPolicies;
import io.github.agentresilience.actuate.internal.answer.PoliciesAnswer.LayerPolicies;
import io.github.agentresilience.actuate.internal.answer.PoliciesAnswer.Setting;
import io.github.agentresilience.actuate.internal.answer.PoliciesAnswer.TargetPolicies;
import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.autoconfigure.internal.guard.Policies;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.TurnBudget;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.TargetChain;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.limit.Limits;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.policy.HedgePolicy;
import io.github.agentresilience.chain.internal.policy.LimitPolicy;
import io.github.agentresilience.chain.internal.policy.Price;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.origin.Origin;
import org.springframework.core.env.Environment;

/**
 * Describes chains and targets with the values in force, each with the property that it
 * comes from. Values are taken from what runs, not from what was configured; none of them
 * is a secret.
 */
public final class PolicyReport implements Supplier<PoliciesAnswer> {

	private static final String DEFAULT = "default";

	private final ChainRegistry registry;

	private final Time time;

	private final ResilienceProperties properties;

	private final Environment environment;

	public PolicyReport(ChainRegistry registry, Time time, ResilienceProperties properties, Environment environment) {
		this.registry = registry;
		this.properties = properties;
		this.time = time;
		this.environment = environment;
	}

	@Override
	public PoliciesAnswer get() {
		return new PoliciesAnswer(layer(Layer.LLM, llm()), layer(Layer.MCP, mcp()), fleet());
	}

	private @Nullable Map<String, Setting> fleet() {
		if (!this.properties.fleet().enabled()) {
			return null;
		}
		Map<String, Setting> values = new LinkedHashMap<>();
		values.put("enabled", value(this.properties.fleet().enabled(), "resilience.fleet.enabled"));
		String name = this.properties.fleet().name();
		String application = this.environment.getProperty("spring.application.name");
		if (name != null || application != null) {
			values.put("name", value((name != null) ? name : String.valueOf(application), "resilience.fleet.name",
					"spring.application.name"));
		}
		values.put("timeout", value(this.properties.fleet().timeout(), "resilience.fleet.timeout"));
		return values;
	}

	private LayerPolicies layer(Layer layer, Map<String, Setting> policy) {
		Map<String, ChainPolicies> chains = new LinkedHashMap<>();
		this.registry.chains(layer).forEach((chain) -> chains.put(chain.name(), chain(layer, chain)));
		Map<String, TargetPolicies> targets = new LinkedHashMap<>();
		this.registry.targets(layer).forEach((target) -> targets.put(target.name(), target(layer, target)));
		return new LayerPolicies(policy, chains, targets);
	}

	/** What holds for the whole layer and is in no chain and no target to be read off. */
	private Map<String, Setting> llm() {
		ResilienceProperties.Llm llm = this.properties.llm();
		Map<String, Setting> values = new LinkedHashMap<>();
		values.put("retry.budget", value(llm.retry().budget(), "resilience.llm.retry.budget"));
		values.put("fallback-on", value(llm.fallbackOn().stream().map(PolicyReport::id).toList(),
				"resilience.llm.fallback-on", "resilience.llm.fallback-on[0]"));
		values.put("portable-history", value(llm.portableHistory(), "resilience.llm.portable-history"));
		values.put("sticky", value(id(llm.sticky()), "resilience.llm.sticky"));
		values.put("sticky-ttl", value(llm.stickyTtl(), "resilience.llm.sticky-ttl"));
		values.put("accept", value(llm.accept().stream().map(PolicyReport::id).toList(), "resilience.llm.accept",
				"resilience.llm.accept[0]"));
		values.put("limits.queue", value(llm.limits().queue(), "resilience.llm.limits.queue"));
		values.put("probe.enabled", value(llm.probe().enabled(), "resilience.llm.probe.enabled"));
		values.put("probe.timeout", value(llm.probe().timeout(), "resilience.llm.probe.timeout"));
		return values;
	}

	private Map<String, Setting> mcp() {
		ResilienceProperties.Mcp mcp = this.properties.mcp();
		Map<String, Setting> values = new LinkedHashMap<>();
		values.put("retry.budget", value(mcp.retry().budget(), "resilience.mcp.retry.budget"));
		values.put("tool-errors", value(id(mcp.toolErrors()), "resilience.mcp.tool-errors"));
		values.put("replay", value(id(mcp.replay()), "resilience.mcp.replay"));
		values.put("reset-timeout-on-progress",
				value(mcp.resetTimeoutOnProgress(), "resilience.mcp.reset-timeout-on-progress"));
		values.put("limits.queue", value(mcp.limits().queue(), "resilience.mcp.limits.queue"));
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

	private ChainPolicies chain(Layer layer, TargetChain<?, ?> chain) {
		ChainPolicy policy = chain.policy();
		String shared = "resilience." + layer.id();
		Map<String, Setting> values = new LinkedHashMap<>();
		values.put("deadline", value(policy.deadline(), shared + ".deadline"));
		values.put("when-all-open", value(id(policy.whenAllOpen()), shared + ".when-all-open"));
		values.put("routing", value(id(policy.routing()), shared + ".routing"));
		Duration threshold = policy.latencyThreshold();
		if (threshold != null) {
			values.put("latency-threshold", value(threshold, shared + ".latency-threshold"));
		}
		values.put("hedge.budget", value(policy.hedgeBudget(), shared + ".hedge.budget"));
		TurnBudget budget = policy.turnBudget();
		if (budget != null) {
			turnBudget(values, budget, shared + ".turn-budget", under(shared + ".turn-budget.chains", chain.name()));
		}
		return new ChainPolicies(chain.targets().stream().map(GuardedTarget::name).toList(), values);
	}

	private void turnBudget(Map<String, Setting> values, TurnBudget budget, String shared, String own) {
		Map<String, @Nullable Object> limits = new LinkedHashMap<>();
		limits.put("tokens", budget.tokens());
		limits.put("cost", budget.cost());
		limits.put("model-calls", budget.modelCalls());
		limits.put("tool-calls", budget.toolCalls());
		limits.forEach((key, limit) -> {
			if (limit != null) {
				values.put("turn-budget." + key, value(limit, own + "." + key, shared + "." + key));
			}
		});
	}

	private TargetPolicies target(Layer layer, GuardedTarget<?, ?> target) {
		String shared = "resilience." + layer.id();
		String own = under(shared + (layer == Layer.LLM ? ".targets" : ".connections"), target.name());
		Map<String, Setting> values = new LinkedHashMap<>();
		values.put("timeout", value(target.timeouts().attempt(), own + ".timeout", shared + ".timeout"));
		if (layer == Layer.LLM) {
			values.put("first-token-timeout", value(target.timeouts().firstChunk(), own + ".first-token-timeout",
					shared + ".first-token-timeout"));
			values.put("stream-idle-timeout",
					value(target.timeouts().idle(), own + ".stream-idle-timeout", shared + ".stream-idle-timeout"));
			values.put("stream-commit",
					value(id(target.streamCommit()), own + ".stream-commit", shared + ".stream-commit"));
			values.put("weight", value(target.weight(), own + ".weight"));
			limits(values, this.properties.llm().targets().get(target.name()), own);
			price(values, target.price(), own);
		}
		limits(values, target.limits(), own);
		values.put("hedge.enabled", value(target.hedge().enabled(), own + ".hedge.enabled", shared + ".hedge.enabled"));
		values.put("hedge.after", value(delay(target.hedge()), own + ".hedge.after", shared + ".hedge.after"));
		retry(values, target, own, shared);
		breaker(values, target.breaker().getCircuitBreakerConfig(), own, shared,
				under("resilience4j.circuitbreaker.instances", layer.breakerId(target.name())));
		Instant cooldown = CooldownTime.until(target, this.time);
		return new TargetPolicies(target.breaker().getState().name(), (cooldown != null) ? cooldown.toString() : null,
				LimitFigures.of(target.limits()), values);
	}

	/** What is known of it only where it is declared. */
	private void limits(Map<String, Setting> values, ResilienceProperties.@Nullable LlmTarget declared, String own) {
		if (declared != null && declared.contextWindow() != null) {
			values.put("context-window", value(declared.contextWindow(), own + ".context-window"));
		}
		if (declared != null && declared.supports() != null) {
			values.put("supports", value(declared.supports().stream().map(PolicyReport::id).toList(), own + ".supports",
					own + ".supports[0]"));
		}
	}

	private void price(Map<String, Setting> values, @Nullable Price price, String own) {
		if (price != null) {
			values.put("price.input-per-million", value(price.inputPerMillion(), own + ".price.input-per-million"));
			values.put("price.output-per-million", value(price.outputPerMillion(), own + ".price.output-per-million"));
		}
	}

	private void limits(Map<String, Setting> values, @Nullable Limits limits, String own) {
		if (limits == null) {
			return;
		}
		LimitPolicy policy = limits.policy();
		if (policy.requestsPerMinute() > 0) {
			values.put("limits.requests-per-minute",
					value(policy.requestsPerMinute(), own + ".limits.requests-per-minute"));
		}
		if (policy.tokensPerMinute() > 0) {
			values.put("limits.tokens-per-minute", value(policy.tokensPerMinute(), own + ".limits.tokens-per-minute"));
		}
		if (policy.concurrency() != 0) {
			values.put("limits.concurrency",
					value(policy.isAdaptive() ? Policies.ADAPTIVE : policy.concurrency(), own + ".limits.concurrency"));
		}
		if (policy.learn()) {
			values.put("limits.learn", value(true, own + ".limits.learn"));
		}
	}

	private static Object delay(HedgePolicy hedge) {
		Duration after = hedge.after();
		return (after != null) ? after : "p95";
	}

	private void retry(Map<String, Setting> values, GuardedTarget<?, ?> target, String own, String shared) {
		Map<String, Object> retry = new LinkedHashMap<>();
		retry.put("max-attempts", target.retry().maxAttempts());
		retry.put("initial-backoff", target.retry().initialBackoff());
		retry.put("multiplier", target.retry().multiplier());
		retry.put("max-backoff", target.retry().maxBackoff());
		retry.put("jitter", target.retry().jitter());
		retry.put("max-retry-after", target.retry().maxRetryAfter());
		retry.forEach((key, value) -> values.put("retry." + key,
				value(value, own + ".retry." + key, shared + ".retry." + key)));
	}

	private void breaker(Map<String, Setting> values, CircuitBreakerConfig config, String own, String shared,
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
		breaker.forEach((key, value) -> values.put("breaker." + key, value(value.get(0), instance + "." + value.get(1),
				own + ".breaker." + key, shared + ".breaker." + key)));
	}

	/** A value, and the first of these properties that is set. */
	private Setting value(Object value, String... properties) {
		Object shown = (value instanceof Duration duration) ? duration.toMillis() + "ms" : value;
		for (String property : properties) {
			ConfigurationProperty set = find(property);
			if (set != null) {
				Origin origin = set.getOrigin();
				return new Setting(shown, property, (origin != null) ? origin.toString() : null);
			}
		}
		return new Setting(shown, DEFAULT, null);
	}

	private @Nullable ConfigurationProperty find(String property) {
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
