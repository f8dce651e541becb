package io.github.agentresilience.chain.internal.policy;

import java.time.Duration;

/**
 * Every default of a chain, named once, each with its reason.
 */
public final class Defaults {

	/**
	 * A long completion of a large model takes tens of seconds; beyond a minute it is
	 * lost.
	 */
	public static final Duration LLM_TIMEOUT = Duration.ofSeconds(60);

	/** A hosted model that has not said its first word by then is queueing or gone. */
	public static final Duration FIRST_TOKEN_TIMEOUT = Duration.ofSeconds(15);

	public static final Duration STREAM_IDLE_TIMEOUT = Duration.ofSeconds(15);

	/** Two full attempts of a completion. */
	public static final Duration LLM_DEADLINE = Duration.ofSeconds(120);

	/** What the MCP SDK and Spring AI use for a request. */
	public static final Duration MCP_TIMEOUT = Duration.ofSeconds(20);

	/** Three full attempts of a tool. */
	public static final Duration MCP_DEADLINE = Duration.ofSeconds(60);

	/** The first included: one retry catches a blip, more belong to the next target. */
	public static final int MAX_ATTEMPTS = 2;

	public static final Duration INITIAL_BACKOFF = Duration.ofMillis(100);

	public static final double MULTIPLIER = 2.0;

	public static final Duration MAX_BACKOFF = Duration.ofSeconds(5);

	/**
	 * Half of each wait is random, so that callers who failed together do not return
	 * together.
	 */
	public static final double JITTER = 0.5;

	/** Share of recent calls that may be retries; Envoy and Finagle use the same. */
	public static final double RETRY_BUDGET = 0.2;

	/**
	 * Retries a second that are always allowed, so that a quiet agent may retry at all;
	 * Envoy's floor.
	 */
	public static final int RETRY_FLOOR_PER_SECOND = 3;

	/** Another target is better than waiting. */
	public static final Duration MAX_RETRY_AFTER = Duration.ZERO;

	/** Calls; Resilience4j's own 100 hardly ever trips at an agent's call rate. */
	public static final int WINDOW = 20;

	public static final int MINIMUM_CALLS = 5;

	/** Percent. */
	public static final float FAILURE_RATE = 50;

	public static final Duration LLM_SLOW_CALL = Duration.ofSeconds(30);

	public static final Duration MCP_SLOW_CALL = Duration.ofSeconds(5);

	/** Percent. */
	public static final float SLOW_CALL_RATE = 80;

	public static final Duration OPEN_FOR = Duration.ofSeconds(10);

	public static final int HALF_OPEN_CALLS = 2;

	/**
	 * Deadlines for which a half-open breaker waits for its trial calls. None lasts
	 * longer than one, so after two there is a trial call that never came back.
	 */
	public static final int MOST_HALF_OPEN_DEADLINES = 2;

	/** Share of calls that may be hedged: a hedge is a second paid completion. */
	public static final double HEDGE_BUDGET = 0.1;

	/**
	 * Hedges that can be saved up: enough to bridge a brownout until a full window has
	 * opened the breaker.
	 */
	public static final int MOST_HEDGES_SAVED = 20;

	/**
	 * Hedges that a chain may make before its calls have earned them: twice the minimum
	 * calls of a breaker.
	 */
	public static final int HEDGES_IN_ADVANCE = 10;

	public static final double WEIGHT = 1;

	/**
	 * One call in so many goes first to a target that routing by latency would not
	 * choose.
	 */
	public static final int EXPLORE_EVERY = 20;

	/** The same while the latency of a target is not known. */
	public static final int EXPLORE_UNKNOWN_EVERY = 4;

	/** The longest cooldown, whatever a header says. */
	public static final Duration LONGEST_RETRY_AFTER = Duration.ofHours(24);

	/**
	 * What a hedge has beyond the deadline to say that it ran into it: two ticks of the
	 * timer and some scheduling.
	 */
	public static final Duration HEDGE_GRACE = Duration.ofMillis(50);

	/**
	 * What a hedge that has ended has to hand over what follows from it: it is on the way
	 * already.
	 */
	public static final Duration HEDGE_HANDOVER = Duration.ofSeconds(1);

	/**
	 * What a last resort has when the deadline is over: time to hand out what it has at
	 * hand.
	 */
	public static final Duration LAST_RESORT_GRACE = Duration.ofMillis(100);

	private Defaults() {
	}

}
