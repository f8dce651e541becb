package io.github.agentresilience.chain;

import java.util.Map;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.jspecify.annotations.Nullable;

/**
 * One asking of one target within a {@link Call}, as listeners see it. Times are of the
 * chain's clock, in nanoseconds.
 */
public interface Attempt {

	/** A number that no other attempt of this process has. */
	long id();

	/** The call that it belongs to. */
	Call call();

	/** The name of the target that it asks. */
	String target();

	/** Where the target stands in {@link Chain#targets()}, from 0. */
	int position();

	/** Counts the attempts of the call, from 1. */
	int ordinal();

	/** Counts the attempts of the call on this target, from 1. */
	int tryOnTarget();

	/** Whether the target is another than the first in the order of this call. */
	boolean isFallback();

	/**
	 * Whether it bypasses the target's open breaker, because every other target failed.
	 */
	boolean isBreakerBypass();

	/** Whether it belongs to no call, but finds out whether the target is back. */
	boolean isProbe();

	/**
	 * Whether it was made because another attempt of the same call, still in flight, is
	 * slow.
	 */
	boolean isHedge();

	/**
	 * Whether it asks the same target once more while an attempt that has had its time is
	 * still in flight there, because no other target could be asked.
	 */
	boolean isBackup();

	/**
	 * Whether a breaker that is half open lets it through to find out whether the target
	 * is back.
	 */
	boolean isTrial();

	/**
	 * What is waited before the target is asked: a backoff, or a Retry-After short enough
	 * to wait for.
	 */
	long delayNanos();

	/**
	 * How long the attempt may take from its start: the target's timeout, or what is left
	 * of the call's deadline.
	 */
	long timeoutNanos();

	/** When the target was asked. */
	long startNanos();

	/** When the attempt ended. */
	long endNanos();

	/** How long the attempt took. */
	long durationNanos();

	/**
	 * What slowness is judged by: the time to the first chunk of a stream, else the whole
	 * duration.
	 */
	long responseNanos();

	/** How the attempt ended. */
	Outcome outcome();

	/**
	 * Why the attempt failed, or its answer was not accepted; also set while its verdict
	 * is deferred.
	 */
	@Nullable Failure failure();

	/**
	 * What the target has told of the exchange so far, by the names of OpenTelemetry's
	 * semantic conventions.
	 */
	Map<String, String> details();

	/**
	 * The tokens that the attempt used, {@code null} where its target has not said so
	 * (yet): it failed, it was cancelled, or its answers do not tell.
	 */
	@Nullable TokenUsage usage();

	/**
	 * What these tokens cost by the price of the target, {@code null} where either is not
	 * known.
	 */
	@Nullable Double cost();

	/**
	 * Where its target has not said what it used: the tokens of the request, about, and
	 * none of an answer. {@code null} where the target has said it, or the request has
	 * not been counted, which is done where limits, budgets or the routing need it.
	 */
	@Nullable TokenUsage estimate();

	/**
	 * What the tokens of the estimate cost by the price of the target, {@code null} where
	 * either is not known.
	 */
	@Nullable Double estimatedCost();

	/**
	 * The state that its outcome put the target's breaker into, {@code null} where it
	 * changed nothing.
	 */
	CircuitBreaker.@Nullable State movedBreakerTo();

	/** How an attempt ended. */
	enum Outcome {

		/** It has not ended. */
		PENDING,

		/** The target gave a good answer. */
		SUCCESS,

		/** The target failed. */
		FAILURE,

		/**
		 * The target answered that its tool failed, or refused the request in words that
		 * are unknown; another target's answer will tell what that meant.
		 */
		DEFERRED,

		/**
		 * The target answered, and its answer is not one that the chain accepts.
		 */
		UNACCEPTABLE,

		/**
		 * Another attempt of the same call answered first, so this one was cancelled;
		 * that is no failure.
		 */
		SUPERSEDED,

		/** The caller cancelled it; it counts neither as a success nor as a failure. */
		CANCELLED

	}

}
