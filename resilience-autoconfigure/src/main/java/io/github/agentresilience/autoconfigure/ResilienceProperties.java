package io.github.agentresilience.autoconfigure;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.github.agentresilience.chain.Routing;
import io.github.agentresilience.chain.StreamCommit;
import io.github.agentresilience.chain.WhenAllOpen;
import io.github.agentresilience.llm.Accept;
import io.github.agentresilience.llm.Capability;
import io.github.agentresilience.llm.FallbackOn;
import io.github.agentresilience.llm.Sticky;
import io.github.agentresilience.mcp.Replay;
import io.github.agentresilience.mcp.ToolErrors;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Everything under {@code resilience}.
 *
 * @param enabled Whether calls are protected. When false, nothing is wrapped or
 * registered.
 * @param llm Chat completions.
 * @param mcp Calls to MCP servers.
 * @param chaos Injected faults.
 * @param scorecard Figures that the scorecard shows.
 * @param fleet What the instances of one application share.
 * @param whatif What another policy would have made of recent calls.
 */
@ConfigurationProperties(ResilienceProperties.PREFIX)
public record ResilienceProperties(@DefaultValue("true") boolean enabled, @DefaultValue Llm llm, @DefaultValue Mcp mcp,
		@DefaultValue Chaos chaos, @DefaultValue Scorecard scorecard, @DefaultValue Fleet fleet,
		@DefaultValue WhatIf whatif) {

	public static final String PREFIX = "resilience";

	public static final String DEFAULT_CHAIN = "default";

	/**
	 * Chat completions.
	 *
	 * @param targets Models that can answer, by name. Each is an OpenAI-compatible
	 * endpoint or a ChatModel bean.
	 * @param chains Names of targets, in the order in which they are tried, by the name
	 * of the chain. ChatClient uses the chain "default", which holds all targets unless
	 * it is declared. Any other chain becomes a ChatModel bean: "smart" becomes
	 * smartChatModel.
	 * @param timeout Longest time that one attempt of a call may take, to the last byte.
	 * A long completion of a large model takes tens of seconds.
	 * @param firstTokenTimeout Longest time from the start of an attempt of a stream to
	 * its first chunk. Unless set, the shorter of 15s and the timeout.
	 * @param streamIdleTimeout Longest silence between two chunks of a stream.
	 * @param streamCommit When a stream can no longer move to another target: with its
	 * first chunk, or only when it is complete, in which case its chunks are held until
	 * then. With restart, chunks are passed on as they arrive; when the stream breaks,
	 * the next target starts again, and its first chunk says that earlier ones are void.
	 * @param deadline Longest time that a whole call may take, with all attempts, targets
	 * and waits. The default is two full attempts.
	 * @param whenAllOpen What happens when every breaker of a chain is open: the last
	 * target is still tried, by a few calls at once, or the call fails at once.
	 * @param fallbackOn Refusals of the request itself after which another target is
	 * still tried. None by default.
	 * @param routing Order in which a call tries the targets of its chain: as listed, at
	 * random by their weights, the fastest of late first, or the cheapest first.
	 * @param latencyThreshold With latency routing, the recent answer time from which a
	 * target gives way to the next one of its chain. Unless set, the fastest target is
	 * tried first.
	 * @param hedge Second attempt on another target while the first one is slow.
	 * @param probe Background requests to targets whose breaker is open. Each costs a
	 * token.
	 * @param retry Attempts on the same target within one call.
	 * @param breaker When the circuit breaker of a target opens, and for how long.
	 * @param warmUp Whether the client code runs once at start-up, in memory and on its
	 * own thread, so that the first call does not wait for it to load. Nothing is sent.
	 * @param portableHistory Whether a conversation that another target began is adapted
	 * to the target that continues it. The adapted conversation is a copy.
	 * @param sticky How long a target that has answered is preferred while it is healthy:
	 * not at all, for the rest of the turn, or for the whole conversation.
	 * @param stickyTtl Time after its last answer for which a conversation is remembered.
	 * @param accept Kinds of answers that are not accepted, so that the next target is
	 * tried. Streams are checked only where stream-commit is complete.
	 * @param turnBudget What one turn of the agent may spend, over all its model calls
	 * and tool calls. No limit unless set.
	 * @param limits Calls that find all targets over their limits.
	 */
	public record Llm(@DefaultValue Map<String, LlmTarget> targets, @DefaultValue Map<String, List<String>> chains,
			@DefaultValue("60s") Duration timeout, @Nullable Duration firstTokenTimeout,
			@DefaultValue("15s") Duration streamIdleTimeout, @DefaultValue("first-chunk") StreamCommit streamCommit,
			@DefaultValue("120s") Duration deadline, @DefaultValue("last-target") WhenAllOpen whenAllOpen,
			@DefaultValue Set<FallbackOn> fallbackOn, @DefaultValue("priority") Routing routing,
			@Nullable Duration latencyThreshold, @DefaultValue Hedge hedge, @DefaultValue LlmProbe probe,
			@DefaultValue LayerRetry retry, @DefaultValue Breaker breaker, @DefaultValue("true") boolean warmUp,
			@DefaultValue("true") boolean portableHistory, @DefaultValue("turn") Sticky sticky,
			@DefaultValue("10m") Duration stickyTtl, @DefaultValue Set<Accept> accept,
			@DefaultValue LayerTurnBudget turnBudget, @DefaultValue LayerLimits limits) {

		/**
		 * The chains, the default one among them, which holds all targets where it is not
		 * declared.
		 */
		public Map<String, List<String>> allChains() {
			Map<String, List<String>> all = new LinkedHashMap<>();
			all.put(DEFAULT_CHAIN, this.chains.getOrDefault(DEFAULT_CHAIN, List.copyOf(this.targets.keySet())));
			this.chains.forEach(all::putIfAbsent);
			return all;
		}

	}

	/**
	 * A place a completion can come from: an OpenAI-compatible endpoint, or a ChatModel
	 * bean.
	 *
	 * @param baseUrl URL of the endpoint, up to and including the version, such as
	 * https://gateway.example/v1.
	 * @param apiKey Key that is sent as a bearer token. Without one, no Authorization
	 * header is sent.
	 * @param model Name under which the endpoint knows the model.
	 * @param headers Headers that are sent with every request.
	 * @param bean Name of a ChatModel bean that is called instead of an endpoint.
	 * @param weight Share of the calls with weighted routing, relative to the weights of
	 * the other targets. A target of weight 0 is only a fallback.
	 * @param contextWindow Number of tokens that prompt and answer may have together. A
	 * prompt that does not fit, by an estimate with a margin, is not sent to this target.
	 * @param supports Everything that the target supports of tools, vision and json. A
	 * prompt that needs more is not sent to it. Unless set, it gets any prompt.
	 * @param price Price of its tokens. Without one, tokens are counted but have no cost.
	 * @param limits Limits of what this target is asked. A call that is over one goes to
	 * the next target.
	 * @param options Options that are always used for this target, whatever the prompt
	 * says.
	 * @param timeout Overrides the layer's timeout.
	 * @param firstTokenTimeout Overrides the layer's first-token-timeout.
	 * @param streamIdleTimeout Overrides the layer's stream-idle-timeout.
	 * @param streamCommit Overrides the layer's stream-commit, for streams that this
	 * target serves.
	 * @param hedge Overrides the layer's hedge, key by key, for attempts at this target
	 * that are slow.
	 * @param retry Overrides the layer's retry, key by key.
	 * @param breaker Overrides the layer's breaker, key by key.
	 * @param accept Overrides the layer's accept, for answers of this target.
	 */
	public record LlmTarget(@Nullable String baseUrl, @Nullable String apiKey, @Nullable String model,
			@DefaultValue Map<String, String> headers, @Nullable String bean, @DefaultValue("1") double weight,
			@Nullable Integer contextWindow, @Nullable Set<Capability> supports, @Nullable Price price,
			@Nullable Limits limits, @DefaultValue Options options, @Nullable Duration timeout,
			@Nullable Duration firstTokenTimeout, @Nullable Duration streamIdleTimeout,
			@Nullable StreamCommit streamCommit, @DefaultValue TargetHedge hedge, @DefaultValue Retry retry,
			@DefaultValue Breaker breaker, @Nullable Set<Accept> accept) {

		/** Leaves out the key and the values of the headers. */
		@Override
		public String toString() {
			return "LlmTarget[baseUrl=" + this.baseUrl + ", model=" + this.model + ", headers=" + this.headers.keySet()
					+ ", bean=" + this.bean + "]";
		}

	}

	/**
	 * What the tokens of one target cost, in the currency of your choice, the same for
	 * all targets.
	 *
	 * @param inputPerMillion Price of a million tokens of prompts, in the currency of
	 * your choice.
	 * @param outputPerMillion Price of a million tokens of answers, in the same currency.
	 */
	public record Price(@Nullable Double inputPerMillion, @Nullable Double outputPerMillion) {
	}

	/**
	 * What becomes of calls of a layer that find all targets over their limits.
	 *
	 * @param queue Number of calls that may wait at once, within their deadlines. Any
	 * further call fails at once.
	 */
	public record LayerLimits(@DefaultValue("1000") int queue) {
	}

	/**
	 * How much one target is asked at most.
	 *
	 * @param requestsPerMinute Most requests in a minute.
	 * @param tokensPerMinute Most tokens in a minute, of prompts and answers together.
	 * They are reserved by an estimate and corrected by what the answer reports.
	 * @param concurrency Most calls at once: a number, or adaptive for as many as the
	 * target turns out to take.
	 * @param learn Whether the limits that the headers of its answers report are kept
	 * too.
	 */
	public record Limits(@Nullable Integer requestsPerMinute, @Nullable Long tokensPerMinute,
			@Nullable String concurrency, @DefaultValue("false") boolean learn) {
	}

	/**
	 * Options that one target insists on, whatever the prompt says.
	 *
	 * @param temperature Randomness of the answer. Its range depends on the model.
	 * @param topP Share of likely tokens to choose from, from 0 to 1.
	 * @param maxTokens Greatest length of the answer, in tokens.
	 * @param maxCompletionTokens Greatest length of the answer with its reasoning, in
	 * tokens, for reasoning models of OpenAI, which do not take max_tokens.
	 * @param frequencyPenalty Penalty for tokens by how often they have appeared.
	 * @param presencePenalty Penalty for tokens that have appeared at all.
	 * @param stop Texts that end the answer.
	 * @param extraBody Fields that are added to the request body as they are. For
	 * endpoints only.
	 */
	public record Options(@Nullable Double temperature, @Nullable Double topP, @Nullable Integer maxTokens,
			@Nullable Integer maxCompletionTokens, @Nullable Double frequencyPenalty, @Nullable Double presencePenalty,
			@Nullable List<String> stop, @DefaultValue Map<String, Object> extraBody) {
	}

	/**
	 * When another target is asked too because one is slow; the first good answer wins.
	 *
	 * @param enabled Whether a second attempt is made while the first one is slow. Off by
	 * default, since it is one more request.
	 * @param after Time that an attempt may take before a second one is made: a duration,
	 * or p95 for the 95th percentile of the target's recent answer times.
	 * @param budget Greatest share of the calls of a chain that may be hedged, from 0 to
	 * 1.
	 */
	public record Hedge(@DefaultValue("false") boolean enabled, @DefaultValue("p95") String after,
			@DefaultValue("0.1") double budget) {
	}

	/**
	 * When another target is asked too because this one is slow. How many hedges there
	 * may be is the layer's own rule.
	 *
	 * @param enabled Whether a second attempt is made elsewhere while one at this target
	 * is slow.
	 * @param after Time that an attempt at this target may take before a second one is
	 * made: a duration, or p95 for the 95th percentile of its recent answer times.
	 */
	public record TargetHedge(@Nullable Boolean enabled, @Nullable String after) {
	}

	/**
	 * What a turn of the agent may spend at most, over all its model calls and tool
	 * calls.
	 *
	 * @param tokens Most tokens of prompts and answers together in one turn.
	 * @param cost Most money in one turn, in the currency of the targets' prices.
	 * @param modelCalls Most attempts at models in one turn. Each retry, hedge and
	 * fallback counts.
	 * @param toolCalls Most calls of tools in one turn.
	 * @param chains Limits of turns that begin with a call of one chain, by the name of
	 * the chain. Each overrides the general limit of the same key.
	 */
	public record LayerTurnBudget(@Nullable Long tokens, @Nullable BigDecimal cost, @Nullable Integer modelCalls,
			@Nullable Integer toolCalls, @DefaultValue Map<String, ChainTurnBudget> chains) {

		/** What holds for turns that begin with a call of that chain. */
		public ChainTurnBudget of(String chain) {
			ChainTurnBudget own = this.chains.get(chain);
			return (own == null) ? new ChainTurnBudget(this.tokens, this.cost, this.modelCalls, this.toolCalls)
					: new ChainTurnBudget(own.tokens() != null ? own.tokens() : this.tokens,
							own.cost() != null ? own.cost() : this.cost,
							own.modelCalls() != null ? own.modelCalls() : this.modelCalls,
							own.toolCalls() != null ? own.toolCalls() : this.toolCalls);
		}

	}

	/**
	 * What a turn that begins with a call of one chain may spend at most.
	 *
	 * @param tokens Most tokens of prompts and answers together in one turn.
	 * @param cost Most money in one turn, in the currency of the targets' prices.
	 * @param modelCalls Most attempts at models in one turn. Each retry, hedge and
	 * fallback counts.
	 * @param toolCalls Most calls of tools in one turn.
	 */
	public record ChainTurnBudget(@Nullable Long tokens, @Nullable BigDecimal cost, @Nullable Integer modelCalls,
			@Nullable Integer toolCalls) {
	}

	/**
	 * Calls to MCP servers.
	 *
	 * @param chains Names of connections under spring.ai.mcp.client, in the order in
	 * which they are tried, by the name of the chain. A connection in no chain is a chain
	 * of its own.
	 * @param timeout Longest time that one attempt may take. The default is that of the
	 * MCP SDK and Spring AI for a request.
	 * @param deadline Longest time that a whole call may take, with all attempts, servers
	 * and waits. The default is three full attempts.
	 * @param whenAllOpen What happens when every breaker of a chain is open: the last
	 * server is still tried, by a few calls at once, or the call fails at once.
	 * @param replay Whether a tool is called again after an attempt that may have run it:
	 * as its annotations allow, always, or never.
	 * @param resetTimeoutOnProgress Whether the timeout of a tool starts again when its
	 * server reports progress.
	 * @param connections Settings of single connections, by the name of the connection.
	 * @param tools Settings of single tools, by the name of the tool.
	 * @param probe Background pings to servers whose breaker is open.
	 * @param hedge Second attempt on another server while the first one is slow. Only for
	 * tools that are declared read-only or idempotent.
	 * @param toolErrors How an answer with isError is treated: judged by the answer of
	 * another server, always a failure, or always the tool's answer.
	 * @param retry Attempts on the same server within one call.
	 * @param breaker When the circuit breaker of a server opens, and for how long.
	 * @param limits Calls that find all servers over their limits.
	 */
	public record Mcp(@DefaultValue Map<String, List<String>> chains, @DefaultValue("20s") Duration timeout,
			@DefaultValue("60s") Duration deadline, @DefaultValue("last-target") WhenAllOpen whenAllOpen,
			@DefaultValue("judge") ToolErrors toolErrors, @DefaultValue("annotated") Replay replay,
			@DefaultValue("false") boolean resetTimeoutOnProgress, @DefaultValue Map<String, Connection> connections,
			@DefaultValue Map<String, Tool> tools, @DefaultValue Probe probe, @DefaultValue Hedge hedge,
			@DefaultValue LayerRetry retry, @DefaultValue Breaker breaker, @DefaultValue LayerLimits limits) {
	}

	/**
	 * What holds for one MCP connection.
	 *
	 * @param timeout Overrides the layer's timeout.
	 * @param hedge Overrides the layer's hedge, key by key, for attempts at this server
	 * that are slow.
	 * @param retry Overrides the layer's retry, key by key.
	 * @param breaker Overrides the layer's breaker, key by key.
	 * @param limits Limits of what the server is asked. A call that is over one goes to
	 * the next server.
	 */
	public record Connection(@Nullable Duration timeout, @DefaultValue TargetHedge hedge, @DefaultValue Retry retry,
			@DefaultValue Breaker breaker, @Nullable ConnectionLimits limits) {
	}

	/**
	 * How much the server of one connection is asked at most.
	 *
	 * @param requestsPerMinute Most requests in a minute.
	 * @param concurrency Most calls at once: a number, or adaptive for as many as the
	 * server turns out to take.
	 */
	public record ConnectionLimits(@Nullable Integer requestsPerMinute, @Nullable String concurrency) {
	}

	/**
	 * What holds for one tool.
	 *
	 * @param timeout Longest time that one attempt may take, on whichever server.
	 * @param replay Whether the tool is called again after an attempt that may have run
	 * it.
	 */
	public record Tool(@Nullable Duration timeout, @Nullable Replay replay) {
	}

	/**
	 * Whether a server whose breaker is open is asked whether it is back.
	 *
	 * @param enabled Whether a server whose breaker is open is pinged once the breaker
	 * allows a trial.
	 * @param timeout Longest time that a ping may take.
	 */
	public record Probe(@DefaultValue("true") boolean enabled, @DefaultValue("5s") Duration timeout) {
	}

	/**
	 * Whether a target whose breaker is open is asked whether it is back.
	 *
	 * @param enabled Whether a target whose breaker is open is asked for an answer of one
	 * token once the breaker allows a trial. Off by default, since each answer is paid
	 * for.
	 * @param timeout Longest time that the answer may take.
	 */
	public record LlmProbe(@DefaultValue("false") boolean enabled, @DefaultValue("10s") Duration timeout) {
	}

	/**
	 * How often one target is asked within a call, for a layer.
	 *
	 * @param maxAttempts Most attempts on the target within a call, the first included.
	 * @param initialBackoff Wait before the first retry.
	 * @param multiplier Factor by which each further wait is longer than the one before.
	 * @param maxBackoff Longest wait before a retry.
	 * @param jitter Share of each wait that is random, from 0 to 1.
	 * @param maxRetryAfter Longest Retry-After that is waited for on the same target.
	 * After a longer one the call goes on at once.
	 * @param budget Greatest share of recent calls of the layer that may be retried, from
	 * 0 to 1. Three retries a second are always allowed.
	 */
	public record LayerRetry(@Nullable Integer maxAttempts, @Nullable Duration initialBackoff,
			@Nullable Double multiplier, @Nullable Duration maxBackoff, @Nullable Double jitter,
			@Nullable Duration maxRetryAfter, @DefaultValue("0.2") double budget) {

		public Retry shared() {
			return new Retry(this.maxAttempts, this.initialBackoff, this.multiplier, this.maxBackoff, this.jitter,
					this.maxRetryAfter);
		}

	}

	/**
	 * How often one target is asked within a call.
	 *
	 * @param maxAttempts Most attempts on the target within a call, the first included.
	 * @param initialBackoff Wait before the first retry.
	 * @param multiplier Factor by which each further wait is longer than the one before.
	 * @param maxBackoff Longest wait before a retry.
	 * @param jitter Share of each wait that is random, from 0 to 1.
	 * @param maxRetryAfter Longest Retry-After that is waited for on the same target.
	 * After a longer one the call goes on at once.
	 */
	public record Retry(@Nullable Integer maxAttempts, @Nullable Duration initialBackoff, @Nullable Double multiplier,
			@Nullable Duration maxBackoff, @Nullable Double jitter, @Nullable Duration maxRetryAfter) {
	}

	/**
	 * When the circuit breaker of a target opens, and for how long.
	 *
	 * @param window Number of latest calls over which the breaker takes its rates.
	 * @param minimumCalls Number of calls that the window needs before the breaker can
	 * open.
	 * @param failureRate Percentage of failed calls, above 0 and up to 100, at which the
	 * breaker opens.
	 * @param slowCall Duration from which a call counts as slow. For a stream it is the
	 * time to the first chunk.
	 * @param slowCallRate Percentage of slow calls, above 0 and up to 100, at which the
	 * breaker opens.
	 * @param openFor Time for which the breaker stays open before it lets trial calls
	 * through.
	 * @param halfOpenCalls Number of trial calls that decide whether the breaker closes
	 * or opens again.
	 */
	public record Breaker(@Nullable Integer window, @Nullable Integer minimumCalls, @Nullable Float failureRate,
			@Nullable Duration slowCall, @Nullable Float slowCallRate, @Nullable Duration openFor,
			@Nullable Integer halfOpenCalls) {
	}

	/**
	 * Injected faults.
	 *
	 * @param enabled Whether faults can be injected. When false, no chaos code is in the
	 * path of a call.
	 * @param runOnce Name of an experiment that runs at start-up. The application then
	 * ends, with exit code 0 only if the experiment passed.
	 * @param experiments Experiments, by name. Each injects a fault and checks that calls
	 * are still answered.
	 */
	public record Chaos(@DefaultValue("false") boolean enabled, @Nullable String runOnce,
			@DefaultValue Map<String, ChaosExperiment> experiments) {
	}

	/**
	 * A chaos experiment.
	 *
	 * @param schedule Cron expression, with seconds, of when it runs.
	 * @param every Time from the end of one run to the start of the next.
	 * @param duration Time for which the fault stays, at most 1h.
	 * @param fault Fault to inject, with the fields of POST /actuator/chaos.
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
	 * @param successRate Least share of probes that must be answered, from 0 to 1.
	 * @param p95 Longest 95th percentile of the times of the probes.
	 * @param mttr Longest time for which probes may go unanswered.
	 */
	public record SteadyStateLimits(@Nullable Double successRate, @Nullable Duration p95, @Nullable Duration mttr) {
	}

	/**
	 * What an experiment asks.
	 *
	 * @param prompt Prompt that is sent to the chat model. Set either this or the tool.
	 * @param tool Name of the tool of an MCP server that is called.
	 * @param arguments Arguments of the tool.
	 * @param chain Chain that is asked. Unless set, "default" for a prompt, and the first
	 * chain for a tool.
	 * @param rate Number of probes in a second.
	 * @param timeout Time after which a probe counts as unanswered. Unless set, the
	 * longer of 10s and the p95 of the steady state, and under the fault the timeout of
	 * an attempt plus 5s.
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
	 * @param window Span of time over which percentiles are taken.
	 */
	public record Scorecard(@DefaultValue("10m") Duration window) {
	}

	/**
	 * What another policy would have made of recent calls.
	 *
	 * @param enabled Whether times, outcomes and tokens of the calls of the last hour are
	 * kept, in up to 1.7 MB, so that they can be replayed under another policy.
	 * @param candidate YAML file with a policy to judge. The application replays the
	 * recording under it and ends, with exit code 0 only if no chain does worse. The name
	 * resilience.whatif itself is short for it.
	 * @param recording File with the recording to judge it by, an answer of GET
	 * /actuator/whatif.
	 */
	public record WhatIf(@DefaultValue("true") boolean enabled, @Nullable String candidate,
			@Nullable String recording) {
	}

	/**
	 * What the instances of one application share, over Redis.
	 *
	 * @param enabled Whether the instances with the same fleet name share what they learn
	 * about their targets, over Redis.
	 * @param name Name that the instances of one fleet have in common. Unless set, the
	 * name of the application.
	 * @param timeout How long a call may wait for Redis to count it towards a limit that
	 * instances share. After that, this instance keeps to its share of the limit.
	 */
	public record Fleet(@DefaultValue("false") boolean enabled, @Nullable String name,
			@DefaultValue("20ms") Duration timeout) {
	}

}
