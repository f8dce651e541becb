package io.github.agentresilience.autoconfigure.internal.config;

import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import io.github.agentresilience.autoconfigure.ResilienceConfigurationException;
import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Breaker;
import io.github.agentresilience.autoconfigure.ResilienceProperties.ConnectionLimits;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Hedge;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Limits;
import io.github.agentresilience.autoconfigure.ResilienceProperties.LlmTarget;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Options;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Price;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Retry;
import io.github.agentresilience.autoconfigure.internal.guard.Policies;
import io.github.agentresilience.chain.Routing;
import io.github.agentresilience.chain.internal.policy.Defaults;
import org.jspecify.annotations.Nullable;

/**
 * What must hold of the configuration before anything is built from it.
 */
public final class ConfigurationRules {

	public static final String EXPERIMENTS = "resilience.chaos.experiments.";

	private static final Pattern PATH_OF_REQUESTS = Pattern.compile("/chat/completions/*$");

	private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

	private static final Pattern FLEET_NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

	private static final String FLEET_NAME_PROBLEM = "is no name for a fleet";

	private static final String FLEET_NAME_FIX = "Use up to 64 letters, digits, dots, dashes and underscores.";

	/** One in a nanosecond: nothing is counted faster. */
	private static final long MOST_PER_MINUTE = 60_000_000_000L;

	private static final Duration LONGEST_FLEET_TIMEOUT = Duration.ofSeconds(1);

	private static final Duration SHORTEST = Duration.ofMillis(1);

	/** Far below where nanoseconds overflow. */
	private static final Duration LONGEST = Duration.ofDays(366);

	private ConfigurationRules() {
	}

	/** Checks everything that can be checked without looking at beans. */
	public static void check(ResilienceProperties properties) {
		ResilienceProperties.Llm llm = properties.llm();
		positive("resilience.llm.timeout", llm.timeout());
		optionallyPositive("resilience.llm.first-token-timeout", llm.firstTokenTimeout());
		positive("resilience.llm.stream-idle-timeout", llm.streamIdleTimeout());
		positive("resilience.llm.deadline", llm.deadline());
		positive("resilience.llm.sticky-ttl", llm.stickyTtl());
		routing(llm);
		retry("resilience.llm.retry", llm.retry().shared());
		budget("resilience.llm.retry.budget", llm.retry().budget());
		breaker("resilience.llm.breaker", llm.breaker(), null);
		hedge("resilience.llm.hedge", llm.hedge());
		llm.targets().forEach((name, target) -> target("resilience.llm.targets." + name, target, llm.breaker()));
		llm.chains().forEach((name, targets) -> chain("resilience.llm.chains." + name, targets));
		TurnBudgetRules.check(llm);
		queue("resilience.llm.limits.queue", llm.limits().queue());
		ResilienceProperties.Mcp mcp = properties.mcp();
		queue("resilience.mcp.limits.queue", mcp.limits().queue());
		positive("resilience.mcp.timeout", mcp.timeout());
		positive("resilience.mcp.deadline", mcp.deadline());
		retry("resilience.mcp.retry", mcp.retry().shared());
		budget("resilience.mcp.retry.budget", mcp.retry().budget());
		breaker("resilience.mcp.breaker", mcp.breaker(), null);
		hedge("resilience.mcp.hedge", mcp.hedge());
		positive("resilience.llm.probe.timeout", llm.probe().timeout());
		positive("resilience.mcp.probe.timeout", mcp.probe().timeout());
		mcp.tools()
			.forEach((name, tool) -> optionallyPositive("resilience.mcp.tools." + name + ".timeout", tool.timeout()));
		mcp.connections().forEach((name, connection) -> {
			optionallyPositive("resilience.mcp.connections." + name + ".timeout", connection.timeout());
			hedgeDelay("resilience.mcp.connections." + name + ".hedge", connection.hedge().after());
			retry("resilience.mcp.connections." + name + ".retry", connection.retry());
			breaker("resilience.mcp.connections." + name + ".breaker", connection.breaker(), mcp.breaker());
			limits("resilience.mcp.connections." + name + ".limits", connection.limits());
		});
		mcp.chains().forEach((name, connections) -> chain("resilience.mcp.chains." + name, connections));
		ExperimentRules.check(properties);
		positive("resilience.scorecard.window", properties.scorecard().window());
		String fleet = properties.fleet().name();
		require(fleet == null || isFleetName(fleet), "resilience.fleet.name", FLEET_NAME_PROBLEM, FLEET_NAME_FIX);
		positive("resilience.fleet.timeout", properties.fleet().timeout());
		require(properties.fleet().timeout().compareTo(LONGEST_FLEET_TIMEOUT) <= 0, "resilience.fleet.timeout",
				"is longer than a call should wait for a count", "Use up to 1s; the default is 20ms.");
	}

	/**
	 * Checks what is said of a tool. A name that has a dot in it looks like a tool with
	 * an unknown property.
	 * @param said the properties, unbound
	 */
	static void checkTool(String name, Object said) {
		boolean understood = "".equals(said) || said instanceof Map<?, ?> properties
				&& (properties.containsKey("timeout") || properties.containsKey("replay"))
				&& properties.values().stream().noneMatch((value) -> value instanceof Map);
		require(understood, "resilience.mcp.tools." + name,
				"has neither a timeout nor a replay, or holds something else",
				"Set one of them; put brackets around a name with other characters than letters, digits and dashes, such as "
						+ "resilience.mcp.tools.[my.tool].timeout.");
	}

	/** Checks that every member of every chain exists. */
	public static void checkMembers(String prefix, Map<String, List<String>> chains, Collection<String> known,
			String what, String where) {
		chains.forEach((name, members) -> members.forEach((member) -> {
			if (!known.contains(member)) {
				throw new ResilienceConfigurationException(prefix + "." + name,
						"names the unknown " + what + " '" + member + "'",
						"Declare '" + member + "' under " + where + ", or use one of: " + String.join(", ", known));
			}
		}));
	}

	private static void target(String property, LlmTarget target, Breaker ofLayer) {
		if (target.bean() != null) {
			require(target.limits() == null || !target.limits().learn(), property + ".limits.learn",
					"is set on a target that is a bean, whose answers do not show their headers",
					"Set the limits themselves, or declare an endpoint.");
			require(target.options().extraBody().isEmpty(), property + ".options.extra-body",
					"is set on a target that is a bean", "Set it on the bean's own options, or declare an endpoint.");
			require(target.baseUrl() == null && target.model() == null && target.apiKey() == null, property,
					"has both a bean and an endpoint",
					"Keep either 'bean', or 'base-url', 'api-key' and 'model'; two targets need two names.");
		}
		else {
			require(target.baseUrl() != null && !target.baseUrl().isBlank(), property,
					"has neither a base-url nor a bean",
					"Set '" + property + ".base-url' to an OpenAI-compatible endpoint, or '" + property
							+ ".bean' to the name of a ChatModel bean.");
			require(isHttpUrl(target.baseUrl()), property + ".base-url", "is no http or https URL",
					"Use the endpoint up to and including its version, such as https://gateway.example/v1.");
			require(!PATH_OF_REQUESTS.matcher(String.valueOf(target.baseUrl())).find(), property + ".base-url",
					"ends with the path of its requests, which is added to it",
					"Use the endpoint up to and including its version, without /chat/completions.");
			require(target.model() != null && !target.model().isBlank(), property + ".model", "is missing",
					"Set it to the name under which the endpoint knows the model.");
		}
		require(target.weight() >= 0 && Double.isFinite(target.weight()), property + ".weight", "is negative",
				"Use a share such as 3, or 0 for a target that is only fallen back on.");
		atLeast(property + ".context-window", target.contextWindow(), 1);
		price(property + ".price", target.price());
		limits(property + ".limits", target.limits());
		options(property + ".options", target.options());
		optionallyPositive(property + ".timeout", target.timeout());
		optionallyPositive(property + ".first-token-timeout", target.firstTokenTimeout());
		optionallyPositive(property + ".stream-idle-timeout", target.streamIdleTimeout());
		hedgeDelay(property + ".hedge", target.hedge().after());
		retry(property + ".retry", target.retry());
		breaker(property + ".breaker", target.breaker(), ofLayer);
		credentials(property, target);
	}

	private static void routing(ResilienceProperties.Llm llm) {
		optionallyPositive("resilience.llm.latency-threshold", llm.latencyThreshold());
		require(llm.latencyThreshold() == null || llm.routing() == Routing.LATENCY, "resilience.llm.latency-threshold",
				"is set, and the routing is not latency", "Set resilience.llm.routing to latency, or remove it.");
		require(llm.routing() != Routing.COST
				|| llm.targets().values().stream().anyMatch((target) -> Policies.price(target.price()) != null),
				"resilience.llm.routing", "is cost, and no target has a price",
				"Set resilience.llm.targets.<name>.price.input-per-million and output-per-million.");
	}

	/** A price that is only half known would make every figure wrong without a word. */
	private static void price(String property, @Nullable Price price) {
		if (price == null) {
			return;
		}
		amount(property + ".input-per-million", price.inputPerMillion());
		amount(property + ".output-per-million", price.outputPerMillion());
		require((price.inputPerMillion() == null) == (price.outputPerMillion() == null),
				property + (price.inputPerMillion() == null ? ".input-per-million" : ".output-per-million"),
				"is missing", "Set it too, to 0 where such tokens cost nothing.");
	}

	private static void amount(String property, @Nullable Double amount) {
		require(amount == null || (amount >= 0 && Double.isFinite(amount)), property, "is negative, or no number",
				"Use what a million tokens cost, such as 2.5, or 0.");
	}

	/** What an HTTP client refuses in a header it prints, the key with it. */
	private static void credentials(String property, LlmTarget target) {
		require(target.apiKey() == null || isHeaderValue(target.apiKey().stripTrailing()), property + ".api-key",
				"has a character that no header can hold, such as a line end",
				"Take it out; its value is not shown here.");
		target.headers().forEach((name, value) -> {
			require(HEADER_NAME.matcher(name).matches(), property + ".headers", "has a name that no header can have",
					"Use letters, digits and hyphens.");
			require(isHeaderValue(value), property + ".headers." + name,
					"has a character that no header can hold, such as a line end",
					"Take it out; its value is not shown here.");
		});
	}

	private static boolean isHeaderValue(String value) {
		return value.chars().allMatch((each) -> each == '\t' || (each >= ' ' && each <= '~'));
	}

	private static void queue(String property, int most) {
		require(most >= 0, property, "is negative",
				"Use how many calls may wait at once, or 0 to have them fail at once.");
	}

	private static void limits(String property, @Nullable Limits limits) {
		if (limits != null) {
			limit(property + ".requests-per-minute", limits.requestsPerMinute());
			limit(property + ".tokens-per-minute", limits.tokensPerMinute());
			concurrency(property + ".concurrency", limits.concurrency());
		}
	}

	private static void limits(String property, @Nullable ConnectionLimits limits) {
		if (limits != null) {
			limit(property + ".requests-per-minute", limits.requestsPerMinute());
			concurrency(property + ".concurrency", limits.concurrency());
		}
	}

	private static void limit(String property, @Nullable Number most) {
		require(most == null || most.longValue() > 0, property, "is less than 1",
				"Use 1 or more, or leave it out for no limit.");
		require(most == null || most.longValue() <= MOST_PER_MINUTE, property, "is more than can be counted",
				"Use " + MOST_PER_MINUTE + " or less, or leave it out for no limit.");
	}

	private static void concurrency(String property, @Nullable String most) {
		require(most == null || Policies.isConcurrency(most), property, "is neither adaptive nor a number from 1 on",
				"Use adaptive, or a number such as 8, or leave it out for no limit.");
	}

	private static void options(String property, Options options) {
		require(options.temperature() == null || options.temperature() >= 0, property + ".temperature", "is negative",
				"Use 0 or more.");
		require(options.topP() == null || (options.topP() >= 0 && options.topP() <= 1), property + ".top-p",
				"is not between 0 and 1", "Use a share such as 0.9.");
		atLeast(property + ".max-tokens", options.maxTokens(), 1);
		atLeast(property + ".max-completion-tokens", options.maxCompletionTokens(), 1);
		require(options.maxTokens() == null || options.maxCompletionTokens() == null, property + ".max-tokens",
				"is set besides max-completion-tokens", "Keep the one that the model understands.");
	}

	private static void hedge(String property, Hedge hedge) {
		require(hedge.budget() >= 0 && hedge.budget() <= 1, property + ".budget", "is not between 0 and 1",
				"Use the share of calls that may be hedged, such as 0.1.");
		hedgeDelay(property, hedge.after());
	}

	private static void hedgeDelay(String property, @Nullable String after) {
		require(after == null || Policies.isHedgeDelay(after), property + ".after",
				"is neither p95 nor a positive duration", "Use p95, or a duration such as 500ms.");
	}

	/** What may be part of a key, and tells one fleet from another. */
	public static boolean isFleetName(String name) {
		return FLEET_NAME.matcher(name).matches();
	}

	private static boolean isHttpUrl(@Nullable String text) {
		try {
			URI uri = URI.create(String.valueOf(text));
			return uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
		}
		catch (IllegalArgumentException ex) {
			return false;
		}
	}

	private static void chain(String property, List<String> members) {
		require(!members.isEmpty(), property, "has no target", "Name at least one, or remove the chain.");
		Set<String> seen = new HashSet<>();
		for (String member : members) {
			require(seen.add(member), property, "names '" + member + "' twice", "Name each of them once.");
		}
	}

	private static void retry(String property, Retry retry) {
		atLeast(property + ".max-attempts", retry.maxAttempts(), 1);
		notNegative(property + ".initial-backoff", retry.initialBackoff());
		notNegative(property + ".max-backoff", retry.maxBackoff());
		notNegative(property + ".max-retry-after", retry.maxRetryAfter());
		require(retry.multiplier() == null || retry.multiplier() >= 1, property + ".multiplier", "is less than 1",
				"Use 1 for equal waits, or more for growing ones.");
		require(retry.jitter() == null || (retry.jitter() >= 0 && retry.jitter() <= 1), property + ".jitter",
				"is not between 0 and 1", "Use the share of each wait that is to be random, such as 0.5.");
	}

	private static void budget(String property, double budget) {
		require(budget >= 0 && budget <= 1, property, budget < 0 ? "is negative" : "is greater than 1",
				"Use the share of calls that may be retries, such as 0.2.");
	}

	/**
	 * Checks a breaker.
	 * @param ofLayer what holds where it says nothing, {@code null} for the layer's own
	 */
	private static void breaker(String property, Breaker breaker, @Nullable Breaker ofLayer) {
		atLeast(property + ".window", breaker.window(), 1);
		atLeast(property + ".minimum-calls", breaker.minimumCalls(), 1);
		atLeast(property + ".half-open-calls", breaker.halfOpenCalls(), 1);
		Integer ofLayerWindow = (ofLayer != null) ? ofLayer.window() : null;
		int window = Policies.first(breaker.window(), Policies.first(ofLayerWindow, Defaults.WINDOW));
		require(breaker.minimumCalls() == null || breaker.minimumCalls() <= window, property + ".minimum-calls",
				"is greater than the window", "Use at most the window, which is " + window + ".");
		Integer minimum = (breaker.minimumCalls() == null && ofLayer != null) ? ofLayer.minimumCalls() : null;
		require(minimum == null || minimum <= window, property + ".window",
				"is smaller than the layer's minimum-calls, which is " + minimum,
				"Use a greater window, or set " + property + ".minimum-calls too.");
		percent(property + ".failure-rate", breaker.failureRate());
		percent(property + ".slow-call-rate", breaker.slowCallRate());
		optionallyPositive(property + ".slow-call", breaker.slowCall());
		optionallyPositive(property + ".open-for", breaker.openFor());
	}

	private static void percent(String property, @Nullable Float value) {
		require(value == null || (value > 0 && value <= 100), property, "is not a percentage above 0",
				"Use a number above 0 and up to 100.");
	}

	private static void atLeast(String property, @Nullable Integer value, int least) {
		require(value == null || value >= least, property, "is less than " + least, "Use " + least + " or more.");
	}

	private static void notNegative(String property, @Nullable Duration value) {
		require(value == null || !value.isNegative(), property, "is negative", "Use a duration such as 100ms, or 0s.");
		require(value == null || value.compareTo(LONGEST) <= 0, property, "is longer than a year",
				"Use a shorter one.");
	}

	public static void optionallyPositive(String property, @Nullable Duration value) {
		if (value != null) {
			positive(property, value);
		}
	}

	public static void positive(String property, Duration value) {
		require(value.compareTo(SHORTEST) >= 0, property, value.isNegative() ? "is negative" : "is shorter than 1ms",
				"Use a positive duration such as 10s.");
		require(value.compareTo(LONGEST) <= 0, property, "is longer than a year", "Use a shorter one.");
	}

	public static void require(boolean right, String property, String problem, String fix) {
		if (!right) {
			throw new ResilienceConfigurationException(property, problem, fix);
		}
	}

}
