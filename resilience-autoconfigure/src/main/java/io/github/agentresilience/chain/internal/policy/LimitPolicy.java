package io.github.agentresilience.chain.internal.policy;

/**
 * What a target is asked at most. 0 is no limit.
 *
 * @param requestsPerMinute requests in a minute
 * @param tokensPerMinute tokens of requests and answers in a minute
 * @param concurrency calls at once, or {@link #ADAPTIVE}
 * @param learn whether what its answers say of its own limits counts too
 */
public record LimitPolicy(long requestsPerMinute, long tokensPerMinute, int concurrency, boolean learn) {

	/** In the place of a concurrency: as many as the target turns out to take. */
	public static final int ADAPTIVE = -1;

	public static final LimitPolicy NONE = new LimitPolicy(0, 0, 0, false);

	/** Limits that do not change. */
	public LimitPolicy(long requestsPerMinute, long tokensPerMinute, int concurrency) {
		this(requestsPerMinute, tokensPerMinute, concurrency, false);
	}

	/** Whether it matters how many tokens an attempt takes. */
	public boolean countsTokens() {
		return this.tokensPerMinute > 0 || this.learn;
	}

	/** Whether it finds out how many calls at once the target takes. */
	public boolean isAdaptive() {
		return this.concurrency == ADAPTIVE;
	}

	public boolean hasAny() {
		return this.requestsPerMinute > 0 || this.tokensPerMinute > 0 || this.concurrency != 0 || this.learn;
	}

}
