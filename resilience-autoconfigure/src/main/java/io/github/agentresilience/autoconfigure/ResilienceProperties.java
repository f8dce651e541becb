package io.github.agentresilience.autoconfigure;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.github.agentresilience.chain.ChainPolicy.Routing;
import io.github.agentresilience.chain.ChainPolicy.WhenAllOpen;
import io.github.agentresilience.chain.TargetPolicy.StreamCommit;
import io.github.agentresilience.llm.FallbackOn;
import io.github.agentresilience.mcp.Replay;
import io.github.agentresilience.mcp.ToolErrors;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Everything under {@code resilience}.
 *
 * @param enabled Whether calls are wrapped. When false, nothing is wrapped and nothing is registered.
 * @param llm Chat completions.
 * @param mcp Calls to MCP servers.
 * @param chaos Injected faults.
 * @param scorecard What is counted, and how far back.
 */
@ConfigurationProperties(ResilienceProperties.PREFIX)
public record ResilienceProperties(@DefaultValue("true") boolean enabled, @DefaultValue Llm llm, @DefaultValue Mcp mcp,
		@DefaultValue Chaos chaos, @DefaultValue Scorecard scorecard) {

	static final String PREFIX = "resilience";

	static final String DEFAULT_CHAIN = "default";

	/**
	 * Chat completions.
	 *
	 * @param targets Every place a completion can come from, by name.
	 * @param chains Names of targets in the order in which they are tried, by the chain's name. "default" is what
	 * ChatClient uses; any other becomes a ChatModel bean, "smart" the bean smartChatModel.
	 * @param timeout How long one attempt of a call may take, to the last byte.
	 * @param firstTokenTimeout How long one attempt of a stream may take to its first chunk.
	 * @param streamIdleTimeout The longest silence between two chunks of a stream.
	 * @param streamCommit When a stream may no longer change its target: with its first chunk, or only when it is
	 * complete, in which case its chunks are held until then.
	 * @param deadline How long a whole call may take: all attempts, all targets, all waits.
	 * @param whenAllOpen What happens when every breaker of a chain is open: the last target is still tried by a few
	 * calls at once, or the call fails at once.
	 * @param fallbackOn Refusals of the request itself that another target is asked about all the same.
	 * @param routing In which order a call tries the targets of its chain: as the chain names them, at random by their
	 * weights, or the quickest of late first.
	 * @param hedge When another target is asked too because one is slow.
	 * @param probe Whether a target whose breaker is open is asked whether it is back. That costs a token each time.
	 * @param retry How often one target is asked within a call.
	 * @param breaker When a target is left alone.
	 */
	public record Llm(@DefaultValue Map<String, LlmTarget> targets, @DefaultValue Map<String, List<String>> chains,
			@DefaultValue("60s") Duration timeout, @DefaultValue("15s") Duration firstTokenTimeout,
			@DefaultValue("15s") Duration streamIdleTimeout, @DefaultValue("first-chunk") StreamCommit streamCommit,
			@DefaultValue("120s") Duration deadline, @DefaultValue("last-target") WhenAllOpen whenAllOpen,
			@DefaultValue Set<FallbackOn> fallbackOn, @DefaultValue("priority") Routing routing,
			@DefaultValue Hedge hedge, @DefaultValue LlmProbe probe, @DefaultValue LegRetry retry,
			@DefaultValue Breaker breaker) {

		/** The chains, the default one among them, which holds all targets where it is not declared. */
		Map<String, List<String>> allChains() {
			Map<String, List<String>> all = new LinkedHashMap<>();
			all.put(DEFAULT_CHAIN, this.chains.getOrDefault(DEFAULT_CHAIN, List.copyOf(this.targets.keySet())));
			this.chains.forEach(all::putIfAbsent);
			return all;
		}

	}

	/**
	 * A place a completion can come from: an OpenAI-compatible endpoint, or a ChatModel bean.
	 *
	 * @param baseUrl The endpoint, up to and including the version, such as https://gateway.example/v1.
	 * @param apiKey The key that is sent as bearer token. Without one, no Authorization header is sent.
	 * @param model The name under which the endpoint knows the model.
	 * @param headers Headers that are sent with every request.
	 * @param bean The name of a ChatModel bean, instead of an endpoint.
	 * @param weight Its share of the calls where routing is weighted, against the weights of the others. A target of
	 * weight 0 is only fallen back on.
	 * @param options Options that this target insists on, whatever the prompt says.
	 * @param timeout Overrides the leg's timeout.
	 * @param firstTokenTimeout Overrides the leg's first-token-timeout.
	 * @param streamIdleTimeout Overrides the leg's stream-idle-timeout.
	 * @param streamCommit Overrides the leg's stream-commit, for streams that this target serves.
	 * @param hedge Overrides the leg's hedge, key by key, for attempts at this target that are slow.
	 * @param retry Overrides the leg's retry, key by key.
	 * @param breaker Overrides the leg's breaker, key by key.
	 */
	public record LlmTarget(@Nullable String baseUrl, @Nullable String apiKey, @Nullable String model,
			@DefaultValue Map<String, String> headers, @Nullable String bean,
			@DefaultValue("1") double weight, @DefaultValue Options options, @Nullable Duration timeout,
			@Nullable Duration firstTokenTimeout, @Nullable Duration streamIdleTimeout,
			@Nullable StreamCommit streamCommit, @DefaultValue TargetHedge hedge, @DefaultValue Retry retry,
			@DefaultValue Breaker breaker) {

		/** Leaves out the key and the values of the headers. */
		@Override
		public String toString() {
			return "LlmTarget[baseUrl=" + this.baseUrl + ", model=" + this.model + ", headers=" + this.headers.keySet()
					+ ", bean=" + this.bean + "]";
		}

	}

	/**
	 * Options that one target insists on, whatever the prompt says.
	 *
	 * @param temperature The randomness of the answer.
	 * @param topP The share of likely tokens to choose from, 0 to 1.
	 * @param maxTokens The length of the answer, in tokens.
	 * @param maxCompletionTokens The same for reasoning models of OpenAI, which take no max_tokens.
	 * @param frequencyPenalty Against repeating a token often.
	 * @param presencePenalty Against repeating a token at all.
	 * @param stop Texts that end the answer.
	 * @param extraBody Fields that are added to the request as they are.
	 */
	public record Options(@Nullable Double temperature, @Nullable Double topP, @Nullable Integer maxTokens,
			@Nullable Integer maxCompletionTokens, @Nullable Double frequencyPenalty,
			@Nullable Double presencePenalty, @Nullable List<String> stop, @DefaultValue Map<String, Object> extraBody) {
	}

	/**
	 * When another target is asked too because one is slow; the first good answer wins.
	 *
	 * @param enabled Whether slow attempts are hedged.
	 * @param after How long an attempt may take before it is hedged: a duration, or p95 for what 95 % of the target's
	 * recent answers took at most.
	 * @param budget Hedges allowed as a share of the calls of a chain.
	 */
	public record Hedge(@DefaultValue("false") boolean enabled, @DefaultValue("p95") String after,
			@DefaultValue("0.1") double budget) {
	}

	/**
	 * When another target is asked too because this one is slow. How many hedges there may be is the leg's own rule.
	 *
	 * @param enabled Whether slow attempts at this target are hedged.
	 * @param after How long an attempt at it may take before it is hedged: a duration, or p95 for what 95 % of its
	 * recent answers took at most.
	 */
	public record TargetHedge(@Nullable Boolean enabled, @Nullable String after) {
	}

	/**
	 * Calls to MCP servers.
	 *
	 * @param chains Names of connections under spring.ai.mcp.client in the order in which they are tried, by the
	 * chain's name. A connection in no chain is a chain of its own.
	 * @param timeout How long one attempt may take.
	 * @param deadline How long a whole call may take: all attempts, all servers, all waits.
	 * @param whenAllOpen What happens when every breaker of a chain is open: the last server is still tried by a few
	 * calls at once, or the call fails at once.
	 * @param replay Whether a tool is called again after an attempt that may have run: as its annotations allow, always,
	 * or never.
	 * @param resetTimeoutOnProgress Whether a tool's time begins anew when its server reports progress.
	 * @param connections What holds for one connection, by its name.
	 * @param tools What holds for one tool, by its name.
	 * @param probe Whether a server whose breaker is open is asked whether it is back.
	 * @param hedge When another server is asked too because one is slow; only for tools that are declared read-only or
	 * idempotent.
	 * @param toolErrors What an answer with isError is taken for: judged by what another server says, always a
	 * failure, or always the tool's answer.
	 * @param retry How often one server is asked within a call.
	 * @param breaker When a server is left alone.
	 */
	public record Mcp(@DefaultValue Map<String, List<String>> chains, @DefaultValue("20s") Duration timeout,
			@DefaultValue("60s") Duration deadline, @DefaultValue("last-target") WhenAllOpen whenAllOpen,
			@DefaultValue("judge") ToolErrors toolErrors, @DefaultValue("annotated") Replay replay,
			@DefaultValue("false") boolean resetTimeoutOnProgress, @DefaultValue Map<String, Connection> connections,
			@DefaultValue Map<String, Tool> tools, @DefaultValue Probe probe, @DefaultValue Hedge hedge,
			@DefaultValue LegRetry retry, @DefaultValue Breaker breaker) {
	}

	/**
	 * What holds for one MCP connection.
	 *
	 * @param timeout Overrides the leg's timeout.
	 * @param hedge Overrides the leg's hedge, key by key, for attempts at this server that are slow.
	 * @param retry Overrides the leg's retry, key by key.
	 * @param breaker Overrides the leg's breaker, key by key.
	 */
	public record Connection(@Nullable Duration timeout, @DefaultValue TargetHedge hedge, @DefaultValue Retry retry,
			@DefaultValue Breaker breaker) {
	}

	/**
	 * What holds for one tool.
	 *
	 * @param timeout How long one attempt may take, whichever server it is made on.
	 * @param replay Whether the tool is called again after an attempt that may have run.
	 */
	public record Tool(@Nullable Duration timeout, @Nullable Replay replay) {
	}

	/**
	 * Whether a server whose breaker is open is asked whether it is back.
	 *
	 * @param enabled Whether it is asked, with a ping, as soon as its breaker lets a probe through.
	 * @param timeout How long a ping may take.
	 */
	public record Probe(@DefaultValue("true") boolean enabled, @DefaultValue("5s") Duration timeout) {
	}

	/**
	 * Whether a target whose breaker is open is asked whether it is back.
	 *
	 * @param enabled Whether it is asked, for an answer of one token, as soon as its breaker lets a probe through.
	 * @param timeout How long the answer may take.
	 */
	public record LlmProbe(@DefaultValue("false") boolean enabled, @DefaultValue("10s") Duration timeout) {
	}

	/**
	 * How often one target is asked within a call, for a leg.
	 *
	 * @param maxAttempts Attempts on one target, the first included.
	 * @param initialBackoff The wait before the first retry.
	 * @param multiplier What each further wait is multiplied by.
	 * @param maxBackoff The longest wait.
	 * @param jitter Share of each wait that is random, 0 to 1.
	 * @param maxRetryAfter A Retry-After up to this is waited for on the target; a longer one sends the call on at
	 * once.
	 * @param budget Retries allowed as a share of recent calls of the leg; three a second are always allowed.
	 */
	public record LegRetry(@Nullable Integer maxAttempts, @Nullable Duration initialBackoff,
			@Nullable Double multiplier, @Nullable Duration maxBackoff, @Nullable Double jitter,
			@Nullable Duration maxRetryAfter, @DefaultValue("0.2") double budget) {

		Retry shared() {
			return new Retry(this.maxAttempts, this.initialBackoff, this.multiplier, this.maxBackoff, this.jitter,
					this.maxRetryAfter);
		}

	}

	/**
	 * How often one target is asked within a call.
	 *
	 * @param maxAttempts Attempts on the target, the first included.
	 * @param initialBackoff The wait before the first retry.
	 * @param multiplier What each further wait is multiplied by.
	 * @param maxBackoff The longest wait.
	 * @param jitter Share of each wait that is random, 0 to 1.
	 * @param maxRetryAfter A Retry-After up to this is waited for on the target; a longer one sends the call on at
	 * once.
	 */
	public record Retry(@Nullable Integer maxAttempts, @Nullable Duration initialBackoff, @Nullable Double multiplier,
			@Nullable Duration maxBackoff, @Nullable Double jitter, @Nullable Duration maxRetryAfter) {
	}

	/**
	 * When a target is left alone.
	 *
	 * @param window How many of the latest calls are looked at.
	 * @param minimumCalls Fewer calls than this open nothing.
	 * @param failureRate Percent of failed calls that opens the breaker.
	 * @param slowCall A call that takes longer counts as slow; of a stream, to its first chunk.
	 * @param slowCallRate Percent of slow calls that opens the breaker.
	 * @param openFor How long the breaker stays open before it lets a probe through.
	 * @param halfOpenCalls How many probes decide whether it closes.
	 */
	public record Breaker(@Nullable Integer window, @Nullable Integer minimumCalls, @Nullable Float failureRate,
			@Nullable Duration slowCall, @Nullable Float slowCallRate, @Nullable Duration openFor,
			@Nullable Integer halfOpenCalls) {
	}

	/**
	 * Injected faults.
	 *
	 * @param enabled Whether faults can be injected. When false, no chaos code is in the call path.
	 * @param runOnce The name of an experiment that is run at start-up; then the application ends, with an exit code
	 * other than 0 unless it passed.
	 * @param experiments Faults that are injected on purpose to see that what must hold does, by name.
	 */
	public record Chaos(@DefaultValue("false") boolean enabled, @Nullable String runOnce,
			@DefaultValue Map<String, ChaosExperiment> experiments) {
	}

	/**
	 * A chaos experiment.
	 *
	 * @param schedule When it is run: a cron expression with seconds.
	 * @param every How often it is run, counted from the end of the last run.
	 * @param duration How long the fault stays.
	 * @param fault The fault, with the fields of POST /actuator/chaos.
	 * @param steadyState What must hold before, during and after.
	 * @param probe What is asked meanwhile, so that no user has to.
	 */
	public record ChaosExperiment(@Nullable String schedule, @Nullable Duration every,
			@DefaultValue("30s") Duration duration, @DefaultValue Map<String, String> fault,
			@DefaultValue SteadyStateLimits steadyState, @DefaultValue ExperimentProbe probe) {
	}

	/**
	 * What must hold of the probes of an experiment.
	 *
	 * @param successRate The least share of probes that are answered, 0 to 1.
	 * @param p95 The longest that 95 % of them may take.
	 * @param mttr The longest that they may go unanswered.
	 */
	public record SteadyStateLimits(@Nullable Double successRate, @Nullable Duration p95, @Nullable Duration mttr) {
	}

	/**
	 * What an experiment asks.
	 *
	 * @param prompt A prompt for a chat model, or
	 * @param tool the name of a tool of an MCP server.
	 * @param arguments The tool's arguments.
	 * @param chain The chain that is asked; "default" for a prompt, the first one for a tool.
	 * @param rate How often a second.
	 * @param timeout How long one may take before it counts as unanswered. Ten seconds or the p95 of the steady state,
	 * whichever is longer, and under the fault what an attempt may take and five seconds more.
	 */
	public record ExperimentProbe(@Nullable String prompt, @Nullable String tool,
			@DefaultValue Map<String, Object> arguments, @Nullable String chain, @DefaultValue("5") double rate,
			@Nullable Duration timeout) {

		public ExperimentProbe {
			prompt = isBlank(prompt) ? null : prompt;
			tool = isBlank(tool) ? null : tool;
		}

		private static boolean isBlank(@Nullable String text) {
			return text == null || text.isBlank();
		}

	}

	/**
	 * What is counted, and how far back.
	 *
	 * @param window How far back percentiles look.
	 */
	public record Scorecard(@DefaultValue("10m") Duration window) {
	}

}
